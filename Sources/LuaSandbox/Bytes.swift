/// Writes the little-endian wire format.
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func put(_ value: UInt8) { bytes.append(value) }
    mutating func put(_ value: UInt16) { putFixed(UInt64(value), width: 2) }
    mutating func put(_ value: UInt32) { putFixed(UInt64(value), width: 4) }
    mutating func put(_ value: UInt64) { putFixed(value, width: 8) }

    mutating func putFixed(_ value: UInt64, width: Int) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0.prefix(width)) }
    }

    mutating func putVarint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    mutating func putCounted(_ text: String) {
        let utf8 = text.utf8
        putVarint(UInt64(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    mutating func put(_ value: ScriptValue) {
        switch value {
        case .null: put(0 as UInt8)
        case .bool(let value): put(value ? 2 as UInt8 : 1)
        case .int(let value):
            put(3 as UInt8)
            putVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
        case .text(let value):
            put(4 as UInt8)
            putCounted(value)
        case .list(let values):
            put(5 as UInt8)
            putVarint(UInt64(values.count))
            for value in values { put(value) }
        case .map(let members):
            put(6 as UInt8)
            putVarint(UInt64(members.count))
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (name, value) in sorted {
                putCounted(name)
                put(value)
            }
        case .opaque(let token):
            put(7 as UInt8)
            putCounted(token)
        }
    }

    /// Puts a number over four bytes that were written before.
    mutating func set(_ value: UInt32, at place: Int) {
        for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> UInt32(byte * 8)) }
    }

    /// Fixed-width integers, `width` bytes each.
    mutating func putPacked(count: Int, width: Int, _ value: (Int) -> UInt64) {
        guard width > 0, count > 0 else { return }
        let at = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count * width))
        bytes.withUnsafeMutableBytes { buffer in
            switch width {
            case 1: for n in 0..<count { buffer[at + n] = UInt8(truncatingIfNeeded: value(n)) }
            case 2:
                for n in 0..<count {
                    let value = UInt16(truncatingIfNeeded: value(n)).littleEndian
                    buffer.storeBytes(of: value, toByteOffset: at + n * 2, as: UInt16.self)
                }
            case 4:
                for n in 0..<count {
                    let value = UInt32(truncatingIfNeeded: value(n)).littleEndian
                    buffer.storeBytes(of: value, toByteOffset: at + n * 4, as: UInt32.self)
                }
            default:
                for n in 0..<count {
                    buffer.storeBytes(of: value(n).littleEndian, toByteOffset: at + n * 8, as: UInt64.self)
                }
            }
        }
    }

    /// One bit for each row, the first row in the lowest bit.
    mutating func putBits(_ bits: [Bool]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: (bits.count + 7) / 8))
        for (row, bit) in bits.enumerated() where bit { bytes[start + row / 8] |= 1 << UInt8(row % 8) }
    }

    /// The least number of bytes that holds `span`: 0, 1, 2, 4 or 8.
    static func width(of span: UInt64) -> Int {
        switch span {
        case 0: 0
        case ..<0x100: 1
        case ..<0x1_0000: 2
        case ..<0x1_0000_0000: 4
        default: 8
        }
    }
}

/// Reads the little-endian wire format. Every read is checked: a worker that a script owns may send anything.
struct ByteReader {
    private var rest: ArraySlice<UInt8>
    /// Whether a map was read with two names that differ in bytes and are one to Unicode, so that one is lost.
    private(set) var hasTwins = false

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    func expectEnd() throws(ScriptError) {
        if !rest.isEmpty { throw .protocolViolation("trailing bytes") }
    }

    /// Everything that was not read yet.
    mutating func takeRest() throws(ScriptError) -> ArraySlice<UInt8> { try take(rest.count) }

    mutating func take(_ count: Int) throws(ScriptError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else { throw .protocolViolation("truncated") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func fixed(_ width: Int) throws(ScriptError) -> UInt64 {
        var value: UInt64 = 0
        for (index, byte) in try take(width).enumerated() { value |= UInt64(byte) << UInt64(index * 8) }
        return value
    }

    mutating func u8() throws(ScriptError) -> UInt8 { UInt8(try fixed(1)) }
    mutating func u16() throws(ScriptError) -> Int { Int(try fixed(2)) }
    mutating func u32() throws(ScriptError) -> Int { Int(try fixed(4)) }
    mutating func u64() throws(ScriptError) -> UInt64 { try fixed(8) }

    mutating func varint() throws(ScriptError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            let byte = try u8()
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw .protocolViolation("number too long")
    }

    mutating func count() throws(ScriptError) -> Int {
        let value = try varint()
        guard value <= UInt64(rest.count) else { throw .protocolViolation("truncated") }
        return Int(value)
    }

    mutating func text(_ count: Int) throws(ScriptError) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw .protocolViolation("text is not UTF-8")
        }
        return text
    }

    mutating func value(depth: Int = 0) throws(ScriptError) -> ScriptValue {
        guard depth <= 64 else { throw .protocolViolation("nested too deep") }
        switch try u8() {
        case 0: return .null
        case 1: return .bool(false)
        case 2: return .bool(true)
        case 3:
            let raw = try varint()
            return .int(Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1))
        case 4: return .text(try text(try count()))
        case 5:
            let count = try count()
            var values: [ScriptValue] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try value(depth: depth + 1)) }
            return .list(values)
        case 6:
            let count = try count()
            var members: [String: ScriptValue] = [:]
            for _ in 0..<count {
                let name = try text(try self.count())
                if let twin = members.index(forKey: name) {
                    if members[twin].key.utf8.elementsEqual(name.utf8) {
                        throw .protocolViolation("a name stands twice in a map")
                    }
                    hasTwins = true
                }
                members[name] = try value(depth: depth + 1)
            }
            return .map(members)
        case 7: return .opaque(try text(try count()))
        default: throw .protocolViolation("unknown kind of value")
        }
    }
}
