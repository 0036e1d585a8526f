extension Manifest {
    /// A record table by name, or an error that says which there are.
    func record(named kind: String) throws(NiangjiaError) -> RecordDefinition {
        guard let record = records[kind] else {
            throw NiangjiaError(
                .invalid, zh: "清单的 records 中没有 \(kind),有 \(records.keys.sorted().joined(separator: "、"))",
                en: "the manifest declares no record \(kind); it has \(records.keys.sorted().joined(separator: ", "))")
        }
        return record
    }
}

extension ActionReader {
    func record(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(2)
        let kind = try arguments.text(0, "kind")
        let definition = try manifest.record(named: kind)
        if let text = arguments[1].text ?? arguments[1]["ref"].text, let id = ID<Record>(text) {
            guard let row = try RecordRows.load(id, plugin: manifest.id, kind: kind, in: reader) else { return .null }
            noteRead { $0.records[row.id.rawValue] = row.revision }
            return try shown(row, kind, definition, in: reader)
        }
        let key = try ActionReader.key(arguments[1], definition, arguments)
        guard let row = try RecordRows.find(plugin: manifest.id, kind: kind, key: key, in: reader) else {
            noteRead { $0.absent.insert([kind, key]) }
            return .null
        }
        noteRead { $0.records[row.id.rawValue] = row.revision }
        return try shown(row, kind, definition, in: reader)
    }

    /// A key as it may be written: the value itself, a list in the order of `key`, or by name.
    static func key(_ value: ActionValue, _ definition: RecordDefinition, _ arguments: HostArguments)
        throws(NiangjiaError) -> String
    {
        var fields: [String: Value] = [:]
        if case .plain(.list(let items)) = value, items.count == definition.key.count {
            for (name, item) in zip(definition.key, items) { fields[name] = item }
        } else if let members = value.members, value["ref"] == .null {
            for (name, member) in members { fields[name] = member.open?["ref"].text.map { .text($0) } ?? member.open }
        } else if definition.key.count == 1, let single = value.open {
            fields[definition.key[0]] = single["ref"].isNull ? single : single["ref"]
        }
        for (name, item) in fields where item["ref"].text != nil { fields[name] = item["ref"] }
        guard fields.count == definition.key.count, definition.key.allSatisfy({ fields[$0]?.isNull == false }) else {
            throw arguments.wrong(
                1, "key", "键 (\(definition.key.joined(separator: ", ")))",
                "the key (\(definition.key.joined(separator: ", ")))")
        }
        return RecordRows.key(definition, fields)
    }

    func records(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(3)
        let kind = try arguments.text(0, "kind")
        let definition = try manifest.record(named: kind)
        let filter = try arguments.openMap(1, "where", known: definition.fields.map(\.name))
        let options = try arguments.openMap(2, "options", known: ["order", "limit"])
        // What may not be read may not be searched either.
        for field in definition.fields where filter[field.name] != nil {
            guard try mayRead(field, in: reader) else {
                throw ActionReader.hidden("records.\(kind).fields.\(field.name)")
            }
        }
        let limit = min(
            max(Int(clamping: options["limit"]?.int ?? Int64(ActionReader.longestList)), 1), ActionReader.longestList)
        let sums = try RecordRows.sums(plugin: manifest.id, kind: kind, in: reader)
        noteRead { $0.tables[kind] = sums }
        var rows = try RecordRows.list(
            plugin: manifest.id, kind: kind, limit: options["order"] == nil ? limit : .max, in: reader
        ) { row in filter.allSatisfy { (row.body[$0.key] ?? .null) == $0.value } }
        if let order = options["order"]?.text {
            let field = order.hasPrefix("-") ? String(order.dropFirst()) : order
            guard let known = definition.fields.first(where: { $0.name == field }), try mayRead(known, in: reader)
            else {
                throw NiangjiaError(
                    .invalid, zh: "record.list 的 order 没有字段 \(field)", en: "record.list: order has no field \(field)")
            }
            rows = ActionReader.sorted(rows, by: field, descending: order.hasPrefix("-"))
        }
        return .list(try rows.prefix(limit).map { try shown($0, kind, definition, in: reader) })
    }

    private static func sorted(_ rows: [RecordRows.Row], by field: String, descending: Bool) -> [RecordRows.Row] {
        func before(_ a: Value, _ b: Value) -> Bool {
            if let x = a.int, let y = b.int { return x < y }
            return (a.text ?? "") < (b.text ?? "")
        }
        // Rows come by key, and the sort is stable by their places.
        return rows.enumerated().sorted { a, b in
            let (x, y) = (a.element.body[field] ?? .null, b.element.body[field] ?? .null)
            if before(x, y) { return !descending }
            if before(y, x) { return descending }
            return a.offset < b.offset
        }.map(\.element)
    }

    static func hidden(_ place: String) -> NiangjiaError {
        NiangjiaError(
            .forbidden, zh: "您不能读取这一栏(\(place).read)", en: "you may not read this field (\(place).read)")
    }

    /// A row as the caller may see it: `ref`, and the fields that its roles may read. What is absent reads as nil; what is hidden
    /// isn't there.
    private func shown(
        _ row: RecordRows.Row, _ kind: String, _ definition: RecordDefinition, in reader: any StoreReader
    )
        throws -> ActionValue
    {
        var members: [String: ActionValue] = ["ref": .plain(.text(row.id.text))]
        for field in definition.fields where try mayRead(field, in: reader) {
            let value = row.body[field.name] ?? .null
            members[field.name] = ActionReader.shown(value, field.type, read: field.read)
            if definition.secret.contains(field.name), !value.isNull { noteSecret(field.name, value) }
        }
        return .map(members)
    }

    /// Free text and files are carried closed; everything else is open.
    static func shown(_ value: Value, _ type: FieldType, read: [String]) -> ActionValue {
        switch type {
        case .text, .file: return value.isNull ? .null : .closed(.init(value, read: read))
        case .nullable(let inner): return shown(value, inner, read: read)
        case .list(let inner): return .list((value.list ?? []).map { shown($0, inner, read: read) })
        case .object(let fields):
            guard value.map != nil else { return .null }
            return .map(
                Dictionary(
                    uniqueKeysWithValues: fields.map {
                        ($0.name, shown(value[$0.name], $0.type, read: $0.read.isEmpty ? read : $0.read))
                    }))
        case .reference: return value.isNull ? .null : .map(["ref": .plain(value)])
        default: return .plain(value)
        }
    }
}
