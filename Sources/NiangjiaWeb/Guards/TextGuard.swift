import NiangjiaCore

/// What no text and no number that comes in may hold: characters that let a screen show something else than what is kept, and
/// numbers that programs read differently.
enum TextGuard {
    /// The largest integer that every JSON reader takes for the same (RFC 8259, section 6): 2^53 − 1.
    static let largestNumber: Int64 = (1 << 53) - 1

    /// Checks everything in a value.
    ///
    /// - Throws: `invalid` with the JSON pointer of what is wrong.
    static func check(_ value: Value, _ limits: DoorLimits) throws(NiangjiaError) {
        var items = 0
        try check(value, path: "", depth: 0, &items, limits)
    }

    private static func check(
        _ value: Value, path: String, depth: Int, _ items: inout Int, _ limits: DoorLimits
    ) throws(NiangjiaError) {
        guard depth <= limits.jsonDepth else {
            throw wrong(path, "嵌套超过 \(limits.jsonDepth) 层", "nested deeper than \(limits.jsonDepth)")
        }
        items += 1
        guard items <= limits.jsonItems else {
            throw wrong(path, "内容多于 \(limits.jsonItems) 项", "more than \(limits.jsonItems) items")
        }
        switch value {
        case .null, .bool: return
        case .int(let number):
            guard number.magnitude <= largestNumber.magnitude else {
                throw wrong(path, "数字超过 2^53,请用文本", "the number is beyond 2^53: write it as text")
            }
        case .text(let text): try check(text, path: path, limits)
        case .list(let list):
            for (index, item) in list.enumerated() {
                try check(item, path: "\(path)/\(index)", depth: depth + 1, &items, limits)
            }
        case .map(let members):
            for (key, item) in members {
                try check(key, path: path, limits)
                try check(item, path: "\(path)/\(escaped(key))", depth: depth + 1, &items, limits)
            }
        }
    }

    private static func check(_ text: String, path: String, _ limits: DoorLimits) throws(NiangjiaError) {
        // Plain text without anything to look at twice is most of what comes.
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        if !isPlain, let found = text.unicodeScalars.first(where: isRefused) {
            let code = String(found.value, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
            throw wrong(path, "文本中有不允许的字符 U+\(padded)", "the text holds a character that isn't allowed: U+\(padded)")
        }
        guard text.utf8.count <= limits.textLength || text.count <= limits.textLength else {
            throw wrong(path, "文本超过 \(limits.textLength) 字", "the text is longer than \(limits.textLength) characters")
        }
    }

    /// Control characters other than tab and line ends, and whatever turns the direction of writing for what follows it
    /// (Unicode TR 36, "Trojan source"); noncharacters.
    static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x202A...0x202E, 0x2066...0x2069, 0x206A...0x206F: true
        case 0xFDD0...0xFDEF: true
        default: scalar.value & 0xFFFE == 0xFFFE
        }
    }

    /// A key as part of a JSON pointer (RFC 6901); characters that are refused are not repeated.
    private static func escaped(_ key: String) -> String {
        String(key.prefix(64)).replacing("~", with: "~0").replacing("/", with: "~1")
    }

    private static func wrong(_ path: String, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: "\(zh)。", en: "\(en).", place: path.isEmpty ? "/" : path)
    }
}
