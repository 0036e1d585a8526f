/// What a `Host` field may hold (RFC 9112 §3.2): a host as RFC 3986 §3.2.2 spells it, and a port where there is one.
enum HostName {
    private static let subDelimiters = Set("!$&'()*+,;=".utf8)

    /// Whether a field's value is a host. An empty one is none: whoever asks for `http` asks somebody.
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), isAddress(bytes[1..<close]) else { return false }
            end = close + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            guard isName(bytes[..<end]) else { return false }
        }
        guard end < bytes.count else { return true }
        return bytes[end] == UInt8(ascii: ":") && bytes[(end + 1)...].allSatisfy(isDigit)
    }

    /// A registered name or a dotted address: unreserved characters, sub-delimiters, and octets as `%` and two digits.
    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        var at = bytes.startIndex
        while at < bytes.endIndex {
            if bytes[at] == UInt8(ascii: "%") {
                guard at + 2 < bytes.endIndex, isHexDigit(bytes[at + 1]), isHexDigit(bytes[at + 2]) else {
                    return false
                }
                at += 3
            } else {
                guard isUnreserved(bytes[at]) || subDelimiters.contains(bytes[at]) else { return false }
                at += 1
            }
        }
        return !bytes.isEmpty
    }

    /// IP version 6 between its brackets. No later version has been spelled yet.
    private static func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.filter { $0 == UInt8(ascii: ":") }.count >= 2
            && bytes.allSatisfy { isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: isDigit(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: isDigit(byte)
        }
    }
}
