import NiangjiaCore

// Rows of a plugin's record table: fields, types and key come from its manifest.
extension RowMaker {
    /// The fields of a record as an import reads them. Throws for types that no cell can hold.
    static func fields(of record: RecordDefinition) throws(NiangjiaError) -> [ImportField] {
        var found: [ImportField] = []
        for field in record.fields {
            var type = field.type
            var isNullable = field.isOptional
            if case .nullable(let inner) = type { (type, isNullable) = (inner, true) }
            switch type {
            case .list, .object, .file, .point:
                guard isNullable else {
                    throw NiangjiaError(
                        .invalid, zh: "字段 \(field.name) 的类型不能从表格导入",
                        en: "field \(field.name) is of a type that no table can hold")
                }
            default:
                var item = ImportField(field.name, .special, field.title?.zh ?? field.name, required: !isNullable)
                item.column = nil
                found.append(item)
            }
        }
        return found
    }

    func record(_ plugin: String, _ kind: String, _ row: SheetRow, _ draft: inout Draft) {
        guard let record else { return }
        var body: [String: Value] = [:]
        for field in record.fields {
            var type = field.type
            var isNullable = field.isOptional
            if case .nullable(let inner) = type { (type, isNullable) = (inner, true) }
            let cell = text(field.name, row)
            if cell.isEmpty {
                if !isNullable {
                    add(
                        .error, "EMPTY", column(field.name), zh: "缺少\(field.title?.zh ?? field.name)",
                        en: "\(field.name) is missing", &draft)
                }
                continue
            }
            if let value = value(cell, type, field, row, &draft) { body[field.name] = value }
        }
        draft.body = body
        let key = record.key.map { name in
            // A person in a key is known by the hash of the number until the row is planned.
            if let value = body[name] { return value }
            return Value.text(
                draft.links.first { if case .field(name) = $0.role { true } else { false } }.map {
                    RowMaker.hex($0.mac.prefix(16))
                } ?? "")
        }
        let text = Value.list(key).json
        draft.key = text
        draft.lookup = .text(text)
        draft.values[index("plugin")] = .text(plugin)
        draft.values[index("kind")] = .text(kind)
        draft.values[index("key")] = .text(text)
        draft.values[index("state")] = .text("standing")
    }

    private func value(_ cell: String, _ type: FieldType, _ field: Field, _ row: SheetRow, _ draft: inout Draft)
        -> Value?
    {
        let at = column(field.name)
        let title = field.title?.zh ?? field.name
        func typed(_ kind: ImportField.Kind) -> SQLValue? {
            read(cell, ImportField(field.name, kind, title), at, &draft)
        }
        func wrong(_ zh: String, _ en: String) -> Value? {
            add(.error, "FIELD", at, zh: "\(title)“\(cell)”\(zh)", en: "“\(cell)” \(en)", &draft)
            return nil
        }
        let plain = TextFolding.halfWidth(cell)
        switch type {
        case .text, .string, .area:
            guard case .text(let text)? = typed(.text) else { return nil }
            return .text(text)
        case .integer:
            guard let number = Int64(plain) else { return wrong("应为整数", "is no whole number") }
            return bounded(number, field) ? .int(number) : wrong("超出范围", "is out of range")
        case .money:
            guard isAlone(at, row, &draft) else { return nil }
            guard let money = Money(yuan: plain) else { return wrong("不是金额,请写 50.00", "is no amount; write 50.00") }
            return bounded(money.fen, field) ? .int(money.fen) : wrong("超出范围", "is out of range")
        case .rate:
            guard let rate = Rate(percent: plain) else { return wrong("不是比例,请写 30%", "is no rate; write 30%") }
            return .int(rate.basisPoints)
        case .boolean:
            return CellText.bool(cell).map { .bool($0) } ?? wrong("应为 是 或 否", "should be yes or no")
        case .date:
            if let date = CellText.date(cell) { return .text(date.description) }
            let hint = RowMaker.serialHint(cell)
            return wrong("不是日期,请写 2026-07-01\(hint.zh)", "is no date; write 2026-07-01\(hint.en)")
        case .instant:
            return Instant(plain).map { .text($0.description) }
                ?? wrong("不是时间,请写 2026-07-01 08:30", "is no instant; write 2026-07-01 08:30")
        case .oneOf(let codes):
            return codes.contains(plain)
                ? .text(plain)
                : wrong("应为:\(codes.joined(separator: "、"))", "should be one of \(codes.joined(separator: ", "))")
        case .reference(let name): return reference(plain, name, field, row, &draft) ?? nil
        default: return .text(plain)
        }
    }

    private func bounded(_ number: Int64, _ field: Field) -> Bool {
        number >= field.minimum ?? Int64.min && number <= field.maximum ?? Int64.max
    }

    /// A register's row by the code that people know it by; a person by identity number, found when the row is planned.
    private func reference(_ text: String, _ register: String, _ field: Field, _ row: SheetRow, _ draft: inout Draft)
        -> Value?
    {
        switch register {
        case "person", "member", "child":
            link(row, field.name, as: .field(field.name), &draft)
            return nil
        case "organization":
            if let id = references.organization(text) { return .text(ID<Organization>(rawValue: id).text) }
        case "household":
            if let id = references.households[text] { return .text(ID<Household>(rawValue: id).text) }
        case "station":
            if let id = references.stations[text] { return .text(ID<Station>(rawValue: id).text) }
        default:
            if let id = references.records[register + "/" + text] { return .text(ID<Record>(rawValue: id).text) }
        }
        add(
            .error, "REFERENCE", column(field.name), zh: "库中没有“\(text)”", en: "“\(text)” is not in the register", &draft
        )
        return nil
    }
}
