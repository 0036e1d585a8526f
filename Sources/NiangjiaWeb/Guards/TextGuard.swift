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
        try check(value, depth: 0, &items, limits)
    }

    private static func check(
        _ value: Value, depth: Int, _ items: inout Int, _ limits: DoorLimits
    ) throws(NiangjiaError) {
        guard depth <= limits.jsonDepth else {
            throw wrong("嵌套超过 \(limits.jsonDepth) 层", "nested deeper than \(limits.jsonDepth)")
        }
        items += 1
        guard items <= limits.jsonItems else {
            throw wrong("内容多于 \(limits.jsonItems) 项", "more than \(limits.jsonItems) items")
        }
        switch value {
        case .null, .bool: return
        case .int(let number):
            guard number.magnitude <= largestNumber.magnitude else {
                throw wrong("数字超过 2^53,请用文本", "the number is beyond 2^53: write it as text")
            }
        case .text(let text): try check(text, limits)
        case .list(let list):
            for (index, item) in list.enumerated() {
                do { try check(item, depth: depth + 1, &items, limits) } catch { throw error.within("\(index)") }
            }
        case .map(let members):
            for (key, item) in members {
                try check(key, limits)
                do { try check(item, depth: depth + 1, &items, limits) } catch { throw error.within(key) }
            }
        }
    }

    private static func check(_ text: String, _ limits: DoorLimits) throws(NiangjiaError) {
        // Plain text without anything to look at twice is most of what comes.
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        if !isPlain, let found = text.unicodeScalars.first(where: isRefused) {
            let code = String(found.value, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
            throw wrong("文本中有不允许的字符 U+\(padded)", "the text holds a character that isn't allowed: U+\(padded)")
        }
        guard text.utf8.count <= limits.textLength || text.count <= limits.textLength else {
            throw wrong("文本超过 \(limits.textLength) 字", "the text is longer than \(limits.textLength) characters")
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

    private static func wrong(_ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: "\(zh)。", en: "\(en).", place: "")
    }
}

extension NiangjiaError {
    /// The same in a member or an item of something larger: its place is told on the way out, so that what is right costs none.
    fileprivate func within(_ name: String) -> NiangjiaError {
        var told = self
        told.place = "/" + JSONPointer.escaped(String(name.prefix(64))) + (place ?? "")
        return told
    }
}
