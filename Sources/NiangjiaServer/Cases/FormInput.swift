import Foundation
import NiangjiaCore

/// What people and programs write into forms, made into what the corridor takes.
enum FormInput {
    /// Codes of organisations and stations become ids. Money as a bare number is refused: nobody can tell yuan from fen.
    /// Records of the plugin are named by their key. What an answer gave may come back as it was (``FormMoney``).
    static func resolve(
        _ given: [String: Value], _ fields: [Field], of plugin: String, at pointer: String = "/fields",
        in reader: any StoreReader
    ) throws -> [String: Value] {
        let (written, inFen) = try FormMoney.taken(given, fields, at: pointer)
        var resolved = written
        for field in fields {
            guard let value = written[field.name], !value.isNull else { continue }
            resolved[field.name] = try resolve(
                value, field.type, of: plugin, at: "\(pointer)/\(JSONPointer.escaped(field.name))", in: reader)
        }
        return resolved.merging(inFen) { $1 }
    }

    private static func resolve(
        _ value: Value, _ type: FieldType, of plugin: String, at place: String, in reader: any StoreReader
    ) throws -> Value {
        switch (type, value) {
        case (.money, .int):
            throw NiangjiaError(
                .invalid, zh: "金额请写成文本,以元为单位,如 \"50.00\"。", en: "Write money as text in yuan, like \"50.00\".",
                place: place)
        case (.reference("organization"), .text(let text)):
            if ID<Organization>(text) != nil { return value }
            guard let found = try Lookup.knownOrganization(text, in: reader) else {
                throw NiangjiaError(
                    .invalid, zh: "没有代码为 \(text) 的组织。", en: "There is no organisation with the code \(text).",
                    place: place)
            }
            return .text(found.text)
        case (.reference("station"), .text(let text)) where ID<Station>(text) == nil:
            let found = try reader.first("SELECT id FROM station WHERE code = $1", [.text(text)]) {
                $0.id(0, Station.self)
            }
            guard let found else {
                throw NiangjiaError(.invalid, zh: "没有站点 \(text)。", en: "There is no station \(text).", place: place)
            }
            return .text(found.text)
        case (.reference(let kind), .text(let text))
        where !FieldType.registers.contains(kind) && ID<Record>(text) == nil && ID<CaseFile>(text) == nil:
            guard let found = try record(text, kind, of: plugin, in: reader) else {
                throw NiangjiaError(
                    .invalid,
                    zh: "没有登记 \(kind) \(text):请写它的键(站点、组织写代码),键有几栏的写编号 r-…;有哪些见 niangjia record list。",
                    en:
                        "There is no \(kind) \(text): write its key (the code of a station or organisation), or its id r-… where the key has several fields; niangjia record list tells them.",
                    place: place)
            }
            return .text(found.text)
        case (.integer, .text(let text)):
            // The command line hands everything over as text.
            return Int64(text).map { .int($0) } ?? value
        case (.boolean, .text(let text)):
            return text == "true" ? true : text == "false" ? false : value
        case (.nullable(let inner), _): return try resolve(value, inner, of: plugin, at: place, in: reader)
        case (.list(let inner), .list(let items)):
            return .list(
                try items.enumerated().map {
                    try resolve($0.element, inner, of: plugin, at: "\(place)/\($0.offset)", in: reader)
                })
        case (.object(let fields), .map(let members)):
            return .map(try resolve(members, fields, of: plugin, at: place, in: reader))
        default: return value
        }
    }

    /// The row of a table whose key is what somebody wrote: the text itself, or the place that has it for its code.
    private static func record(_ text: String, _ kind: String, of plugin: String, in reader: any StoreReader) throws
        -> ID<Record>?
    {
        let station = try reader.first("SELECT id FROM station WHERE code = $1", [.text(text)]) {
            $0.id(0, Station.self).text
        }
        let names = [text, station, try Lookup.knownOrganization(text, in: reader)?.text].compactMap { $0 }
        for name in names {
            let key = Value.list([.text(name)]).json
            if let row = try RecordRows.find(plugin: plugin, kind: kind, key: key, in: reader) { return row.id }
        }
        return nil
    }

