import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaSQLite

extension Operations {
    static let cityOperations: [Operation] = [
        Operation("check", .shell, reach: .open, opens: .look, check),
        Operation("doctor", .shell, reach: .open, opens: .look, doctor),
        Operation("backup", .shell, reach: .open, opens: .look, backup),
        Operation("health", .shell, reach: .open, devices: .plainly, opens: .look, beforeEnrolment: true) { call in
            let bundle = try await call.host.bundles.activeDigest()
            call.output.answer([
                "ok": true, "time": .text(call.host.clock.now().description), "is_demo": .bool(call.host.folder.isDemo),
                "bundle": bundle.map { .text($0) } ?? .null,
            ])
        },
        Operation(
            "station.near", .shell, reach: .open, rows: 100, devices: .plainly, beforeEnrolment: true,
            instantly: { host in host.stations.known.map { stations in { try nearby($0, stations) } } },
            { call in
                let known = try await call.host.bundles.activeIfAny()?.facilities.facilities.map(\.code) ?? []
                try nearby(call, try await call.host.stations.present(Set(known)))
            }),
    ]

    /// Validates everything in the folder, and says how it stands to what is in force.
    private static func check(_ call: Call) async throws {
        let files = try ConfigFolder.files(in: call.host.folder.path)
        var reading = try await call.host.bundles.read(files)
        reading.report.append(contentsOf: ConfigFolder.unread(in: call.host.folder.path))
        if let bundle = reading.bundle {
            reading.report.append(contentsOf: try await call.host.bundles.versionProblems(of: bundle))
            reading.report.append(contentsOf: try await call.host.bundles.fundProblems(of: bundle))
        }
        for problem in reading.report.problems {
            let mark =
                problem.severity == .error
                ? call.output.word("错误", "error:") : call.output.word("提醒", "warning:")
            call.output.line("\(problem.place) \(mark) \(problem.text(call.output.language))")
        }
        let organizations = try await call.host.store.read { try $0.integer("SELECT COUNT(*) FROM organization") }
        if organizations == 0 {
            call.output.line(
                "提示 还没有导入组织:配置中的组织代码未核对。",
                en: "note: no organizations are imported yet: codes in the configuration weren't checked.")
        }
        let errors = reading.report.errors.count
        if errors > 0 { call.output.foundWrong() }
        call.output.line(
            errors == 0
                ? "配置无误\(reading.report.warnings.isEmpty ? "" : "(有 \(reading.report.warnings.count) 处提醒)"):\(files.count) 个文件,\(reading.bundle?.programs.count ?? 0) 个项目。"
                : "共 \(errors) 处错误;生效中的配置不受影响。",
            en: errors == 0
                ? "The configuration is right\(reading.report.warnings.isEmpty ? "" : " (\(reading.report.warnings.count) warnings)"): \(files.count) files, \(reading.bundle?.programs.count ?? 0) programs."
                : "Mistakes: \(errors); what is in force isn't touched.")
        call.output.answer([
            "ok": .bool(errors == 0), "files": .int(Int64(files.count)),
            "problems": .list(
                reading.report.problems.map { problem in
                    [
                        "place": .text(problem.place), "path": .text(problem.path),
                        "severity": .text(problem.severity.rawValue),
                        "message": ["zh-CN": .text(problem.message.zh), "en": .text(problem.message.en)],
                    ]
                }),
        ])
    }

