import NiangjiaCore

/// Rows of the plugin's own tables, as a test declares them.
extension TestCityBuilder {
    /// `given.records`: table → name → fields. Tables that other tables refer to come first.
    mutating func addRecords(in writer: any StoreWriter) throws {
        let declared = testCase.given["records"].map ?? [:]
        for kind in declared.keys.sorted() where plugin.manifest.records[kind] == nil {
            let known = plugin.manifest.records.keys.sorted().joined(separator: ", ")
            throw TestFileFault(
                "given.records.\(kind)", zh: "插件没有记录表 \(kind),有: \(known)",
                en: "the plugin has no table \(kind); it has: \(known)")
        }
        let kinds = declared.keys.sorted { (references(of: $0), $0) < (references(of: $1), $1) }
        for kind in kinds {
            for (name, value) in (declared[kind]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
                let path = "given.records.\(kind).\(name)"
                city.records[kind + "/" + name] = try TestRecords(plugin: plugin, change: change).add(
                    value, kind, city, at: path, in: writer)
            }
        }
    }

    private func references(of kind: String) -> Int {
        (plugin.manifest.records[kind]?.fields ?? []).count { field in
            if case .reference(let name) = field.type { !FieldType.registers.contains(name) } else { false }
        }
    }
}

/// Writes rows of record tables.
struct TestRecords {
    let plugin: Plugin
    let change: ChangeContext

    @discardableResult
    func add(_ value: Value, _ kind: String, _ city: TestCity, at path: String, in writer: any StoreWriter) throws
        -> ID<Record>
    {
        guard let definition = plugin.manifest.records[kind] else {
            throw TestFileFault(path, zh: "插件没有记录表 \(kind)", en: "the plugin has no table \(kind)")
        }
        let body = try TestValues.fields(value, definition.fields, city, at: path)
        for name in body.keys.sorted() where !definition.fields.contains(where: { $0.name == name }) {
            throw TestFileFault("\(path).\(name)", zh: "没有栏目 \(name)", en: "there is no field \(name)")
        }
        let id = change.ids.next(Record.self)
        let key = Value.list(definition.key.map { body[$0] ?? .null }).json
        try writer.insert(
            into: "record",
            columns: ["id", "plugin", "kind", "key", "revision", "valid_from", "recorded_at", "body", "state"],
            values: [
                .id(id), .text(plugin.manifest.id), .text(kind), .text(key), .int(1), .date(change.today),
                .instant(change.now), .text(Value.map(body).json), .text("standing"),
            ])
        return id
    }
}
