import Foundation

/// The small part of Unicode's compatibility folding that Chinese forms need: full-width letters, digits and signs become
/// ASCII, odd spaces become a space, invisible characters go.
///
/// This is what NFKC does to the characters that occur in numbers and codes; names keep their Han characters untouched
/// (traditional and simplified are never converted).
public enum TextFolding {
    /// Folds full-width forms (U+FF01…FF5E) to ASCII and every kind of space to U+0020, drops zero-width characters and byte
    /// order marks, and trims both ends.
    public static func halfWidth(_ text: some StringProtocol) -> String {
        // Most cells are plain ASCII without blanks at the ends: they pass untouched.
        if let plain = asciiTrimmed(text) { return plain }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xFF01...0xFF5E:
                out.append(Unicode.Scalar(UInt8(scalar.value - 0xFEE0)))
            case 0x20, 0x09, 0x0A, 0x0D, 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000:
                out.append(" ")
            case 0x200B...0x200F, 0x2060, 0xFEFF, 0x202A...0x202E:
                continue
            default:
                out.append(scalar)
            }
        }
        return trimmed(String(out))
    }

    /// The first character of a text that nobody sees and no text of ours holds, as `U+0007`: controls other than tab and line ends,
    /// what turns the direction of writing for what follows (Unicode TR 36) unless ``halfWidth(_:)`` drops it, noncharacters. Nil
    /// where there is none.
    public static func refused(in text: String) -> String? {
        // Most cells hold no byte with which such a character begins.
        let mayHold = text.utf8.contains { byte in
            byte < 0x20 || byte == 0x7F || byte == 0xC2 || byte == 0xE2 || byte >= 0xEF
        }
        guard mayHold, let found = text.unicodeScalars.first(where: isRefused) else { return nil }
        let code = String(found.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
    }

    private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case 0x00...0x1F, 0x7F...0x9F, 0x2066...0x206F, 0xFDD0...0xFDEF: true
        default: scalar.value & 0xFFFE == 0xFFFE
        }
    }

    private static func asciiTrimmed(_ text: some StringProtocol) -> String? {
        var first: UInt8 = 0
        var last: UInt8 = 0
        for byte in text.utf8 {
            guard byte >= 0x20, byte < 0x7F else { return nil }
            if first == 0 { first = byte }
            last = byte
        }
        return first == 0x20 || last == 0x20 ? nil : String(text)
    }

    /// Drops spaces at both ends.
    static func trimmed(_ text: String) -> String {
        var rest = Substring(text)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }

    /// The text in Unicode's normal form C.
    public static func nfc(_ text: String) -> String {
        // Below U+0300 everything is composed already, and Han characters don't compose.
        let mayCompose = text.unicodeScalars.contains { scalar in
            scalar.value >= 0x300 && !(0x3400...0x9FFF).contains(scalar.value)
                && !(0x20000...0x3FFFF).contains(scalar.value)
        }
        return mayCompose ? text.precomposedStringWithCanonicalMapping : text
    }
}

extension Unicode.Scalar {
    /// Whether this is a Han character (the unified ideographs with their extensions, and 〇).
    var isHan: Bool {
        switch value {
        case 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: true
        default: false
        }
    }
}
