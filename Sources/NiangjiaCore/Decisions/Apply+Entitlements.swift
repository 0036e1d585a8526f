/// From an outcome to what somebody is entitled to: parts, payees, lines.
extension Applier {
    /// The entitlements of one outcome: one for each part, or one in all; none where nothing is given.
    func entitlements(
        _ decision: ID<Decision>, _ line: JudgedLine, _ outcome: Outcome, caseID: ID<CaseFile>?, parties: Parties,
        in reader: any StoreReader
    ) throws -> [NewEntitlement] {
        let gives = context.form.gives
        var rest = outcome.splits
        var made: [NewEntitlement] = []
        for (part, amount) in Applier.parts(of: line.judgement, cutTo: outcome.amount) where amount > .zero {
            guard let kind = Entitlement.Kind(rawValue: gives.kind(of: part).rawValue) else { continue }
            let shares: [Outcome.Split]
            if kind == .fee {
                guard let first = context.rules.funding.first else {
                    throw NiangjiaError(.configuration, zh: "缺少 funding", en: "funding is missing")
                }
                shares = [Outcome.Split(line: first.line, amount: amount)]
            } else {
                shares = Applier.consume(amount, from: &rest)
            }
            let payee = try payee(of: part, kind: kind, line, parties: parties, in: reader)
            made.append(
                NewEntitlement(
                    decision: decision, caseID: caseID, caseLine: line.intake.line, part: part, kind: kind,
                    payee: payee,
                    shares: shares, program: context.program.id, series: context.program.series,
                    on: line.gathered.onDate))
        }
        return made
    }

    /// Parts by name, cut in proportion when settle left less than the rule gave: floors, the rest to the first.
    static func parts(of judgement: Judgement, cutTo amount: Money) -> [(String, Money)] {
        guard !judgement.parts.isEmpty, judgement.amount > .zero else { return [("", amount)] }
        let named = judgement.parts.sorted { $0.key < $1.key }
        guard amount < judgement.amount else { return named }
        var cut = named.map { name, part -> (String, Money) in
            let floor = judgement.amount.fen.dividingFullWidth(part.fen.multipliedFullWidth(by: amount.fen)).quotient
            return (name, Money(fen: floor))
        }
        cut[0].1 += amount - cut.reduce(.zero) { $0 + $1.1 }
        return cut
    }

    /// Takes an amount from the splits in their order.
    private static func consume(_ amount: Money, from splits: inout [Outcome.Split]) -> [Outcome.Split] {
        var need = amount
        var taken: [Outcome.Split] = []
        for n in splits.indices where need > .zero && splits[n].amount > .zero {
            let part = min(need, splits[n].amount)
            taken.append(.init(line: splits[n].line, amount: part))
            splits[n].amount -= part
            need -= part
        }
        return taken
    }

    func payee(
        of part: String, kind: Entitlement.Kind, _ line: JudgedLine, parties: Parties, in reader: any StoreReader
    ) throws -> Entitlement.Payee {
        let gives = context.form.gives
        let path = kind == .fee ? gives.from : gives.to(of: part)
        switch path {
        case nil where kind == .goods: return .stock
        case "supplier":
            guard let code = context.rules.supplier else { return .stock }
            let id = try reader.first("SELECT id FROM organization WHERE code = $1", [.text(code)]) {
                $0.id(0, Organization.self)
            }
            guard let id else {
                throw NiangjiaError(.configuration, zh: "没有编码为 \(code) 的供应商", en: "there is no supplier \(code)")
            }
            return .supplier(id)
        case "applicant":
            if let applicant = parties.applicant { return .person(applicant) }
            if let unit = parties.unit { return .organization(unit) }
        case nil, "subject":
            switch line.gathered.subject.kind {
            case .person: return .person(ID(rawValue: line.gathered.subject.id))
            case .organization: return .organization(ID(rawValue: line.gathered.subject.id))
            case .household, .station, .record, .nobody: if kind == .goods { return .stock }
            }
        case let path?:
            let text = Value.map(parties.fields).at(path: path).text ?? line.intake.element.at(path: path).text ?? ""
            if let person = ID<Person>(text) { return .person(person) }
            if let organization = ID<Organization>(text) { return .organization(organization) }
            if path == "unit", let unit = parties.unit { return .organization(unit) }
        }
        throw NiangjiaError(
            .configuration, zh: "无法确定收款人(\(path ?? "subject"))", en: "the payee can't be told (\(path ?? "subject"))")
    }
}

extension Outcome {
    /// The state in which its decision begins.
    var decisionState: String {
        switch result {
        case .granted, .limited: "standing"
        case .waitlisted: "waitlisted"
        case .refused: "refused"
        case .review, .incomplete, .failed: "open"
        }
    }
}
