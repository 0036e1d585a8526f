/// What comparing the journal with the chain found.
public struct JournalReport: Sendable, Hashable {
    /// Single calls and blocks of runs looked at.
    public var calls = 0
    /// Blocks of runs that the chain tells of.
    public var blocks = 0
    /// Calls whose facts were lawfully erased.
    public var erased = 0
    /// What is wrong.
    public var faults = Faults()
}

/// What a verification found wrong: counted, and told as far as a person reads.
public struct Faults: Sendable, Hashable {
    /// How many a report tells.
    public static let listed = 20
    /// How many there are.
    public private(set) var count = 0
    /// The first ``listed`` of them in words.
    public private(set) var words: [LocalText] = []
    /// Whether nothing is wrong.
    public var isEmpty: Bool { count == 0 }

    mutating func add(zh: String, en: String) {
        count += 1
        if words.count < Faults.listed { words.append(LocalText(zh: zh, en: en)) }
    }
}

extension Journal {
    /// Opens every call and block, and compares bytes and columns with what the chain was told when they were written.
    ///
    /// Says nothing of the chain itself: ``Audit/verify(in:crypto:against:)`` looks at both.
    public static func verify(in reader: any StoreReader, crypto: any CryptoProvider) throws -> JournalReport {
        var report = JournalReport()
        var applied: Int64 = 0
        try reader.forEach(
            """
            SELECT kind, about, body FROM chain_event
            WHERE kind IN ('\(callKind)', '\(judgedKind)', '\(appliedKind)') AND seq IS NOT NULL ORDER BY seq
            """, []
        ) { row in
            let (kind, about) = (row.text(0), row.text(1))
            // A body that can't be read was altered, which the chain's own digests tell.
            let body = row.textOrNil(2).flatMap { try? Value(json: $0) }
            switch kind {
            case callKind: try verifyCall(about, body, crypto, &report, in: reader)
            case judgedKind: try verifyBlock(about, body, crypto, &report, in: reader)
            default:
                applied += 1
                try verifyApplied(about, body, crypto, &report, in: reader)
            }
            return true
        }
        try verifyCounts(applied: applied, &report, in: reader)
        return report
    }

    /// Every commitment has its row: rows that nobody committed to are left over.
    private static func verifyCounts(
        applied: Int64, _ report: inout JournalReport, in reader: any StoreReader
    ) throws {
        func expect(_ sql: String, _ count: Int64, zh: String, en: String) throws {
            let found = try reader.integer(sql) ?? 0
            if found != count {
                report.faults.add(
                    zh: "\(zh) \(found) 条,事件链记载 \(count) 条", en: "\(found) \(en), the chain tells of \(count)")
            }
        }
        try expect("SELECT count(*) FROM call", Int64(report.calls), zh: "调用记录", en: "calls")
        try expect("SELECT count(*) FROM run_block", Int64(report.blocks), zh: "核定数据块", en: "blocks")
        try expect(
            "SELECT count(*) FROM run_block WHERE state <> 'judged'", applied, zh: "已执行的核定数据块", en: "applied blocks")
    }

    private static func verifyCall(
        _ about: String, _ body: Value?, _ crypto: any CryptoProvider, _ report: inout JournalReport,
        in reader: any StoreReader
    ) throws {
        report.calls += 1
        guard let id = ID<Call>(about) else {
            return report.faults.add(zh: "事件有误:\(about)", en: "a wrong event: \(about)")
        }
        let sql = """
            SELECT at, program, plugin, plugin_digest, bundle, function, engine, case_id, bytes, wrapped_key, digest
            FROM call WHERE id = $1
            """
        let fault = try reader.first(sql, [.id(id)]) { row -> String? in
            guard let body else {
                if !row.isNull(9) { return "erased in the chain, but its key is still there" }
                report.erased += 1
                return nil
            }
            let call = JournaledCall(
                at: row.instant(0), program: row.text(1), plugin: row.text(2), pluginDigest: row.text(3),
                bundle: row.text(4), function: row.text(5), engine: row.text(6), caseID: row.idOrNil(7))
            guard call.digest(crypto) == body["row"].text else { return "its columns are not what was written" }
            return content(
                row.blob(8), key: row.blobOrNil(9), digest: row.blob(10), "call/\(about)", body["digest"].text, crypto)
        }
        guard let found = fault else { return report.faults.add(zh: "调用 \(about) 缺失", en: "call \(about) is missing") }
        if let found { report.faults.add(zh: "调用 \(about) 被改动", en: "call \(about): \(found)") }
    }

