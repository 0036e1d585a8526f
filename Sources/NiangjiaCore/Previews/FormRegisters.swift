/// The registers that a form over a population reads, as far as a past day depends on them.
struct FormRegisters {
    /// A register; of the one that plugins share, a plugin's table.
    private struct Register: Hashable {
        var table: Table
        var owner: Owner?

        struct Owner: Hashable {
            var plugin: String
            var kind: String
        }

        /// A condition on the rows of the register, whose table has an alias; the arguments follow those that there are.
        func condition(_ alias: String, _ arguments: inout [SQLValue]) -> String {
            guard let owner else { return "" }
            arguments += [.text(owner.plugin), .text(owner.kind)]
            return " AND \(alias).plugin = $\(arguments.count - 1) AND \(alias).kind = $\(arguments.count)"
        }
    }

    /// Where the population stands, and the record tables that looks read: a day before the first row of one isn't known.
    private let reaching: [Register]
    /// Whatever else facts are read from.
    private let related: [Register]

    /// Nil where the form's subjects are of no register.
    init?(of context: FormContext) throws(NiangjiaError) {
        let kind = try context.subjectKind()
        guard let own = RegisterVersions.table(of: kind) else { return nil }
        let plugin = context.plugin.manifest.id
        func table(_ name: String) -> Register {
            Register(table: RecordsSchema.record, owner: .init(plugin: plugin, kind: name))
        }
        let population = context.populationRecords.map { table($0.kind) } ?? Register(table: own)
        reaching = [population] + context.recordsLookedAt.sorted().map(table)
        related =
            kind == .person
            ? [PeopleSchema.membership, HouseholdsSchema.household, OrganizationsSchema.organization].map {
                Register(table: $0)
            } : []
    }

    /// Whether one of them has a row that is true only since a later day.
    func changed(since date: CivilDate, in reader: any StoreReader) throws -> Bool {
        for register in reaching + related {
            var arguments: [SQLValue] = [.date(date)]
            let own = register.condition("t", &arguments)
            let sql = "SELECT 1 FROM \(register.table.name) t WHERE t.valid_from > $1\(own) LIMIT 1"
            if try reader.integer(sql, arguments) != nil { return true }
        }
        return false
    }

    /// The first day of which all of them know anything; nil where nothing stands in any.
    func begin(in reader: any StoreReader) throws -> CivilDate? {
        try reaching.compactMap { try begin(of: $0, in: reader) }.max()
    }

    private func begin(of register: Register, in reader: any StoreReader) throws -> CivilDate? {
        let table = register.table.name
        var (now, then): ([SQLValue], [SQLValue]) = ([], [.text(table)])
        let current = "SELECT MIN(t.valid_from) FROM \(table) t WHERE 1 = 1" + register.condition("t", &now)
        let owned = register.condition("t", &then)
        // The plus has SQLite go from a plugin's own rows to their versions, and not through every plugin's history.
        let versions = owned.isEmpty ? "register_history h" : "\(table) t JOIN register_history h ON h.entity = +t.id"
        let earlier = "SELECT MIN(h.valid_from) FROM \(versions) WHERE h.kind = $1 AND h.is_undone = 0\(owned)"
        let first = [try reader.integer(current, now), try reader.integer(earlier, then)].compactMap { $0 }.min()
        return first.map { CivilDate(days: Int32(truncatingIfNeeded: $0)) }
    }

    /// Throws `invalid` when one of them begins only after a day.
    func check(on date: CivilDate, in reader: any StoreReader) throws {
        guard let begins = try begin(in: reader), begins > date else { return }
        throw NiangjiaError(
            .invalid, zh: "登记资料自 \(begins) 起才有保存,不能按 \(date) 计算",
            en: "the register is kept from \(begins) on: choose a later date than \(date)", place: "/as_of")
    }
}

extension FormContext {
    /// The record table that the form goes over; nil where it goes over none.
    var populationRecords: (plugin: String, kind: String)? {
        guard let of = form.population?.of, form.subject == .applicant, plugin.manifest.records[of] != nil else {
            return nil
        }
        return (plugin.manifest.id, of)
    }

    /// The plugin's record tables that the form's looks read, by themselves or on the way to what they ask for (`promise[subject].to`).
    var recordsLookedAt: Set<String> {
        var names: Set<String> = []
        for look in form.facts.look {
            if case .record(let name) = look.source { names.insert(name) }
            for case .path(let path) in look.filter.values {
                if let end = path.firstIndex(of: "["), plugin.manifest.records[String(path[..<end])] != nil {
                    names.insert(String(path[..<end]))
                }
            }
        }
        return names
    }
}
