/// What comparing rows with their seals found.
public struct SealedRowsReport: Sendable, Hashable {
    /// Rows that were compared, by table.
    public var rows: [String: Int] = [:]
    /// What is wrong.
    public var faults = Faults()

    /// Rows of all tables.
    public var count: Int { rows.values.reduce(0, +) }
}

extension RowSeals {
    /// The newest word of the chain about a row.
    private struct Known {
        /// Empty: it was taken out.
        var digest: ArraySlice<UInt8>
        /// The event.
        var seq: Int64
    }

    /// Compares every row of every sealed table with what the chain was told last. Holds a digest of each in memory.
    static func verify(
        in reader: any StoreReader, crypto: any CryptoProvider, tables: [String: Table] = NiangjiaSchema.sealed
    ) throws -> SealedRowsReport {
        var told: [String: [ArraySlice<UInt8>: Known]] = [:]
        var report = SealedRowsReport()
        var isLost = false
        try reader.forEach(
            "SELECT seq, body FROM chain_event WHERE kind = '\(kind)' AND seq IS NOT NULL ORDER BY seq", []
        ) { row in
            // Such a body is never lawfully erased: what it told of nobody knows any more.
            guard let lines = row.textOrNil(1).flatMap({ try? Value(json: $0) })?["rows"].text else {
                isLost = true
                report.faults.add(
                    zh: "第 \(row.int(0)) 号事件的摘要已不在,它封存的各行无从核对",
                    en: "the digests of event \(row.int(0)) are gone: the rows that it sealed can't be compared")
                return true
            }
            take(Array(lines.utf8), row.int(0), &told)
            return true
        }
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) {
            try verify(table, told.removeValue(forKey: name) ?? [:], isLost, &report, in: reader, crypto)
        }
        for name in told.keys.sorted() {
            report.faults.add(zh: "事件链提到未知的表 \(name)", en: "the chain tells of an unknown table \(name)")
        }
        return report
    }

    /// Reads what an event holds of rows (``Told``): a line without a space names the table of those that follow.
    private static func take(_ lines: [UInt8], _ seq: Int64, _ told: inout [String: [ArraySlice<UInt8>: Known]]) {
        var (name, own) = ("", [ArraySlice<UInt8>: Known]())
        func keep() { if !own.isEmpty { told[name] = own } }
        for line in lines.split(separator: RowReader.newline) {
            if let end = line.firstIndex(of: RowReader.space) {
                own[line[..<end]] = Known(digest: line[(end + 1)...], seq: seq)
            } else {
                keep()
                name = String(decoding: line, as: UTF8.self)
                own = told.removeValue(forKey: name) ?? [:]
            }
        }
        keep()
    }

    private static func verify(
        _ table: Table, _ told: [ArraySlice<UInt8>: Known], _ isLost: Bool, _ report: inout SealedRowsReport,
        in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws {
        var told = told
        let rows = RowReader(table)
        var findings = Findings(table)
        var count = 0
        let order = table.key.map { "\"\($0)\"" }.joined(separator: ", ")
        let asMade = table.sealing?.asMade ?? "0 = 1"
        let sql = "SELECT \(rows.selected), \(asMade) FROM \(table.name) ORDER BY \(order)"
        try reader.forEach(sql, []) { row in
            count += 1
            let key = rows.key(row)[...]
            guard let known = told.removeValue(forKey: key), !known.digest.isEmpty else {
                if row.bool(table.sealedColumns.count) {
                    findings.end()
                } else if !isLost {
                    // Where other events tell of a row as it was made, it was changed since.
                    findings.note(table.sealing?.asMade == nil ? .untold : .altered, key, 0)
                }
                return true
            }
            var found: [UInt8] = []
            RowReader.addHex(rows.digest(row, crypto), to: &found)
            if found[...] != known.digest { findings.note(.altered, key, known.seq) } else { findings.end() }
            return true
        }
        findings.end()
        let gone = told.filter { !$0.value.digest.isEmpty }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (key, known) in gone { findings.note(.missing, key, known.seq) }
        findings.end()
        report.rows[table.name] = count
        for fault in findings.words { report.faults.add(zh: fault.zh, en: fault.en) }
    }

    /// Puts what is wrong with neighbouring rows into one sentence.
    private struct Findings {
        enum Kind { case altered, missing, untold }

        let table: Table
        var words: [LocalText] = []
        private var kind = Kind.altered
        private var keys: (first: ArraySlice<UInt8>, last: ArraySlice<UInt8>)?
        private var (count, event) = (0, Int64(0))

        init(_ table: Table) { self.table = table }

        mutating func note(_ kind: Kind, _ key: ArraySlice<UInt8>, _ event: Int64) {
            if keys == nil || self.kind != kind {
                end()
                (keys, self.kind) = ((key, key), kind)
            }
            keys?.last = key
            count += 1
            self.event = max(self.event, event)
        }

        mutating func end() {
            guard let (first, last) = keys else { return }
            let title = table.sealing?.title ?? LocalText(zh: table.name, en: table.name)
            let (zh, en) =
                switch kind {
                case .altered: ("与封存的内容不符", "is not what was written")
                case .missing: ("缺失", "is missing")
                case .untold: ("不是本系统写入的", "was not written by this system")
                }
            let isOne = first == last
            let names = (text(first), text(last))
            let zhRows = isOne ? names.0 : "\(names.0) 至 \(names.1)(\(count) 行)"
            let enRows = isOne ? names.0 : "\(names.0) to \(names.1) (\(count) rows)"
            let at = event > 0 ? LocalText(zh: ",最后封存于第 \(event) 号事件", en: ", last sealed by event \(event)") : nil
            words.append(
                LocalText(
                    zh: "\(title.zh) \(zhRows) \(zh)(表 \(table.name)\(at?.zh ?? ""))",
                    en: "\(title.en) \(enRows) \(en) (table \(table.name)\(at?.en ?? ""))"))
            (keys, count, event) = (nil, 0, 0)
        }

        /// A key as people know it: an id in the first place as its text.
        private func text(_ key: ArraySlice<UInt8>) -> String {
            var parts = String(decoding: key, as: UTF8.self).split(separator: "/").map(String.init)
            if let prefix = table.sealing?.idPrefix, let number = parts.first.flatMap({ Int64($0) }) {
                parts[0] = IDText.encode(prefix: prefix, number: number)
            }
            return parts.joined(separator: "/")
        }
    }
}