    private static func verifyBlock(
        _ about: String, _ body: Value?, _ crypto: any CryptoProvider, _ report: inout JournalReport,
        in reader: any StoreReader
    ) throws {
        report.blocks += 1
        guard let body, let id = ID<Run>(about), let number = body["block"].int else { return }
        let sql = """
            SELECT b.first_subject, b.last_subject, b.count, b.lines, b.bytes, b.wrapped_key, b.digest, b.outcomes, b.state,
            r.state FROM run_block b LEFT JOIN run r ON r.id = b.run WHERE b.run = $1 AND b.block = $2
            """
        let fault = try reader.first(sql, [.id(id), .int(number)]) { row -> String? in
            let block = JournaledBlock(first: row.int(0), last: row.int(1), count: row.int(2), lines: row.blob(3))
            guard block.digest(crypto) == body["row"].text else { return "its columns are not what was written" }
            guard ["judged", "applied"].contains(row.text(8)) else { return "an unknown state" }
            if row.text(8) == "judged" {
                // Not committed to yet; but nobody without the keys can write outcomes.
                guard let sealed = row.blobOrNil(7) else {
                    return row.text(9) == "applying" ? "its outcomes are gone" : nil
                }
                let context = outcomesContext(id, number)
                guard (try? crypto.open(sealed, purpose: .sensitive, context: context)) != nil else {
                    return "its outcomes can't be opened"
                }
            }
            return content(
                row.blob(4), key: row.blobOrNil(5), digest: row.blob(6), "run/\(about)/\(number)", body["digest"].text,
                crypto)
        }
        guard let found = fault else {
            return report.faults.add(zh: "核定 \(about) 第 \(number) 块缺失", en: "block \(number) of \(about) is missing")
        }
        if let found {
            report.faults.add(zh: "核定 \(about) 第 \(number) 块被改动", en: "block \(number) of \(about): \(found)")
        }
    }

    private static func verifyApplied(
        _ about: String, _ body: Value?, _ crypto: any CryptoProvider, _ report: inout JournalReport,
        in reader: any StoreReader
    ) throws {
        guard let body, let id = ID<Run>(about), let number = body["block"].int else { return }
        let found = try reader.first(
            "SELECT state, digest, outcomes FROM run_block WHERE run = $1 AND block = $2", [.id(id), .int(number)]
        ) { row in
            row.text(0) == "applied" && Hex.text(row.blob(1)) == body["digest"].text
                && Hex.text(crypto.digest(row.blob(2))) == body["outcomes"].text
        }
        if found == false {
            report.faults.add(
                zh: "核定 \(about) 第 \(number) 块的结果被改动", en: "block \(number) of \(about): not as it was applied")
        }
    }

    /// Opens sealed bytes; nil when they are what was committed to, else what is wrong.
    private static func content(
        _ bytes: [UInt8], key: [UInt8]?, digest stored: [UInt8], _ context: String, _ committed: String?,
        _ crypto: any CryptoProvider
    ) -> String? {
        guard let key else { return "its key is gone without a record" }
        guard Hex.text(stored) == committed else { return "its digest is not the chain's" }
        guard let found = try? digest(ofSealed: bytes, key: key, context: context, crypto: crypto) else {
            return "its bytes can't be opened"
        }
        return found == stored ? nil : "its bytes are not what was written"
    }
}
