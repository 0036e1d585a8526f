import NiangjiaCore

/// What a part of a file looks like: the one description from which files are checked and JSON Schemas are written.
indirect enum Shape: Sendable {
    case scalar(Scalar)
    /// Named keys.
    case object(ObjectShape)
    /// Keys of the author's own.
    case table(key: Scalar, value: Shape)
    case list(Shape, count: ClosedRange<Int>)
    /// Told apart by the kind of the node: at most one scalar, one list and one mapping.
    case either([Shape])
    /// The type of a field: `money`, `money | null`, `{type: array, items: …}`, or fields.
    case fieldType
    /// Fields with their types.
    case fields
    /// Anything: checked by whom it concerns.
    case free

    static func list(_ item: Shape) -> Shape { .list(item, count: 0...1000) }
    static func object(_ keys: Key..., gone: [String] = []) -> Shape { .object(ObjectShape(keys: keys, gone: gone)) }
    /// A value, or the setting that holds it.
    static func configured(_ scalar: Scalar) -> Shape { .either([.scalar(scalar), .settingReference]) }
    static let settingReference = Shape.object(
        Key("setting", "配置项", "Setting", .scalar(.name), required: true, doc: ("配置项的名称", "The setting's name")))
    /// A text in one or two languages.
    static let localText = Shape.either([
        .scalar(.text(max: 500)),
        .object(
            Key("zh-CN", "中文", "Chinese", .scalar(.text(max: 500)), required: true),
            Key("en", "英文", "English", .scalar(.text(max: 500)))),
    ])
}

/// The keys of a mapping.
struct ObjectShape: Sendable {
    var keys: [Key]
    /// What earlier versions had here and nothing reads any more: whoever has it from them is told to remove it.
    var gone: [String] = []
    subscript(name: String) -> Key? { keys.first { $0.name == name } }
}

/// A key: its name, what administrators call it, its shape.
struct Key: Sendable {
    var name: String
    var title: LocalText
    var shape: Shape
    var isRequired: Bool
    /// What it does, for editors and the reference.
    var doc: LocalText?

    init(
        _ name: String, _ zh: String, _ en: String, _ shape: Shape, required: Bool = false, doc: (String, String)? = nil
    ) {
        self.name = name
        title = LocalText(zh: zh, en: en)
        self.shape = shape
        isRequired = required
        self.doc = doc.map { LocalText(zh: $0.0, en: $0.1) }
    }

    /// `每份金额(value)`
    var label: LocalText { Key.label(name, title) }

    static func label(_ name: String, _ title: LocalText?) -> LocalText {
        guard let title else { return LocalText(zh: name, en: name) }
        return LocalText(
            zh: title.zh == name ? name : "\(title.zh)(\(name))", en: title.en == name ? name : "\(title.en) (\(name))")
    }
}
