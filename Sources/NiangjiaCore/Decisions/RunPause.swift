/// Why a run doesn't go on by itself, or was cancelled, for whoever looks at it or decides again.
public struct RunPause: Hashable, Sendable {
    /// What stopped it.
    public enum Cause: String, Hashable, Sendable, CaseIterable {
        /// Somebody paused it, and deciding again goes on; or somebody cancelled it.
        case person
        /// Something failed: deciding again goes on, once it has been mended.
        case failure
        /// The rule said two things of one subject: it doesn't go on with this plugin.
        case differs
        /// Equals are drawn for, and the public value isn't known yet.
        case draw
    }

    /// What stopped it.
    public var cause: Cause
    /// In words, with what to do.
    public var text: LocalText

    /// A reason in words.
    public init(_ cause: Cause, zh: String, en: String) {
        self.cause = cause
        text = LocalText(zh: zh, en: en)
    }

    static func differs(_ run: ID<Run>, plugin: String) -> RunPause {
        RunPause(
            .differs,
            zh:
                "插件 \(plugin) 两次裁定同一对象结果不同:规则把东西从一个人带到了下一个人。核定 \(run) 已暂停,已写入的都经两次裁定相符。改好插件、升版本、提交并批准后再次核定,其余的按新版裁定;不改则 niangjia program cancel \(run)。",
            en:
                "Plugin \(plugin) judged one subject twice and differed: the rule carries something from one person to the next. The run \(run) is paused; what it has applied was judged twice alike. Mend the plugin, raise its version, propose and approve it, and decide again: the rest is judged by the new one. Or give it up: niangjia program cancel \(run)."
        )
    }

    static func draw(_ id: ID<Allotted>, _ run: RunRecord, program: String, source: String) -> RunPause {
        let again = "niangjia program decide \(program) --as-of \(run.asOf)"
        return RunPause(
            .draw,
            zh:
                "资金或名额不够分给所有同次序的人,须抽签:名单已固定(\(id))。“\(source)”公布后运行 niangjia draw value \(id) 数值,再运行 \(again) 即从这里继续。",
            en:
                "There isn't enough for all equals: they are drawn for, and the list is fixed (\(id)). Once “\(source)” is published run niangjia draw value \(id) VALUE, then \(again) goes on from here."
        )
    }

    /// As the store keeps it.
    var json: String {
        Value.map(["cause": .text(cause.rawValue), "zh-CN": .text(text.zh), "en": .text(text.en)]).json
    }

    init?(json: String?) {
        guard let json, let value = try? Value(json: json), let cause = value["cause"].text.flatMap(Cause.init) else {
            return nil
        }
        self.init(cause, zh: value["zh-CN"].text ?? "", en: value["en"].text ?? "")
    }
}

/// A run was paused or cancelled while it was at work: it stops before its next block.
struct RunStopped: Error {
    var state: String
    var why: RunPause?

    /// What whoever asked for the run is told.
    func error(_ run: ID<Run>) -> NiangjiaError {
        if let why, why.cause != .person {
            return NiangjiaError(.conflict, zh: why.text.zh, en: why.text.en)
        }
        return NiangjiaError(
            .conflict, zh: state == "paused" ? "核定 \(run) 已暂停;再次核定即从这里继续" : "核定 \(run) 已取消",
            en: state == "paused" ? "the run \(run) is paused; decide again to go on" : "the run \(run) was cancelled")
    }
}
