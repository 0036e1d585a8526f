import NiangjiaCore

// An identity number has two forms: of 15 digits, as it was first given, and of 18. Whoever is registered under one is the person
// whom a file names under the other.
extension IdentityNumber {
    /// The number in its other form; nil where there is none.
    var otherForm: (text: String, document: String)? {
        let born = text.dropFirst(6)
        if standing == .toBeCompleted {
            let body = text.prefix(6) + "19" + born
            return IdentityNumber.checkCharacter(body).map { (body + String($0), IdentityDocument.residentID.rawValue) }
        }
        // Numbers of 15 digits were given to nobody born after 1999.
        guard document == .residentID, born.hasPrefix("19") else { return nil }
        return (text.prefix(6) + String(born.dropFirst(2).dropLast()), IdentityNumber.incomplete)
    }

    /// The type under which a number that is to be completed is kept.
    static let incomplete = "incomplete"
}

extension RowMaker {
    /// How a row's person is known: by the number as it stands, by its other form too, and among rows by the complete one.
    func identify(_ number: IdentityNumber, _ document: IdentityDocument, _ draft: inout Draft) {
        let isComplete = number.standing == .complete
        let type = isComplete ? document.rawValue : IdentityNumber.incomplete
        let (mac, other) = macs(number, type)
        draft.key = RowMaker.hex((isComplete ? mac : other ?? mac).prefix(16))
        draft.lookup = .blob(mac)
        draft.otherLookup = other.map { .blob($0) } ?? .null
        draft.values[index("id_type")] = .text(type)
        draft.values[index("id_mac")] = .blob(mac)
        draft.secrets.append(.init(column: index("id_sealed"), macColumn: index("id_mac"), text: number.text))
    }

    /// Somebody whom a row names by number: the complete form first, for a list may still have the other one.
    func link(_ number: IdentityNumber, as role: Draft.Link.Role, cell: Int?) -> Draft.Link {
        guard number.standing == .complete else {
            let (mac, complete) = macs(number, IdentityNumber.incomplete)
            return .init(mac: complete ?? mac, otherMac: complete.map { _ in mac }, role: role, cell: cell)
        }
        let (mac, other) = macs(number, number.document.rawValue)
        return .init(mac: mac, otherMac: other, role: role, cell: cell)
    }

    /// The hashes of a number as it stands, under its type, and of its other form.
    private func macs(_ number: IdentityNumber, _ type: String) -> (own: [UInt8], other: [UInt8]?) {
        (
            PersonIdentifiers.mac(idNumber: number.text, document: type, crypto),
            number.otherForm.map { PersonIdentifiers.mac(idNumber: $0.text, document: $0.document, crypto) }
        )
    }
}

extension Planner {
    /// The person of a row. Under the other form of the number, a complete one is written in place of what was to be completed, and
    /// never the other way round.
    func known(_ planned: inout Planned, _ existing: Existing) -> [SQLValue]? {
        let (type, mac, sealed) = (place("id_type", table), place("id_mac", table), place("id_sealed", table))
        let own = existing.rows[planned.draft.lookup]
        guard planned.draft.otherLookup != .null, let other = existing.rows[planned.draft.otherLookup] else {
            return own
        }
        // Whom another part of the city has is met like somebody whom nobody has heard of.
        func isOwn(_ person: [SQLValue]) -> Bool { reach.isWholeCity || isMember(person, existing) }
        if let own {
            guard isOwn(own), isOwn(other), case .int(let id) = other[0] else { return own }
            planned.draft.findings.append(
                CellFinding(
                    column: nil,
                    finding: Finding(
                        .warning, "ID_TWICE",
                        zh: "人员库中还有一人是同一号码的另一种写法(15 位、18 位):\(ID<Person>(rawValue: id)),请核对,勿重复发放",
                        en:
                            "\(ID<Person>(rawValue: id)) has the same number in its other form (15 or 18 digits): don't pay twice"
                    )
                ))
            return own
        }
        if isOwn(other), planned.draft.values[type] == .text(IdentityNumber.incomplete) {
            (planned.draft.values[type], planned.draft.values[mac]) = (nil, nil)
            planned.draft.secrets.removeAll { $0.column == sealed }
            planned.draft.findings.removeAll { $0.finding.code == "ID_15" }
        }
        return other
    }
}
