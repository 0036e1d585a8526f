import Foundation
import LuaSandbox
import NiangjiaCore
import NiangjiaSQLite

extension Operations {
    /// Environment, versions, known dangers, and what waits for a person.
    static func doctor(_ call: Call) async throws {
        let host = call.host
        let condition = try await host.store.condition()
        let language = call.output.language
        let (wrong, notes) = try await findings(call, condition)
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
        let say = call.output.word
        notes.forEach { call.output.line(say("提示 ", "note: ") + $0[language]) }
        wrong.forEach { call.output.line(say("问题 ", "wrong: ") + $0[language]) }
        if wrong.isEmpty {
            call.output.line("没有发现问题。", en: "Nothing wrong was found.")
        } else {
            call.output.foundWrong()
        }
        call.output.line(
            "内容有没有被人改过,见 niangjia audit verify。", en: "Whether anybody changed the contents: niangjia audit verify.")
        call.output.answer([
            "ok": .bool(wrong.isEmpty), "sqlite": .text("\(condition.version)"), "engine": .text(ScriptEngine.identity),
            "engine_faults": .list(
                ScriptEngine.knownFaults.map {
                    ["fault": .text($0.rawValue), "meaning": ["zh-CN": .text($0.zh), "en": .text($0.en)]]
                }), "store_version": .int(Int64(condition.storeVersion)), "store_bytes": .int(Int64(size.file)),
            "log_bytes": .int(Int64(size.log)), "problems": .list(wrong.map { .text($0[language]) }),
            "notes": .list(notes.map { .text($0[language]) }),
        ])
    }

    /// What is wrong, and what is good to know.
    private static func findings(_ call: Call, _ condition: SQLiteCondition) async throws -> (
        wrong: [LocalText], notes: [LocalText]
    ) {
        let host = call.host
        let problems = try await host.store.integrityProblems()
        var wrong = try await keeping(host)
        wrong += problems.map { LocalText(zh: "数据库:\($0)", en: "database: \($0)") }
        // Whatever else is read of a damaged file may end in its damage, and hide what was found.
        guard problems.isEmpty else { return (wrong, []) }
        wrong += try await mendedFacts(host)
        let stored = try await storedConfiguration(host)
        wrong += stored
        wrong += try await host.access.spoiledAccounts().map(\.message)
        let foreign = try await host.store.read { [crypto = host.crypto] in try Chain.foreignEnd(in: $0, crypto: crypto)
        }
        wrong += foreign
        wrong += try await unreadableAccounts(host)
        wrong += try await host.evidence.standing(reads: call.arguments.flag("all")).words
        wrong += try await unfinished(call)
        var notes = condition.version.knownDangers.map {
            LocalText(zh: "SQLite \(condition.version): \($0.zh)", en: "SQLite \(condition.version): \($0.en)")
        }
        notes += room(host.folder, store: condition.pages * condition.pageSize)
        // What rests on the configuration can't be told where that was altered.
        guard stored.isEmpty else { return (wrong, notes) }
        let folder = try await host.bundles.look(at: host.folder)
        wrong += folder.errors.map { LocalText(zh: "配置:\($0.zh)", en: "configuration: \($0.en)") }
        notes += doctorNotes(folder, try await host.bundles.activeIfAny()?.city.approval, call)
        notes += try await queuesHeldUp(host)
        return (wrong, notes)
    }

    /// Makes the copy of facts anew where it isn't what the registers hold.
    private static func mendedFacts(_ host: Host) async throws -> [LocalText] {
        let mended = try await FactPages.mend(in: host.store)
        guard mended > 0 else { return [] }
        return [
            LocalText(
                zh: "事实副本有 \(mended) 页与登记资料不符,已重做;是谁改了数据库,见 niangjia audit verify",
                en:
                    "\(mended) pages of the copy of facts weren't what the registers hold, and were made anew; who edited the store: niangjia audit verify"
            )
        ]
    }

    /// What the host's own work left undone.
    private static func unfinished(_ call: Call) async throws -> [LocalText] {
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
        let left = try await call.host.store.read { try Batches.leftUnderWay(since: late, in: $0) }
        return zip(counts, words).compactMap { count, words in
            count > 0 ? LocalText(zh: "\(count) \(words.zh)", en: "\(count) \(words.en)") : nil
        }
            + left.map { batch in
                LocalText(
                    zh:
                        "批次 \(batch.title)(\(batch.id))“\(batch.state.title.zh)”,其中各笔十分钟后还没有登记完:原因见服务的输出,并运行 niangjia audit verify",
                    en:
                        "batch \(batch.title) (\(batch.id)) is “\(batch.state.title.en)”, and its lines haven't followed it in ten minutes: serve says why; run niangjia audit verify"
                )
            }
    }

    /// What is no fault and good to know.
    private static func doctorNotes(_ folder: FolderState, _ approval: CitySettings.Approval?, _ call: Call)
        -> [LocalText]
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
        return notes
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
}