    /// Environment, versions, known dangers, and what waits for a person.
    private static func doctor(_ call: Call) async throws {
        let host = call.host
        let condition = try await host.store.condition()
        let problems = try await host.store.integrityProblems()
        let folder = try await host.bundles.look(at: host.folder)
        let say = call.output.word
        let mended = problems.isEmpty ? try await FactPages.mend(in: host.store) : 0
        let copies =
            mended == 0
            ? []
            : [
                say(
                    "事实副本有 \(mended) 页与登记资料不符,已重做;是谁改了数据库,见 niangjia audit verify",
                    "\(mended) pages of the copy of facts weren't what the registers hold, and were made anew; who edited the store: niangjia audit verify"
                )
            ]
        let wrong =
            (try await keeping(host)).map { $0[call.output.language] } + copies
            + problems.map { say("数据库:\($0)", "database: \($0)") }
            + (try await host.access.spoiledAccounts()).map { $0.message[call.output.language] }
            + (try await host.store.read { [crypto = host.crypto] in try Chain.foreignEnd(in: $0, crypto: crypto) })
            .map { $0[call.output.language] }
            + (try await unfinished(call))
            + folder.errors.map { say("配置:\($0.zh)", "configuration: \($0.en)") }
        let notes =
            condition.version.knownDangers.map { "SQLite \(condition.version): \($0[call.output.language])" }
            + doctorNotes(folder, try await host.bundles.activeIfAny()?.city.approval, call)
            + (try await queuesHeldUp(host)).map { $0[call.output.language] }
        let size = storeSize(of: host.folder, pages: condition.pages * condition.pageSize)
        call.output.line(
            "SQLite \(condition.version)  数据版本 \(condition.storeVersion)  \(megabytes(size.file))(预写日志另 \(megabytes(size.log)))",
            en:
                "SQLite \(condition.version)  data version \(condition.storeVersion)  \(megabytes(size.file)) (write-ahead log \(megabytes(size.log)))"
        )
        tellEngine(call)
        let keys = KeyCheck.fingerprint(of: host.crypto.keyChecks, host.crypto)
        call.output.line(
            "数据 \(host.folder.path)  密钥 \(host.folder.keyFile)(指纹 \(keys))",
            en: "data \(host.folder.path)  keys \(host.folder.keyFile) (fingerprint \(keys))")
        notes.forEach { call.output.line(say("提示 ", "note: ") + $0) }
        wrong.forEach { call.output.line(say("问题 ", "wrong: ") + $0) }
        if wrong.isEmpty {
            call.output.line("没有发现问题。", en: "Nothing wrong was found.")
        } else {
            call.output.foundWrong()
        }
        call.output.answer([
            "ok": .bool(wrong.isEmpty), "sqlite": .text("\(condition.version)"), "engine": .text(ScriptEngine.identity),
            "engine_faults": .list(
                ScriptEngine.knownFaults.map {
                    ["fault": .text($0.rawValue), "meaning": ["zh-CN": .text($0.zh), "en": .text($0.en)]]
                }), "store_version": .int(Int64(condition.storeVersion)), "store_bytes": .int(Int64(size.file)),
            "log_bytes": .int(Int64(size.log)), "problems": .list(wrong.map { .text($0) }),
            "notes": .list(notes.map { .text($0) }),
        ])
    }

    /// What the host's own work left undone.
    private static func unfinished(_ call: Call) async throws -> [String] {
        let late = call.host.clock.now() + -600_000
        let counts = try await call.host.store.read { reader in
            [
                try reader.integer("SELECT COUNT(*) FROM job WHERE state = 'failed'") ?? 0,
                try reader.integer("SELECT COUNT(*) FROM job WHERE state = 'due' AND due_at < $1", [.instant(late)])
                    ?? 0,
                try reader.integer("SELECT COUNT(*) FROM outbox WHERE state = 'failed'") ?? 0,
                try reader.integer(
                    "SELECT COUNT(*) FROM pay_batch WHERE state = 'building' AND built_at < $1", [.instant(late)])
                    ?? 0,
            ]
        }
        let words = [
            LocalText(zh: "个后台任务多次失败", en: "background jobs failed again and again"),
            LocalText(zh: "个后台任务已逾期十分钟:服务没有运行?", en: "background jobs are ten minutes late: is serve running?"),
            LocalText(zh: "条消息没有送出", en: "messages could not be sent"),
            LocalText(
                zh: "个批次制单中断(batch list):由制单人再次制单接着做,或作废",
                en: "batches whose building was cut off (batch list): who began builds again, or it is made void"),
        ]
        return zip(counts, words).compactMap { count, words in
            count > 0 ? "\(count) \(words[call.output.language])" : nil
        }
    }

    /// What is no fault and good to know.
    private static func doctorNotes(_ folder: FolderState, _ approval: CitySettings.Approval?, _ call: Call)
        -> [String]
    {
        var notes: [LocalText] = []
        if let proposal = folder.proposal {
            let (digest, title) = (proposal.digest.prefix(12), proposal.state.title)
            notes.append(
                LocalText(zh: "文件夹中的修改\(title.zh):\(digest)", en: "changes in the folder: \(digest), \(title.en)"))
        }
        if folder.isBehind { notes.append(FolderState.behind) }
        if call.host.folder.isDemo {
            let now = call.host.clock.now()
            let approval = approval?.rawValue ?? "-"
            notes.append(
                LocalText(
                    zh: "演示城市:使用自己的时钟(现在 \(now)),approval: \(approval)",
                    en: "the demo city has a clock of its own (now \(now)), approval: \(approval)"))
        }
        return notes.map { $0[call.output.language] }
    }

