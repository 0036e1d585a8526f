import CYAML
import NiangjiaCore

/// Caps on one YAML text. Configuration is written by people; nothing they write comes near.
public struct YAMLLimits: Hashable, Sendable {
    public var maxBytes: Int
    public var maxNodes: Int
    public var maxDepth: Int
    public init(maxBytes: Int = 1 << 20, maxNodes: Int = 50_000, maxDepth: Int = 32) {
        self.maxBytes = maxBytes
        self.maxNodes = maxNodes
        self.maxDepth = maxDepth
    }
}

/// Why a text is not YAML that this system reads, and where.
public struct YAMLFault: Error, Hashable, Sendable {
    public var mark: YAMLMark
    public var message: LocalText
}

/// Builds nodes from libyaml's events. An alias is counted with all that it stands for before it is taken, so that a text
/// of 350 bytes that multiplies to millions of nodes costs no more than any other text of 350 bytes.
struct YAMLComposer {
    private var parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: YAMLNode] = [:]
    private let limits: YAMLLimits
    private var nodes = 0
    private(set) var duplicates: [(key: YAMLNode, first: YAMLMark)] = []

    /// The root of the only document of a text, nil for an empty one, and the keys that occur twice.
    static func compose(
        _ bytes: [UInt8], limits: YAMLLimits
    ) throws(YAMLFault) -> (root: YAMLNode?, duplicates: [(key: YAMLNode, first: YAMLMark)]) {
        try YAMLText.check(bytes, limits: limits)
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLFault(mark: .start, message: LocalText(zh: "内存不足", en: "out of memory"))
        }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        // Editors on Windows write a byte order mark; with the encoding given, libyaml takes it for content.
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, content.count))
        defer { input.deallocate() }
        _ = input.initialize(from: content)
        yaml_parser_set_input_string(parser, input.baseAddress, content.count)
        var composer = YAMLComposer(parser: parser, limits: limits)
        do throws(YAMLFault) {
            return (try composer.document(), composer.duplicates)
        } catch {
            throw YAMLText.explain(error, in: bytes)
        }
    }

    private init(parser: UnsafeMutablePointer<yaml_parser_t>, limits: YAMLLimits) {
        self.parser = parser
        self.limits = limits
    }

    private mutating func document() throws(YAMLFault) -> YAMLNode? {
        var root: YAMLNode?
        var documents = 0
        while true {
            let event = try next()
            switch event.kind {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
            case YAML_STREAM_END_EVENT: return root
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                guard documents == 1 else {
                    throw YAMLFault(
                        mark: event.start,
                        message: LocalText(
                            zh: "一个文件只能有一份文档,请去掉多出的 ---", en: "one file holds one document; remove the extra ---"))
                }
            default: root = try node(event, depth: 1)
            }
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(YAMLFault) -> YAMLNode {
        guard event.tag == nil else {
            throw YAMLFault(
                mark: event.start, message: LocalText(zh: "不支持 ! 标签", en: "! tags are not supported"))
        }
        if event.kind == YAML_ALIAS_EVENT { return try alias(event, depth: depth) }
        try count(1, depth: depth, at: event.start)
        let made: YAMLNode
        switch event.kind {
        case YAML_SCALAR_EVENT:
            made = YAMLNode(
                .scalar(text: event.text, isPlain: event.isPlain), start: event.start, end: event.end, size: 1, depth: 1
            )
        case YAML_SEQUENCE_START_EVENT: made = try sequence(event, depth: depth)
        default: made = try mapping(event, depth: depth)
        }
        if let anchor = event.anchor { anchors[anchor] = made }
        return made
    }

    private mutating func sequence(_ start: Event, depth: Int) throws(YAMLFault) -> YAMLNode {
        var items: [YAMLNode] = []
        while true {
            let event = try next()
            if event.kind == YAML_SEQUENCE_END_EVENT {
                return YAMLNode(
                    .sequence(items), start: start.start, end: event.end, size: items.reduce(1) { $0 + $1.size },
                    depth: 1 + (items.map(\.depth).max() ?? 0))
            }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ start: Event, depth: Int) throws(YAMLFault) -> YAMLNode {
        var members: [(key: YAMLNode, value: YAMLNode)] = []
        var seen: [String: YAMLMark] = [:]
        while true {
            let event = try next()
            if event.kind == YAML_MAPPING_END_EVENT {
                return YAMLNode(
                    .mapping(members), start: start.start, end: event.end,
                    size: members.reduce(1) { $0 + $1.key.size + $1.value.size },
                    depth: 1 + (members.map(\.value.depth).max() ?? 0))
            }
            guard event.kind == YAML_SCALAR_EVENT else {
                throw YAMLFault(
                    mark: event.start,
                    message: LocalText(
                        zh: "键名必须是一个词,不能是列表、表或别名", en: "a key must be a word, not a list, a table or an alias"))
            }
            if let fault = YAMLText.blank(before: event.text, isPlain: event.isPlain, at: event.start) { throw fault }
            let key = try node(event, depth: depth + 1)
            let value = try node(try next(), depth: depth + 1)
            if let first = seen[event.text] {
                duplicates.append((key, first))
            } else {
                seen[event.text] = key.start
                members.append((key, value))
            }
        }
    }

    private mutating func alias(_ event: Event, depth: Int) throws(YAMLFault) -> YAMLNode {
        // An anchor is known when its node is complete, so a node can't hold itself.
        guard let anchor = event.anchor, let target = anchors[anchor] else {
            throw YAMLFault(
                mark: event.start,
                message: LocalText(
                    zh: "没有名为 &\(event.anchor ?? "") 的锚点", en: "there is no anchor &\(event.anchor ?? "")"))
        }
        try count(target.size, depth: depth + target.depth - 1, at: event.start)
        return target
    }

    private mutating func count(_ more: Int, depth: Int, at mark: YAMLMark) throws(YAMLFault) {
        nodes += more
        guard nodes <= limits.maxNodes else {
            throw YAMLFault(
                mark: mark,
                message: LocalText(
                    zh: "内容过多(别名展开后超过 \(limits.maxNodes) 项)",
                    en: "too much content (more than \(limits.maxNodes) nodes, aliases expanded)"))
        }
        guard depth <= limits.maxDepth else {
            throw YAMLFault(
                mark: mark,
                message: LocalText(
                    zh: "嵌套超过 \(limits.maxDepth) 层", en: "nested deeper than \(limits.maxDepth) levels"))
        }
    }

    /// The next event, copied out of libyaml's memory.
    private mutating func next() throws(YAMLFault) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw YAMLText.fault(of: parser.pointee) }
        defer { yaml_event_delete(&raw) }
        return Event(raw)
    }
}

/// A parser event in Swift's own memory.
private struct Event {
    var kind: yaml_event_type_t
    var start: YAMLMark
    var end: YAMLMark
    var text = ""
    var isPlain = false
    var anchor: String?
    var tag: String?

    init(_ raw: yaml_event_t) {
        kind = raw.type
        start = YAMLMark(raw.start_mark)
        end = YAMLMark(raw.end_mark)
        switch raw.type {
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            anchor = Event.string(scalar.anchor)
            tag = Event.string(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            anchor = Event.string(raw.data.sequence_start.anchor)
            tag = Event.string(raw.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            anchor = Event.string(raw.data.mapping_start.anchor)
            tag = Event.string(raw.data.mapping_start.tag)
        case YAML_ALIAS_EVENT: anchor = Event.string(raw.data.alias.anchor)
        default: break
        }
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(decodingCString: $0, as: UTF8.self) }
    }
}

extension YAMLMark {
    init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1, offset: mark.index)
    }
}
