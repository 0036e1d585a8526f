extension Corrections {
    /// Compares each correction's lines with what the chain was told when it was proposed and approved.
    static func verify(in reader: any StoreReader, crypto: any CryptoProvider) throws -> [LocalText] {
        var faults: [LocalText] = []
        var told = 0
        try reader.forEach(
            """
            SELECT about, body FROM chain_event WHERE kind = 'correction.proposed' AND seq IS NOT NULL ORDER BY seq
            """, []
        ) { row in
            told += 1
            // A body that is gone was erased, or altered: the chain itself tells which.
            guard let id = ID<Correction>(row.text(0)),
                let body = row.textOrNil(1).flatMap({ try? Value(json: $0) })
            else { return true }
            let lines = try reader.all(
                "SELECT entitlement, basis, stood, target FROM correction_line WHERE correction = $1 ORDER BY n",
                [.id(id)]
            ) { (entitlement: $0.id(0, Entitlement.self), basis: $0.int(1), before: $0.money(2), target: $0.money(3)) }
            guard CorrectionLine.digest(lines, crypto) != body["digest"].text else { return true }
            faults.append(
                LocalText(zh: "更正 \(id) 的明细被改动或缺失", en: "the lines of correction \(id) are not what was proposed"))
            return faults.count < Ledger.listedFaults
        }
        let kept = try reader.integer("SELECT COUNT(*) FROM correction") ?? 0
        if kept != Int64(told), faults.isEmpty {
            faults.append(
                LocalText(zh: "更正 \(kept) 份,事件链记载 \(told) 份", en: "\(kept) corrections, the chain tells of \(told)"))
        }
        return faults
    }
}
