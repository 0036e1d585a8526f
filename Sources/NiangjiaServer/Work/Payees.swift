import NiangjiaCore

/// Who is behind an entitlement, as whoever keeps the money may know it: people's names are masked.
enum Payees {
    /// The name of a payee; empty for goods from stock.
    static func name(_ payee: Entitlement.Payee, in reader: any StoreReader) throws -> String {
        guard let id = payee.id else { return "" }
        let table = payee.kind == .person ? "person" : "organization"
        let name = try reader.first("SELECT name FROM \(table) WHERE id = $1", [.int(id)]) { $0.text(0) } ?? ""
        return payee.kind == .person ? Masking.name(name) : name
    }

    /// An entitlement for `--json`.
    static func value(of id: ID<Entitlement>, in reader: any StoreReader) throws -> Value {
        let one = try Entitlements.load(id, in: reader)
        return [
            "entitlement": .text(one.id.text), "case": one.caseID.map { .text($0.text) } ?? .null,
            "program": .text(one.program), "name": .text(try name(one.payee, in: reader)),
            "amount_fen": .int(one.amount.fen), "claimed_fen": .int(one.claimed.fen),
            "recovered_fen": .int(one.recovered.fen),
        ]
    }

    /// The same where it isn't paid now (a claim): of a sealed case nobody is named. Whoever builds the payment is told.
    static func claim(of id: ID<Entitlement>, in reader: any StoreReader) throws -> Value {
        let value = try value(of: id, in: reader)
        guard case .map(var members) = value else { return value }
        let ofCase = members["case"]?.text.flatMap { ID<CaseFile>($0) }
        members["name"] = .text(try SealedFilers.told(members["name"]?.text ?? "", of: ofCase, in: reader))
        return .map(members)
    }

    /// What entitlements came of that no program decided.
    private static let origins = [
        Dues.program: LocalText(zh: "经费回拨", en: "return of dues"),
        Grants.program: LocalText(zh: "分期拨付", en: "a grant"),
        Suppliers.program: LocalText(zh: "供应商结算", en: "a supplier's invoice"),
    ]

    /// The same in a line for people.
    static func words(_ value: Value, _ language: Language) -> String {
        let about =
            value["case"].text.map { LocalText(zh: "申请 \($0)", en: "case \($0)") }
            ?? origins[value["program"].text ?? ""] ?? LocalText(zh: "批量核定", en: "a run")
        let amount = Money(fen: value["amount_fen"].int ?? 0)
        return
            "\(value["entitlement"].text ?? "")  \(about[language])  \(value["name"].text ?? "")  \(amount) \(language == .zh ? "元" : "yuan")"
    }
}
