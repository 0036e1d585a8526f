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

/// A complete number as it was before it was completed. Its hash is asked for only where the register has somebody of that day of
/// birth whose number is still to be completed: few are left, and each row of a file would cost a hash and a look-up more.
struct OldForm: Hashable, Sendable {
    var text: String
    var born: SQLValue
}

extension RowMaker {
    /// How a row's person is known: by the number as it stands, by its other form too, and among rows by the complete one.
    func identify(_ number: IdentityNumber, _ document: IdentityDocument, _ draft: inout Draft) {
        let (type, mac, complete) = forms(number, document)
        draft.key = RowMaker.hex((complete ?? mac).prefix(16))
        draft.lookup = .blob(mac)
        draft.otherLookup = complete.map { .blob($0) } ?? .null
        draft.oldForm = number.oldForm
        draft.values[index("id_type")] = .text(type)
        draft.values[index("id_mac")] = .blob(mac)
        draft.secrets.append(.init(column: index("id_sealed"), macColumn: index("id_mac"), text: number.text))
    }

    /// Somebody whom a row names by number: the complete form first, for a list may still have the other one.
    func link(_ number: IdentityNumber, as role: Draft.Link.Role, cell: Int?) -> Draft.Link {
        let (_, mac, complete) = forms(number, number.document)
        return .init(
            mac: complete ?? mac, otherMac: complete.map { _ in mac }, oldForm: number.oldForm, role: role, cell: cell)
    }

    /// The type under which a number is kept, its hash, and for one that is to be completed the hash of the complete form.
    private func forms(
        _ number: IdentityNumber, _ document: IdentityDocument
    ) -> (type: String, mac: [UInt8], complete: [UInt8]?) {
        let isComplete = number.standing == .complete
        let type = isComplete ? document.rawValue : IdentityNumber.incomplete
        let other = isComplete ? nil : number.otherForm
        return (
            type, PersonIdentifiers.mac(idNumber: number.text, document: type, crypto),
            other.map { PersonIdentifiers.mac(idNumber: $0.text, document: $0.document, crypto) }
        )
    }
}

extension IdentityNumber {
    fileprivate var oldForm: OldForm? {
        guard standing == .complete, let birthDate, let otherForm else { return nil }
        return OldForm(text: otherForm.text, born: .date(birthDate))
    }
}

extension Planner {
    /// On which days somebody was born whose number is to be completed: in the words of the index that holds nobody else.
    static let daysOfBirth =
        "SELECT birth_date FROM person WHERE id_type = '\(IdentityNumber.incomplete)' AND birth_date IN"

    /// The hashes of those old forms that somebody may be registered under.
    func oldForms(of drafts: [Draft], in reader: any StoreReader) throws -> [OldForm: [UInt8]] {
        let forms = Set(drafts.flatMap { [$0.oldForm] + $0.links.map(\.oldForm) }.compactMap { $0 })
        var days: Set<SQLValue> = []
        try Planner.each(Array(Set(forms.map(\.born))), Planner.daysOfBirth, reader) { days.insert(.int($0.int(0))) }
        let asked = forms.filter { days.contains($0.born) }
        return Dictionary(
            uniqueKeysWithValues: asked.map {
                (
                    $0,
                    PersonIdentifiers.mac(
                        idNumber: $0.text, document: IdentityNumber.incomplete, context.crypto)
                )
            })
    }

    /// The person of a row. Under the other form of the number, a complete one is written in place of what was to be completed, and
    /// never the other way round.
    func known(_ planned: inout Planned, _ existing: Existing) -> [SQLValue]? {
        let (type, mac, sealed) = (place("id_type", table), place("id_mac", table), place("id_sealed", table))
        let own = existing.rows[planned.draft.lookup]
        let others = existing.lookups(of: planned.draft).filter { $0 != planned.draft.lookup }
        guard let other = others.compactMap({ existing.rows[$0] }).first else { return own }
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