    /// Puts corrected values into a form that is filled already: `cost`, or a place within a field (`children.0.tuition`).
    static func correct(
        _ whole: [String: Value], with given: [String: Value], _ fields: [Field], of plugin: String,
        in reader: any StoreReader
    ) throws -> [String: Value] {
        let places = given.filter { $0.key.contains(".") || $0.key.contains("/") }
        let named = given.filter { places[$0.key] == nil }
        var filled = Value.map(whole.merging(try resolve(named, fields, of: plugin, in: reader)) { $1 })
        for (pointer, value) in places.sorted(by: { $0.key < $1.key }) {
            let steps = pointer.split { $0 == "/" || $0 == "." }.map(String.init)
            guard let type = type(at: steps[...], in: .object(fields)) else {
                throw NiangjiaError(
                    .invalid, zh: "表单没有 \(pointer) 这一处(序号从 0 开始)。",
                    en: "The form has no place \(pointer) (items count from 0).",
                    place: "/fields/\(JSONPointer.escaped(pointer))")
            }
            let resolved = try resolve(
                value, type, of: plugin, at: "/fields/\(JSONPointer.escaped(pointer))", in: reader)
            filled = try put(resolved, in: filled, at: steps[...], named: pointer)
        }
        return filled.map ?? whole
    }

    private static func type(at path: ArraySlice<String>, in type: FieldType) -> FieldType? {
        guard let first = path.first else { return type }
        switch type {
        case .nullable(let inner): return self.type(at: path, in: inner)
        case .list(let inner): return Int(first) == nil ? nil : self.type(at: path.dropFirst(), in: inner)
        case .object(let fields):
            return fields.first { $0.name == first }.flatMap { self.type(at: path.dropFirst(), in: $0.type) }
        default: return nil
        }
    }

    /// Takes files of this machine in as evidence and names them in the fields: `proof`, `children/0/proof`, `children.0.proof`. Only commands hand
    /// over paths; the API has no such argument.
    static func addFiles(
        _ paths: [String: Value], to fields: [String: Value], by account: Account, _ host: Host
    ) async throws -> [String: Value] {
        var filled = Value.map(fields)
        for (pointer, value) in paths.sorted(by: { $0.key < $1.key }) {
            let content = try await content(ofFile: value.text, named: pointer)
            let name = try await host.evidence.add(content, by: account.id)
            let steps = pointer.split { $0 == "/" || $0 == "." }.map(String.init)
            filled = try put(.text(name), in: filled, at: steps[...], named: pointer)
        }
        return filled.map ?? fields
    }

    /// The content of a file of this machine, read on a thread that may wait for the disk.
    static func content(ofFile path: String?, named pointer: String) async throws -> [UInt8] {
        let data = try await offPool { path.flatMap { FileManager.default.contents(atPath: $0) } }
        guard let data else {
            throw NiangjiaError(
                .notFound, zh: "读不到附件。", en: "The file can't be read.",
                place: path ?? "/files/\(JSONPointer.escaped(pointer))")
        }
        return [UInt8](data)
    }

    private static func put(_ value: Value, in whole: Value, at path: ArraySlice<String>, named pointer: String) throws
        -> Value
    {
        guard let first = path.first else { return value }
        if case .list(var items) = whole, let n = Int(first), items.indices.contains(n) {
            items[n] = try put(value, in: items[n], at: path.dropFirst(), named: pointer)
            return .list(items)
        }
        // A file that would go nowhere must not be lost without a word.
        guard case .map(var members) = whole else {
            throw NiangjiaError(
                .invalid, zh: "字段中没有 \(pointer) 这一处(序号从 0 开始)。",
                en: "The fields have no place \(pointer) (items count from 0).",
                place: "/files/\(JSONPointer.escaped(pointer))")
        }
        members[first] = try put(value, in: members[first] ?? .map([:]), at: path.dropFirst(), named: pointer)
        return .map(members)
    }

    /// The evidence that a form's fields name: where, and which file.
    static func files(in values: [String: Value], _ fields: [Field]) -> [(label: String, name: String)] {
        fields.flatMap { field in files(values[field.name] ?? .null, field.type, field.name) }
    }

    private static func files(_ value: Value, _ type: FieldType, _ label: String) -> [(label: String, name: String)] {
        switch (type, value) {
        case (.file, .text(let name)): [(label, name)]
        case (.nullable(let inner), _): files(value, inner, label)
        case (.list(let inner), .list(let items)):
            items.enumerated().flatMap { files($0.element, inner, "\(label)/\($0.offset)") }
        case (.object(let fields), .map(let members)):
            fields.flatMap { files(members[$0.name] ?? .null, $0.type, "\(label)/\($0.name)") }
        default: []
        }
    }
}
