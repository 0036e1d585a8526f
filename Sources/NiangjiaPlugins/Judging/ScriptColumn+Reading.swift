import LuaSandbox
import NiangjiaCore

extension ScriptColumn {
    /// Whether the journal left it out because no row read it.
    var isUnread: Bool {
        if case .unread = cells { return true }
        return false
    }

    /// What a script read in a row: dates as `YYYY-MM-DD`, null where there was nothing.
    func value(at row: Int) -> ScriptValue {
        if absent.indices.contains(row), absent[row] { return .null }
        func entry<Entry>(_ dictionary: ScriptDictionary<Entry>) -> Entry? {
            let index = dictionary.indexes[row]
            return index == .max ? nil : dictionary.entries[Int(index)]
        }
        switch cells {
        case .integers(let values): return .int(values[row])
        case .booleans(let values): return .bool(values[row])
        case .dates(let values): return .text(CivilDate(days: values[row]).description)
        case .texts(let dictionary): return entry(dictionary).map { .text($0) } ?? .null
        case .documents(let dictionary): return entry(dictionary) ?? .null
        case .opaques(let dictionary): return entry(dictionary).map { .opaque($0) } ?? .null
        case .packed(let texts):
            let index = texts.indexes[row]
            guard index != ScriptTexts.absent else { return .null }
            let start = index == 0 ? 0 : Int(texts.ends[Int(index) - 1])
            return .text(String(decoding: texts.bytes[start..<Int(texts.ends[Int(index)])], as: UTF8.self))
        case .references(let prefix, let values): return .text(IDText.encode(prefix: prefix, number: values[row]))
        case .repeated(let value, _, _): return value
        case .unread: return .null
        case .group: return .map([:])
        }
    }
}
