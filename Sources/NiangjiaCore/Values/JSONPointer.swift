/// Places within a JSON value (RFC 6901).
public enum JSONPointer {
    /// A name as one step of a pointer: `~` is written `~0`, `/` is written `~1`.
    public static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return name }
        return name.reduce(into: "") { out, letter in
            switch letter {
            case "~": out += "~0"
            case "/": out += "~1"
            default: out.append(letter)
            }
        }
    }
}

/// Numbers that a request spells in text.
public enum DecimalText {
    /// A number as JSON spells it (RFC 8259 §6): decimal digits, a point, an exponent. Hexadecimal, `inf`, `nan`, a plus sign and
    /// leading zeros are none; nil.
    public static func number(_ text: String) -> Double? {
        var bytes = text.utf8[...]
        func digits() -> Int {
            let count = bytes.prefix { (0x30...0x39).contains($0) }.count
            bytes = bytes.dropFirst(count)
            return count
        }
        if bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
        let isZero = bytes.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole == 1 || (whole > 1 && !isZero) else { return nil }
        if bytes.first == UInt8(ascii: ".") {
            bytes = bytes.dropFirst()
            guard digits() > 0 else { return nil }
        }
        if let first = bytes.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E") {
            bytes = bytes.dropFirst()
            if let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                bytes = bytes.dropFirst()
            }
            guard digits() > 0 else { return nil }
        }
        guard bytes.isEmpty, let number = Double(text), number.isFinite else { return nil }
        return number
    }
}
