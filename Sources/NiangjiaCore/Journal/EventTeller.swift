/// Tells events without what hides whom a sealed case is about. Remembers meanwhile what it found of accounts and programs.
struct EventTeller {
    /// What accounts do about their own sign-ins and data, mostly just before they file something.
    private static let ofOneself: Set<String> = [
        "access.signed_in", "access.sessions_ended", "access.locked", "access.password_changed",
        "access.factor_confirmed", "access.factor_removed", "access.own_data",
    ]

    private var filers: [String: Bool] = [:]
    private var sealing: [String: Bool] = [:]

    /// An event without who filed a sealed case, and without digests of few unknowns, among which anybody could try accounts and
    /// people until one fits.
    mutating func told(_ event: ToldEvent, in reader: any StoreReader) throws -> ToldEvent {
        var event = event
        if event.kind == RowSeals.kind {
            event.body = EventTeller.rowCounts(event.body)
            return event
        }
        if EventTeller.ofOneself.contains(event.kind) {
            try hideFilers(&event, in: reader)
        } else if try stands(besideSealed: event, in: reader) {
            event.actor = SealedFilers.nobody
            event.body = EventTeller.without(["content"], event.body)
        }
        let about = try EventSubject(event.about, in: reader)
        event.whom = about.whom
        if about.isHidden, let caseID = about.caseID {
            event.actor = try SealedFilers.actor(event.actor, about: caseID.text, in: reader)
            event.body = EventTeller.without(["row", "digest"], event.body)
        }
        return event
    }

    /// What a member or a unit clerk does about their own sign-ins is told without the account.
    private mutating func hideFilers(_ event: inout ToldEvent, in reader: any StoreReader) throws {
        let isFilers = try isOnlyFiler(event.actor, in: reader)
        guard try isFilers || isOnlyFiler(event.about, in: reader) else { return }
        if isFilers { event.actor = SealedFilers.nobody }
        event.about = SealedFilers.nobody
        event.body = EventTeller.without(["account"], event.body)
    }

    /// Whether an account only files: nothing that auditors look after is done by it.
    private mutating func isOnlyFiler(_ name: String, in reader: any StoreReader) throws -> Bool {
        if let known = filers[name] { return known }
        let roles = try Access.account(name, in: reader)?.roles ?? []
        let isOnly = !roles.isEmpty && roles.allSatisfy { [.member, .unit].contains($0.role) }
        filers[name] = isOnly
        return isOnly
    }

    /// Whether an event tells of an action of a program with sealed cases: one that files them stands in their transaction.
    private mutating func stands(besideSealed event: ToldEvent, in reader: any StoreReader) throws -> Bool {
        guard event.kind.hasPrefix("action.") || event.kind == "access.action", let run = ID<ActionRun>(event.about),
            let program = try reader.first("SELECT program FROM action_run WHERE id = $1", [.id(run)], { $0.text(0) })
        else { return false }
        if let known = sealing[program] { return known }
        let found = try reader.integer(
            "SELECT 1 FROM case_file WHERE program = $1 AND sealed = 1 LIMIT 1", [.text(program)])
        sealing[program] = found != nil
        return found != nil
    }

    private static func without(_ names: [String], _ body: Value) -> Value {
        guard var members = body.map else { return body }
        for name in names { members[name] = nil }
        return .map(members)
    }

    /// Of rows that were sealed, how many of each table: their keys hold what people are known by, their digests the rest.
    private static func rowCounts(_ body: Value) -> Value {
        guard let lines = body["rows"].text else { return body }
        var (counts, table): ([String: Int64], String) = ([:], "")
        for line in lines.split(separator: "\n") {
            if line.contains(" ") {
                counts[table, default: 0] += 1
            } else {
                table = String(line)
            }
        }
        return ["rows": .map(counts.mapValues { .int($0) })]
    }
}
