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

    /// An entitlement for `--json`, to whoever builds its payment: its application where that may stand beside the name.
    static func value(of id: ID<Entitlement>, _ rights: MoneyRights, in reader: any StoreReader) throws -> Value {
        let one = try Entitlements.load(id, in: reader)
        return value(one, name: try name(one.payee, in: reader), rights)
    }

    /// The same where it isn't paid now (a claim): of a sealed case nobody is named, nor where a program seals some.
    static func claim(of id: ID<Entitlement>, _ rights: MoneyRights, in reader: any StoreReader) throws -> Value {
        let one = try Entitlements.load(id, in: reader)
        let name =
            rights.seals(one.program)
            ? SealedFilers.nobody : try SealedFilers.told(name(one.payee, in: reader), of: one.caseID, in: reader)
        return value(one, name: name, rights)
    }

    private static func value(_ one: Entitlement, name: String, _ rights: MoneyRights) -> Value {
        let ofCase = rights.tellsCases(of: one.program) ? one.caseID : nil
        return [
            "entitlement": .text(one.id.text), "case": ofCase.map { .text($0.text) } ?? .null,
            "program": .text(one.program), "name": .text(name),
            "amount_fen": .int(one.amount.fen), "claimed_fen": .int(one.claimed.fen),
            "recovered_fen": .int(one.recovered.fen),
        ]
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
            ?? origins[value["program"].text ?? ""]
            ?? LocalText(zh: "项目 \(value["program"].text ?? "")", en: "program \(value["program"].text ?? "")")
        let amount = Money(fen: value["amount_fen"].int ?? 0)
        return
            "\(value["entitlement"].text ?? "")  \(about[language])  \(value["name"].text ?? "")  \(amount) \(language == .zh ? "元" : "yuan")"
    }
}
