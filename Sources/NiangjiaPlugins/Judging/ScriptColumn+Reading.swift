import LuaSandbox
import NiangjiaCore

extension ScriptColumn {
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
        case .group: return .map([:])
        }
    }
}
