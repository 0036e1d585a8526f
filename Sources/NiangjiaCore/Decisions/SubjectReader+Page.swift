/// Pages of a population for a batch.
extension SubjectReader {
    /// Reads the next subjects after an id that belong to a population and pass its filter, in key order: from pages of facts where
    /// there are any, from the registers where there are none.
    func page(after: Int64, limit: Int, filter: [String: [Value]], in reader: any StoreReader) throws -> SubjectBlock {
        guard kind == .person else {
            return try registers(after: after, upTo: nil, limit: limit, filter: filter, in: reader)
        }
        let filtered = filter.keys.sorted().compactMap { FactCatalogue.fact($0, of: kind) }
        let wanted = facts + filtered.filter { !facts.contains($0) }
        let places = try FactPages.places(of: wanted)
        var parts: [SubjectBlock] = []
        var (at, count) = (after, 0)
        while count < limit {
            let next = try FactPages.next(after: at, in: reader)
            let part: SubjectBlock
            let isCovered = next.map { $0.after <= at } ?? false
            if isCovered, let next, var page = try FactPages.intact(next, places, in: reader) {
                // Whoever reads nothing of a household doesn't depend on its version.
                if !facts.contains(where: { $0.join == .household }) {
                    page.householdRevisions = [Int64](repeating: 0, count: page.ids.count)
                }
                let chunk = SubjectChunk(page, kind, wanted, after: next.after)
                part = chunk.page(for: self, after: at, limit: limit - count, filter: filter)
            } else {
                part = try registers(
                    after: at, upTo: isCovered ? next?.last : next?.after, limit: limit - count, filter: filter,
                    in: reader)
            }
            if !part.ids.isEmpty { parts.append(part) }
            count += part.ids.count
            guard let next else { break }
            at = isCovered ? next.last : next.after
        }
        return parts.count == 1 ? parts[0] : SubjectBlock(joining: parts, facts.map(\.cells))
    }

    /// The same from the registers alone, up to a subject; nil: to the end.
    func registers(
        after: Int64, upTo last: Int64?, limit: Int, filter: [String: [Value]], in reader: any StoreReader
    ) throws -> SubjectBlock {
        var arguments: [SQLValue] = [.int(after), .int(Int64(limit))]
        var conditions = try self.conditions(filter, &arguments)
        if let last {
            arguments.append(.int(last))
            conditions += " AND s.id <= $\(arguments.count)"
        }
        let isOwn = filter.keys.allSatisfy { FactCatalogue.fact($0, of: kind)?.join == FactDefinition.Join.none }
        if kind == .person, isOwn, let block = try persons(conditions, arguments, in: reader) { return block }
        return try block(
            select + from + " WHERE s.id > $1" + conditions + " ORDER BY s.id LIMIT $2", arguments, in: reader)
    }

    /// The answer of a query that begins with ``select``.
    func block(_ sql: String, _ arguments: [SQLValue], in reader: any StoreReader) throws -> SubjectBlock {
        let columns = try reader.columns(
            sql, arguments, [CellColumn.Kind](repeating: .integer, count: 6) + facts.map(\.cells))
        return SubjectBlock(
            ids: columns[0].integers, revisions: columns[1].integers, validFrom: columns[2].integers,
            homes: columns[3].integers, households: columns[4].integers, householdRevisions: columns[5].integers,
            facts: Array(columns[6...]))
    }