    /// Bytes of the store, what only its write-ahead log holds yet included, and of that log on the disk.
    private static func storeSize(of folder: DataFolder, pages: Int) -> (file: Int, log: Int) {
        func size(_ path: String) -> Int {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (attributes?[.size] as? NSNumber)?.intValue ?? 0
        }
        return (max(pages, size(folder.store)), size(folder.store + "-wal"))
    }

    /// `37.2 MB`: a small store is not nothing.
    private static func megabytes(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + (1 << 19)) >> 20
        return "\(tenths / 10).\(tenths % 10) MB"
    }

    /// Which Lua is linked, what it is known to get wrong, and what stands against that.
    private static func tellEngine(_ call: Call) {
        let language = call.output.language
        let faults = ScriptEngine.knownFaults
        let head = LocalText(zh: "脚本引擎 \(ScriptEngine.identity)", en: "script engine \(ScriptEngine.identity)")
        let meaning =
            faults.isEmpty
            ? LocalText(zh: "所链接的 Lua 没有已知的编译错误", en: "the linked Lua has none of the known miscompilations")
            : LocalText(
                zh: "所链接的 Lua 有 \(faults.count) 项已知错误,每项都有防护;换用较新的 5.4 可免除",
                en: "the linked Lua has \(faults.count) known faults, each guarded against; a newer 5.4 has none")
        call.output.line("\(head[language])  \(meaning[language])")
        for fault in faults { call.output.line("  \(language == .zh ? fault.zh : fault.en)") }
    }

    /// Stations near a point: those in a box around it by the index, then by true distance.
    private static func nearby(_ call: Call, _ stations: StationIndex.Snapshot) throws {
        let (latitude, longitude) = (try degrees(call, "latitude"), try degrees(call, "longitude"))
        let frameName = try call.arguments.optionalText("frame") ?? "wgs84"
        guard let frame = CoordinateFrame(rawValue: frameName),
            let typed = Coordinate(latitude: latitude, longitude: longitude, frame: frame)
        else {
            throw NiangjiaError(
                .invalid, zh: "坐标或坐标系(wgs84、gcj02、bd09)不对。", en: "Wrong coordinates or frame (wgs84, gcj02, bd09).",
                place: "/latitude")
        }
        let point = typed.converted(to: .wgs84)
        let within = Double(min(50_000, max(1, try call.arguments.integer("within") ?? 3_000)))
        let limit = try call.arguments.limit(otherwise: 20)
        let facility = try call.arguments.optionalText("facility")
        // Misspelt, it would look as if there were none.
        if let facility, !stations.vocabulary.isEmpty, !stations.vocabulary.contains(facility) {
            throw NiangjiaError(
                .invalid, zh: "没有设施代码 \(facility):代码见 config/facilities.yaml,站点的 facilities 里也有。",
                en:
                    "There is no facility \(facility): the codes stand in config/facilities.yaml and in the stations' facilities.",
                place: "/facility")
        }
        let now = call.host.clock.now()
        let found = stations.find(point, within: within, facility: facility, limit: limit)
        if call.output.takesLines { tell(found.map { stations.station($0, now: now) }, call) }
        call.output.answer(json: stations.json(found, now: now))
    }

    private static func tell(_ found: [NearbyStation], _ call: Call) {
        call.output.table(
            ["站点", "名称", "距离(米)", "现在", "地址"], en: ["station", "name", "metres", "now", "address"],
            found.map { station in
                let isOpen = station.isOpen.map {
                    $0 ? call.output.word("开放", "open") : call.output.word("未开放", "closed")
                }
                return [station.code, station.name, "\(station.metres)", isOpen ?? "-", station.address]
            })
    }

    private static func degrees(_ call: Call, _ name: String) throws -> Double {
        let text = try call.arguments.text(name)
        guard let degrees = DecimalText.number(text) else {
            throw NiangjiaError(.invalid, zh: "\(name) 须为度数。", en: "\(name) must be degrees.", place: "/\(name)")
        }
        return degrees
    }
}

/// A station as somebody nearby sees it.
struct NearbyStation: Sendable {
    var code: String
    var name: String
    var address: String
    var metres: Int64
    var isOpen: Bool?
    var latitude: String
    var longitude: String
    var facilities: [String]

    /// Units of 1e-7 degree as text, exactly.
    static func degrees(_ units: Int64) -> String {
        let magnitude = String(units.magnitude)
        let padded = String(repeating: "0", count: max(0, 8 - magnitude.count)) + magnitude
        return (units < 0 ? "-" : "") + padded.dropLast(7) + "." + padded.suffix(7)
    }
}
