import NiangjiaCore

/// The keys of `config/niangjia.yaml` that are about the network.
enum DoorKeys {
    /// A number under `limits:`, its bounds, and where it goes.
    struct Limit: Sendable {
        var name: String
        var zh: String
        var en: String
        var range: ClosedRange<Int64>
        var set: @Sendable (inout DoorLimits, Int) -> Void
    }

    static let limits: [Limit] = [
        Limit(name: "connections", zh: "连接总数上限,默认 2048", en: "Connections in all, 2048", range: 16...20_000) {
            $0.connections = $1
        },
        Limit(
            name: "connections_by_client", zh: "同一地址的连接上限,默认 256", en: "Connections of one address, 256",
            range: 1...20_000
        ) { $0.connectionsByClient = $1 },
        Limit(name: "requests_at_once", zh: "同时办理的请求上限,默认 256", en: "Requests at work in all, 256", range: 4...4_096) {
            $0.atOnce = $1
        },
        Limit(
            name: "requests_by_client", zh: "同一地址同时办理的请求上限,默认 64", en: "Requests at work for one address, 64",
            range: 1...4_096
        ) { $0.atOnceByClient = $1 },
        Limit(
            name: "requests_per_minute", zh: "每个账号每分钟的请求,默认 1200", en: "Requests of an account in a minute, 1200",
            range: 6...10_000_000
        ) { $0.perMinute = $1 },
        Limit(
            name: "anonymous_per_minute", zh: "同一地址每分钟未登录的请求,默认 6000",
            en: "Requests of one address in a minute without a sign-in, 6000", range: 6...10_000_000
        ) { $0.anonymousPerMinute = $1 },
        Limit(
            name: "sign_ins_per_minute", zh: "同一地址每分钟的登录,默认 60", en: "Sign-ins of one address in a minute, 60",
            range: 6...10_000_000
        ) { $0.signInsPerMinute = $1 },
        Limit(
            name: "scans_per_minute", zh: "每台设备每分钟的扫码(领取和申请),默认 30",
            en: "What a device scans in a minute, deliveries and applications, 30", range: 1...10_000
        ) { $0.scansPerMinute = $1 },
        Limit(
            name: "scans_per_hour", zh: "每台设备每小时的扫码,默认 600", en: "What a device scans in an hour, 600",
            range: 1...100_000
        ) { $0.scansPerHour = $1 },
        Limit(
            name: "idle_seconds", zh: "空闲连接保留的秒数,默认 30", en: "Seconds that an idle connection stays, 30", range: 1...600
        ) {
            $0.idleTime = .seconds($1)
        },
        Limit(name: "body_seconds", zh: "正文送达的秒数,默认 20", en: "Seconds for a body to arrive, 20", range: 1...600) {
            $0.bodyTime = .seconds($1)
        },
        Limit(
            name: "answer_seconds", zh: "对方不取回答的秒数,默认 20", en: "Seconds that nothing of an answer is taken, 20",
            range: 1...600
        ) { $0.answerTime = .seconds($1) },
    ]

    /// Roles that are no member's: those that a second factor may be asked of.
    static let roles = Role.allCases.map { Choice($0.rawValue, $0.title.zh, $0.title.en) }