    /// Reads persons, memberships and household files each in its own order and puts them together: looking up a membership and a
    /// file for each person would take twice as long. Nil where the files lie too far apart for that.
    private func persons(_ conditions: String, _ arguments: [SQLValue], in reader: any StoreReader) throws
        -> SubjectBlock?
    {
        let persons = try part(
            ["s.id", "s.revision", "s.valid_from", "s.household"], [.none, .employer],
            " FROM person s"
                + (facts.contains { $0.join == .employer } ? " LEFT JOIN organization e ON e.id = s.employer" : "")
                + " WHERE s.id > $1" + conditions + " ORDER BY s.id LIMIT $2", arguments, in: reader)
        let ids = persons.keys[0]
        guard let first = ids.first, let last = ids.last else { return SubjectBlock(facts: persons.facts) }
        // The plus keeps SQLite to the table itself: from its index of primary memberships it would look each one up.
        let memberships = try part(
            ["m.person", "m.organization", "m.revision"], [.membership, .home],
            " FROM membership m"
                + (facts.contains { $0.join == .home } ? " LEFT JOIN organization o ON o.id = m.organization" : "")
                + " WHERE m.person >= $1 AND m.person <= $2 AND +" + Membership.isPrimary + " ORDER BY m.person",
            [.int(first), .int(last)], in: reader)
        let membershipOf = KeyOrder.places(of: ids, in: memberships.keys[0])
        guard let files = try files(of: persons.keys[3], in: reader) else { return nil }
        let fileOf = files.keys.isEmpty ? [] : KeyOrder.places(of: persons.keys[3], in: files.keys[0])

        var block = SubjectBlock(ids: ids, revisions: persons.keys[1], validFrom: persons.keys[2])
        block.homes = membershipOf.map { $0 < 0 ? 0 : memberships.keys[1][Int($0)] }
        for (row, place) in membershipOf.enumerated() where place >= 0 {
            block.revisions[row] += memberships.keys[2][Int(place)]
        }
        block.households = persons.keys[3]
        block.householdRevisions =
            fileOf.isEmpty
            ? [Int64](repeating: 0, count: ids.count) : fileOf.map { $0 < 0 ? 0 : files.keys[1][Int($0)] }
        var (own, related, shared) = (persons.facts[...], memberships.facts[...], files.facts[...])
        for fact in facts {
            switch fact.join {
            case .none, .employer: block.facts.append(own.removeFirst())
            case .membership, .home:
                block.facts.append(related.removeFirst().taking(membershipOf, filler: fact.without))
            case .household: block.facts.append(shared.removeFirst().taking(fileOf, filler: fact.without))
            }
        }
        return block
    }

    /// The household files of some persons, 0 where they have none; empty where no fact asks for them, nil where they lie so far
    /// apart that reading what is between would take longer than looking them up.
    private func files(of households: [Int64], in reader: any StoreReader) throws -> Part? {
        guard facts.contains(where: { $0.join == .household }) else { return Part(keys: [], facts: []) }
        let wanted = KeyOrder.distinct(households)
        let limit = wanted.count * 2 + 64
        let found = try part(
            ["h.id", "h.revision"], [.household],
            " FROM household h WHERE h.id >= $1 AND h.id <= $2 ORDER BY h.id LIMIT $3",
            [.int(wanted.first ?? 0), .int(wanted.last ?? 0), .int(Int64(limit))], in: reader)
        return found.keys[0].count == limit ? nil : found
    }

    /// Columns of one table: keys, and facts.
    private struct Part {
        var keys: [[Int64]]
        var facts: [CellColumn]
    }

    private func part(
        _ keys: [String], _ joins: Set<FactDefinition.Join>, _ rest: String, _ arguments: [SQLValue],
        in reader: any StoreReader
    ) throws -> Part {
        let facts = facts.filter { joins.contains($0.join) }
        let columns = try reader.columns(
            "SELECT " + (keys + facts.map(\.sql)).joined(separator: ", ") + rest, arguments,
            keys.map { _ in .integer } + facts.map(\.cells))
        return Part(keys: columns[..<keys.count].map(\.integers), facts: Array(columns[keys.count...]))
    }
}

extension FactDefinition {
    /// What the store holds of it.
    var cells: CellColumn.Kind { kind == .text ? .text : .integer }
}

/// Lists of keys that rise.
enum KeyOrder {
    /// For each key its place in a rising list, -1 where it isn't there. Fast where the keys rise too.
    static func places(of keys: [Int64], in list: [Int64]) -> [Int32] {
        var at = 0
        return keys.map { key in
            if at < list.count, list[at] == key { return Int32(truncatingIfNeeded: at) }
            if at + 1 < list.count, list[at + 1] == key {
                at += 1
                return Int32(truncatingIfNeeded: at)
            }
            var (low, high) = (0, list.count)
            while low < high {
                let middle = (low + high) / 2
                if list[middle] < key { low = middle + 1 } else { high = middle }
            }
            guard low < list.count, list[low] == key else { return -1 }
            at = low
            return Int32(truncatingIfNeeded: at)
        }
    }

    /// Each key but 0 once, rising.
    static func distinct(_ keys: [Int64]) -> [Int64] {
        var found: [Int64] = []
        found.reserveCapacity(keys.count)
        var rises = true
        for key in keys where key != 0 && key != found.last {
            if let last = found.last, last > key { rises = false }
            found.append(key)
        }
        return rises ? found : Set(found).sorted()
    }
}
