import NiangjiaCore

/// `config/mappings/<name>.yaml`: how a city's file becomes rows of a register. The exchange room knows the fields.
enum MappingFile {
    private static let words = Shape.table(key: .text(max: 100), value: .scalar(.text(max: 500)))

    static let shape = Shape.object(
        Key(
            "kind", "种类", "Kind", .scalar(.text(max: 100)), required: true,
            doc: (
                "person、organization、household、station、fund_opening、dues、figures 或 record:插件/记录",
                "person, organization, household, station, fund_opening, dues, figures or record:<plugin>/<record>"
            )),
        Key("sheet", "工作表", "Sheet", .scalar(.text(max: 100)), doc: ("默认第一张可见的", "Default: the first visible one")),
        Key("header_row", "标题行", "Header row", .scalar(.integer(1...1000)), doc: ("默认自动查找", "Default: found")),
        Key("columns", "列", "Columns", words, doc: ("列标题: 字段", "Column title: field")),
        Key("constants", "固定值", "Constants", words, doc: ("字段: 每行都用的值", "Field: what every row holds")),
        Key(
            "values", "代码", "Values", .table(key: .name, value: words), doc: ("字段: {文件中的词: 代码}", "Field: {word: code}")),
        Key("key", "键", "Key", .list(.scalar(.name)), doc: ("区分各行的字段", "The fields that tell rows apart")),
        Key("ignore", "忽略的列", "Ignore", .list(.scalar(.text(max: 100)))),
        Key(
            "empty", "空格", "Empty",
            .scalar(
                .choice([
                    Choice("keep", "保留原值", "keeps what was there"), Choice("clear", "清空", "clears it"),
                ]))),
        Key("valid_from", "生效日", "Valid from", .scalar(.date), doc: ("默认导入当天", "Default: the day of import")))
}

/// Files whose content another room reads: their YAML is checked here, and their keys there.
enum ValueFile {
    static func parse(_ bytes: [UInt8], _ shape: Shape, _ problems: Problems) -> Value? {
        ConfigFile.checked(bytes, shape, problems).map { ShapeValue.value($0, shape) }
    }
}