    static let keys: [Key] = [
        Key(
            "proxy", "反向代理", "Proxy", .list(.scalar(.text(max: 64)), count: 0...16),
            doc: (
                "反向代理的 IP 地址;只相信它送来的 X-Forwarded-For。没有反向代理时只能监听本机地址",
                "IP addresses of reverse proxies whose X-Forwarded-For is believed; without one only loopback is listened on"
            )),
        Key(
            "cors", "网页来源", "Origins", .list(.scalar(.text(max: 200)), count: 0...32),
            doc: (
                "允许哪些网站的页面调用接口,如 https://www.example.org;默认没有",
                "Web origins whose pages may call the API, like https://www.example.org; none by default"
            )),
        Key(
            "metrics", "监控地址", "Metrics", .scalar(.address),
            doc: (
                "Prometheus 指标的内部地址,如 127.0.0.1:9464;默认不开", "A private address for Prometheus; off by default"
            )),
        Key(
            "access_log", "访问日志", "Access log",
            .scalar(
                .choice([
                    Choice("file", "写入 log/access.jsonl(默认)", "log/access.jsonl (the default)"),
                    Choice("stderr", "写到标准错误", "standard error"), Choice("off", "不记", "none"),
                ])), doc: ("每个请求一行,不含个人信息", "A line a request, without personal data")),
        Key(
            "second_factor", "二次验证的角色", "Second factor", .list(.scalar(.choice(roles)), count: 0...16),
            doc: (
                "这些角色登录时须另加动态口令;默认没有", "Roles that sign in with a one-time code; none by default"
            )),
        Key(
            "limits", "限额", "Limits",
            .object(
                ObjectShape(
                    keys: limits.map { limit in
                        Key(limit.name, limit.zh, limit.en, .scalar(.integer(limit.range)))
                    })), doc: ("收多少、等多久;都有默认值", "How much is taken and waited for; all have defaults")),
    ]

    /// Reads the keys of a file whose shape was checked.
    static func parse(_ root: YAMLNode, _ problems: Problems) -> DoorSettings {
        var door = DoorSettings()
        for (index, item) in (root["proxy"]?.items ?? []).enumerated() {
            guard let text = item.text else { continue }
            if isAddress(text) {
                door.proxies.append(text)
            } else {
                problems.error(
                    item, "proxy[\(index)]", zh: "\(text) 不是 IP 地址,请写 127.0.0.1 或 10.0.0.2",
                    en: "\(text) is no IP address; write it like 127.0.0.1 or 10.0.0.2")
            }
        }
        for (index, item) in (root["cors"]?.items ?? []).enumerated() {
            guard let text = item.text else { continue }
            let rest = text.dropFirst(text.hasPrefix("https://") ? 8 : text.hasPrefix("http://") ? 7 : 0)
            if rest.count < text.count, !rest.isEmpty, !rest.contains("/"), !rest.contains("*"),
                text == text.lowercased()
            {
                door.origins.append(text)
            } else {
                problems.error(
                    item, "cors[\(index)]", zh: "\(text) 不是网页来源,请写 https://www.example.org(小写,末尾没有 /)",
                    en:
                        "\(text) is no origin; write it like https://www.example.org, lower case, without a slash at the end"
                )
            }
        }
        if let metrics = root["metrics"]?.text {
            door.metrics = metrics
            if !metrics.hasPrefix("127."), !metrics.hasPrefix("localhost:"), !metrics.hasPrefix("10."),
                !metrics.hasPrefix("192.168.")
            {
                problems.error(
                    root["metrics"], "metrics", zh: "监控只在内部地址上提供(127.…、10.…、192.168.…)",
                    en: "metrics are for private addresses only (127.…, 10.…, 192.168.…)")
            }
        }
        if let log = root["access_log"]?.text.flatMap({ DoorSettings.AccessLog(rawValue: $0) }) { door.accessLog = log }
        door.secondFactor = Reading.texts(root["second_factor"]).compactMap { Role(rawValue: $0) }
        for limit in limits {
            guard let number = Reading.integer(root["limits"]?[limit.name]), limit.range.contains(number) else {
                continue
            }
            limit.set(&door.limits, Int(number))
        }
        return door
    }

    /// Dotted decimal, or hexadecimal groups with colons: what a socket names its peer by.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4 {
            return parts.allSatisfy { part in Scalar.integer(String(part)).map { (0...255).contains($0) } ?? false }
        }
        return text.contains(":") && text.utf8.allSatisfy { $0 == 0x3A || Character(Unicode.Scalar($0)).isHexDigit }
    }
}
