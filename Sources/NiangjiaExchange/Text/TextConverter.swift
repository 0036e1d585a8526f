import Foundation
import NiangjiaCore

/// Converts bytes between encodings piece by piece through the C library's iconv.
final class TextConverter {
    private let descriptor: iconv_t
    /// Bytes of a sequence that goes on in the next piece.
    private var pending: [UInt8] = []
    /// Bytes taken in whole sequences so far.
    private(set) var consumed = 0

    init(from source: TextEncoding, to target: TextEncoding) throws(NiangjiaError) {
        let opened = iconv_open(target.iconvName, source.iconvName)
        guard Int(bitPattern: opened) != -1, let opened else {
            throw NiangjiaError(
                .internal, zh: "系统不支持编码 \(source.rawValue)", en: "the system has no encoding \(source.rawValue)")
        }
        descriptor = opened
    }

    deinit { iconv_close(descriptor) }

    /// What stopped a conversion: the bytes at ``TextConverter/consumed`` can't be converted.
    struct Stop: Error {
        var bytes: [UInt8]
    }

    /// Converts a piece; what is unfinished at its end waits for the next.
    func convert(_ piece: [UInt8]) throws(Stop) -> [UInt8] {
        var input = pending + piece
        pending = []
        var out: [UInt8] = []
        var start = 0
        while start < input.count {
            let (taken, made, code) = step(&input, from: start)
            out.append(contentsOf: made)
            start += taken
            consumed += taken
            if code == EILSEQ { throw Stop(bytes: Array(input[start...].prefix(4))) }
            if code == EINVAL {
                pending = Array(input[start...])
                break
            }
        }
        return out
    }

    /// Whether a sequence is left unfinished at the end.
    var isUnfinished: Bool { !pending.isEmpty }

    private func step(_ input: inout [UInt8], from start: Int) -> (taken: Int, made: [UInt8], code: Int32) {
        var left = input.count - start
        var code: Int32 = 0
        let room = left * 4 + 16
        let made = [UInt8](unsafeUninitializedCapacity: room) { buffer, used in
            input.withUnsafeMutableBytes { bytes in
                var from = bytes.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
                var to = UnsafeMutableRawPointer(buffer.baseAddress).map { $0.assumingMemoryBound(to: CChar.self) }
                var space = room
                if iconv(descriptor, &from, &left, &to, &space) == -1 { code = errno }
                used = room - space
            }
        }
        return (input.count - start - left, made, code)
    }
}

extension TextEncoding {
    /// Writes a text in this encoding. The error names the characters that it can't carry.
    public func encode(_ text: String) throws(NiangjiaError) -> [UInt8] {
        if self == .utf8 || self == .utf8BOM { return Array(text.utf8) }
        let converter = try TextConverter(from: .utf8, to: self)
        do {
            return try converter.convert(Array(text.utf8))
        } catch {
            let missing = text.filter { !carries($0) }
            let names = missing.prefix(10).map { character in
                "\(character)(U+"
                    + (character.unicodeScalars.first.map { String($0.value, radix: 16, uppercase: true) } ?? "") + ")"
            }.joined(separator: " ")
            throw NiangjiaError(
                .invalid, zh: "编码 \(rawValue) 写不了这些字符:\(names)。请改用 gb18030 或 utf-8-bom",
                en: "the encoding \(rawValue) can't carry: \(names); use gb18030 or utf-8-bom")
        }
    }

    /// Whether a character can be written in this encoding.
    public func carries(_ character: Character) -> Bool {
        guard let converter = try? TextConverter(from: .utf8, to: self) else { return false }
        return (try? converter.convert(Array(String(character).utf8))) != nil
    }
}

/// Reads a text file as UTF-8, piece by piece, whatever its encoding.
public final class TextFileReader {
    public let path: String
    public let encoding: TextEncoding
    private let file: ByteFile
    private let converter: TextConverter?
    private var tail: [UInt8] = []
    /// Bytes of the file before the next one to be handed over.
    private var offset = 0
    private var isStarted = false

    /// Opens a file; without an encoding it is detected (a whole pass over the file when it has no byte order mark).
    public init(path: String, encoding: TextEncoding? = nil) throws(NiangjiaError) {
        self.path = path
        if let encoding { self.encoding = encoding } else { self.encoding = try TextEncoding.detect(file: path) }
        file = try ByteFile(reading: path)
        converter =
            self.encoding == .utf8 || self.encoding == .utf8BOM
            ? nil : try TextConverter(from: self.encoding, to: .utf8)
    }

    /// The next piece of UTF-8; nil at the end. Throws with the byte's position where the file breaks its encoding.
    public func next() throws(NiangjiaError) -> [UInt8]? {
        var chunk = try file.read(1 << 16)
        if !isStarted {
            isStarted = true
            if let mark = TextEncoding.mark(of: Array(chunk.prefix(3))),
                mark.encoding == encoding || (encoding == .utf8 && mark.encoding == .utf8BOM)
            {
                chunk.removeFirst(mark.length)
                offset = mark.length
                if chunk.isEmpty { return try next() }
            }
        }
        if chunk.isEmpty {
            if !tail.isEmpty || converter?.isUnfinished == true {
                throw broken(at: offset + (converter?.consumed ?? 0), [])
            }
            return nil
        }
        if let converter {
            let text: [UInt8]
            do {
                text = try converter.convert(chunk)
            } catch {
                throw broken(at: offset + converter.consumed, error.bytes)
            }
            return text.isEmpty ? try next() : try refusingNUL(text)
        }
        return try utf8(chunk)
    }

    private func utf8(_ chunk: [UInt8]) throws(NiangjiaError) -> [UInt8]? {
        var bytes = tail + chunk
        let whole = bytes.count - UTF8Check.unfinishedTail(bytes)
        if let fault = UTF8Check.firstFault(bytes[..<whole]) {
            throw broken(at: offset + fault, Array(bytes[fault...].prefix(4)))
        }
        tail = Array(bytes[whole...])
        bytes.removeLast(bytes.count - whole)
        offset += whole
        return bytes.isEmpty ? try next() : try refusingNUL(bytes)
    }

    private func refusingNUL(_ bytes: [UInt8]) throws(NiangjiaError) -> [UInt8] {
        guard !bytes.contains(0) else {
            throw NiangjiaError(
                .invalid, zh: "文件中有空字节,不是文本文件(UTF-16 文件须带 BOM)",
                en: "the file holds NUL bytes: it is no text file (UTF-16 needs a byte order mark)", place: path)
        }
        return bytes
    }

    private func broken(at position: Int, _ bytes: [UInt8]) -> NiangjiaError {
        let hex = bytes.map { String($0, radix: 16, uppercase: true) }.joined(separator: " ")
        return NiangjiaError(
            .invalid, zh: "第 \(position + 1) 个字节起不是合法的 \(encoding.rawValue)(\(hex))",
            en: "byte \(position + 1) and after is not valid \(encoding.rawValue) (\(hex))",
            place: "\(path):@\(position)")
    }
}
