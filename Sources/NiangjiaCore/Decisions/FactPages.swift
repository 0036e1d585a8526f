/// The facts of persons once more, column by column: what a run over everybody reads.
///
/// Three registers read row by row cost more than everything else that a run does. A page holds every fact of the catalogue for some
/// thousand persons as the registers hold them; triggers forget it as soon as one of its rows changes, and whoever meets no page
/// reads the rows: pages only ever save time. Imports make them, and the host every now and then.
public enum FactPages {
    /// Persons of a page.
    static let size = Sweep.blockSize
    /// Pages made in one transaction: whoever waits for the writer waits for so many.
    private static let atATime = 4

    /// Reads every fact that a person has.
    private static let everything = Result {
        try SubjectReader(
            kind: .person, subjectFacts: FactCatalogue.person.map(\.name),
            householdFacts: FactCatalogue.household.map(\.name))
    }

    /// Where facts lie in a page, and what they are.
    static func places(of facts: [FactDefinition]) throws -> [(place: Int, kind: CellColumn.Kind)] {
        let all = try everything.get().facts
        return facts.compactMap { fact in all.firstIndex(of: fact).map { ($0, fact.cells) } }
    }

    /// Where a page lies.
    struct Place: Sendable {
        var after: Int64
        var last: Int64
    }

    /// The first page that holds subjects after one, or lies beyond it.
    static func next(after id: Int64, in reader: any StoreReader) throws -> Place? {
        let subjects = try everything.get()
        return try reader.first(
            "SELECT after, last FROM fact_page WHERE last > $1 AND query = $2 ORDER BY last LIMIT 1",
            [.int(id), .text(subjects.query)]
        ) { Place(after: $0.int(0), last: $0.int(1)) }
    }

    /// A page's subjects with some facts; nil where its bytes can't be read: it is a copy, and the registers are at hand.
    static func intact(
        _ place: Place, _ facts: [(place: Int, kind: CellColumn.Kind)], in reader: any StoreReader
    ) throws -> SubjectBlock? {
        guard let bytes = try bytes(place, in: reader) else { return nil }
        return try? FactPage(bytes).subjects(facts)
    }

    private static func bytes(_ place: Place, in reader: any StoreReader) throws -> [UInt8]? {
        try reader.first("SELECT bytes FROM fact_page_columns WHERE last = $1", [.int(place.last)]) { $0.blob(0) }
    }

    /// Makes the pages that are missing; half a page at the end of the register is left until it grows. Returns how many it made.
    @discardableResult
    public static func refresh(in store: any Store) async throws -> Int { try await refresh(in: store, size: size) }

    /// The same with so many persons to a page.
    static func refresh(in store: any Store, size: Int) async throws -> Int {
        try await sweep(store)
        var (at, made) = (Int64.min, 0)
        while true {
            try Task.checkCancellation()
            let start = at
            guard let isMissing = try await store.read({ try gap(after: start, size, in: $0) }) else { return made }
            let done = try await store.write(.batch) { writer -> (at: Int64, made: Int, isEnd: Bool) in
                var (at, made) = (isMissing, 0)
                for _ in 0..<atATime {
                    guard let from = try gap(after: at, size, in: writer) else { return (at, made, true) }
                    guard let last = try make(after: from, size, in: writer) else { return (at, made, true) }
                    at = last
                    made += 1
                }
                return (at, made, false)
            }
            made += done.made
            at = done.at
            if done.isEnd { return made }
        }
    }

    /// Takes away the pages of another release, for a change must find the one page that it concerns, and the columns of pages that
    /// were forgotten: what a register no longer says of somebody is kept nowhere else.
    private static func sweep(_ store: any Store) async throws {
        let query = SQLValue.text(try everything.get().query)
        let (other, forgotten) = ("FROM fact_page WHERE query <> $1", "last NOT IN (SELECT last FROM fact_page)")
        let isClean = try await store.read { reader in
            try reader.integer("SELECT COUNT(*) \(other)", [query]) == 0
                && reader.integer("SELECT COUNT(*) FROM fact_page_columns WHERE \(forgotten)") == 0
        }
        guard !isClean else { return }
        try await store.write(.batch) { writer in
            try writer.execute("DELETE \(other)", [query])
            try writer.execute("DELETE FROM fact_page_columns WHERE \(forgotten)", [])
        }
    }

    /// The subject after which the next page is missing; nil: none is.
    private static func gap(after start: Int64, _ size: Int, in reader: any StoreReader) throws -> Int64? {
        var at = start
        while let page = try next(after: at, in: reader), page.after <= at { at = page.last }
        if try next(after: at, in: reader) != nil { return at }
        let left = try reader.integer(
            "SELECT COUNT(*) FROM (SELECT 1 FROM person WHERE id > $1 AND status = 'active' LIMIT $2) AS rest",
            [.int(at), .int(Int64(size / 2))])
        return left == Int64(size / 2) ? at : nil
    }

    /// Makes the page after a subject, up to the next one. Returns its last subject; nil: there is none.
    private static func make(after: Int64, _ size: Int, in writer: any StoreWriter) throws -> Int64? {
        let subjects = try everything.get()
        let next = try next(after: after, in: writer)
        let block = try subjects.registers(after: after, upTo: next?.after, limit: size, filter: [:], in: writer)
        // A page that fills a gap covers all of it, so that nobody looks for rows between.
        let last = block.ids.count < size ? next?.after ?? block.ids.last : block.ids.last
        guard let last else { return nil }
        try writer.execute(
            "INSERT INTO fact_page (last, after, query) VALUES ($1, $2, $3)",
            [.int(last), .int(after), .text(subjects.query)])
        try writer.execute(
            """
            INSERT INTO fact_page_columns (last, bytes) VALUES ($1, $2) ON CONFLICT (last) DO UPDATE SET bytes = excluded.bytes
            """, [.int(last), .blob(FactPage.bytes(of: block))])
        return last
    }

    /// Pages that aren't what the registers hold, in words.
    static func verify(in reader: any StoreReader) throws -> [LocalText] {
        try wrong(in: reader).map { place in
            let id = ID<Person>(rawValue: place.last).text
            return LocalText(
                zh: "到 \(id) 为止的事实副本与登记资料不符:niangjia doctor 重做",
                en: "the copy of facts up to \(id) isn't what the registers hold: niangjia doctor makes it anew")
        }
    }

    /// Makes the pages anew that aren't what the registers hold. Returns how many there were.
    public static func mend(in store: any Store) async throws -> Int {
        let count = try await store.write(.batch) { writer in
            let wrong = try wrong(in: writer)
            for place in wrong { try writer.execute("DELETE FROM fact_page WHERE last = $1", [.int(place.last)]) }
            return wrong.count
        }
        if count > 0 { try await refresh(in: store) }
        return count
    }

    private static func wrong(in reader: any StoreReader) throws -> [Place] {
        let subjects = try everything.get()
        var found: [Place] = []
        var at = Int64.min
        while let place = try next(after: at, in: reader) {
            let block = try subjects.registers(
                after: place.after, upTo: place.last, limit: size + 1, filter: [:], in: reader)
            if try place.after < at || bytes(place, in: reader) != FactPage.bytes(of: block) { found.append(place) }
            at = place.last
        }
        return found
    }
}

extension SubjectReader {
    /// What is asked of the registers, as text.
    var query: String { select + from }
}
