import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaCore

/// Pages of a population are put together from tables read apart; one subject alone is read by a join. Both must say the same.
@Suite("Pages of a population") struct SubjectPageTests {
    private let books: Books
    private let reader: SubjectReader

    init() async throws {
        books = try Books()
        reader = try SubjectReader(
            kind: .person, subjectFacts: ["occupation", "is_member", "joined_on", "union_area", "birth_date"],
            householdFacts: ["size", "hardship_class"])
        try await books.store.write(.batch) { writer in
            for n in [Int64(1), 2] {
                try writer.execute(
                    """
                    INSERT INTO organization (id, revision, valid_from, recorded_at, code, name, path, level, area) \
                    VALUES ($1, 1, 0, 0, $2, 'u', 'p', 'basic', $3)
                    """, [.int(n), .text("99010\(n)"), n == 1 ? .text("990101") : .null])
            }
        }
    }

    private func person(_ id: Int64, household: Int64?, occupation: String?) async throws {
        try await books.store.write(.batch) { writer in
            try writer.execute(
                """
                INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, occupation, household, birth_date) \
                VALUES ($1, $2, $1, 0, 'n', 'incomplete', $3, $4, $1)
                """, [.int(id), .int(id % 3 + 1), .optional(occupation), .optional(household)])
        }
    }

    private func membership(_ person: Int64, _ organization: Int64, _ status: String, primary: Bool) async throws {
        try await books.store.write(.batch) { writer in
            try writer.execute(
                """
                INSERT INTO membership (person, organization, revision, valid_from, recorded_at, status, is_primary, joined_on) \
                VALUES ($1, $2, 5, 0, 0, $3, $4, $1)
                """, [.int(person), .int(organization), .text(status), .bool(primary)])
        }
    }

    private func file(_ id: Int64, size: Int64?) async throws {
        try await books.store.write(.batch) { writer in
            try writer.execute(
                """
                INSERT INTO household (id, revision, valid_from, recorded_at, number, hardship_class, file_status, size) \
                VALUES ($1, 2, 0, 0, $2, 'deep', 'open', $3)
                """, [.int(id), .text("H\(id)"), .optional(size)])
        }
    }

    /// Every column of a page, row by row, as the joined query reads the same person.
    private func compare(after: Int64, limit: Int, _ expected: [Int64]) async throws {
        let reader = reader
        try await books.store.read { store in
            let block = try reader.page(after: after, limit: limit, filter: [:], in: store)
            #expect(block.ids == expected)
            let rows = try reader.read(ids: expected, in: store)
            for (n, row) in rows.enumerated() {
                #expect(block.revisions[n] == row.revision)
                #expect(block.validFrom[n] == Int64(row.validFrom.days))
                #expect(block.homes[n] == row.home ?? 0)
                #expect(block.households[n] == row.household ?? 0)
                #expect(block.householdRevisions[n] == row.householdRevision)
                for (fact, column) in block.facts.enumerated() {
                    let found: SQLValue =
                        column.isNull(n)
                        ? .null
                        : column.kind == .text
                            ? .text(column.texts.text(column.texts.indexes[n]) ?? "") : .int(column.integers[n])
                    #expect(found == row.values[fact], "person \(row.id), fact \(reader.facts[fact].name)")
                }
            }
        }
    }

    @Test("Members, former members, strangers; shared, missing and unsorted household files")
    func allKinds() async throws {
        for id in Int64(1)...12 {
            try await person(
                id, household: [nil, 40, 39, 39, 77][Int(id % 5)], occupation: id % 4 == 0 ? nil : "rider\(id % 2)")
        }
        for id in [Int64(39), 40] { try await file(id, size: id == 39 ? nil : 4) }
        try await membership(1, 1, "active", primary: true)
        try await membership(2, 1, "left", primary: true)
        try await membership(3, 2, "active", primary: false)
        try await membership(4, 1, "left", primary: false)
        try await membership(4, 2, "reserved", primary: true)
        try await membership(9, 2, "transferring", primary: true)
        try await books.store.write(.batch) {
            try $0.execute("UPDATE person SET status = 'deceased' WHERE id = 6", [])
        }
        try await compare(after: 0, limit: 5, [1, 2, 3, 4, 5])
        try await compare(after: 5, limit: 100, [7, 8, 9, 10, 11, 12])
        try await compare(after: 12, limit: 5, [])
    }

    @Test("Household files that lie far apart are looked up")
    func farApart() async throws {
        for id in Int64(1)...3 { try await person(id, household: id * 500, occupation: "rider") }
        for id in Int64(400)...1600 { try await file(id, size: id) }
        try await compare(after: 0, limit: 10, [1, 2, 3])
    }

    @Test("A filter on another table's fact, or on the person's own")
    func filtered() async throws {
        for id in Int64(1)...6 { try await person(id, household: nil, occupation: id % 2 == 0 ? "rider" : "office") }
        for id in Int64(1)...4 { try await membership(id, 1, id == 4 ? "reserved" : "active", primary: true) }
        let reader = reader
        let (members, riders) = try await books.store.read { store in
            (
                try reader.page(after: 0, limit: 10, filter: ["is_member": [.bool(true)]], in: store).ids,
                try reader.page(after: 0, limit: 10, filter: ["occupation": [.text("rider")]], in: store).ids
            )
        }
        #expect(members == [1, 2, 3])
        #expect(riders == [2, 4, 6])
    }

    @Test("A population is chosen by facts that nobody reads")
    func chosenUnread() async throws {
        for id in [Int64(1), 2, 3] { try await person(id, household: nil, occupation: nil) }
        try await membership(1, 1, "active", primary: true)
        try await membership(2, 2, "active", primary: true)
        try await file(9, size: 2)
        let filter: [String: [Value]] = ["union_area": ["990101"]]
        let chosen = try SubjectReader(kind: .person, subjectFacts: [], householdFacts: [], filter: ["union_area"])
        let files = try SubjectReader(
            kind: .household, subjectFacts: [], householdFacts: [], filter: ["hardship_class"])
        let (page, count, sums, deep) = try await books.store.read { reader in
            (
                try chosen.page(after: 0, limit: 10, filter: filter, in: reader).ids,
                try chosen.count(filter: filter, after: 0, in: reader),
                try chosen.sums(after: 0, upTo: 9, filter: filter, in: reader).count,
                try files.page(after: 0, limit: 10, filter: ["hardship_class": ["deep"]], in: reader).ids
            )
        }
        #expect(page == [1] && count == 1 && sums == 1)
        #expect(deep == [9])
    }
}
