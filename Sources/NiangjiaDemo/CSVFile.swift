import Foundation
import NiangjiaCore

/// A CSV file (RFC 4180) that is written row by row; what it holds in memory doesn't grow with it.
final class CSVFile {
    /// How the bytes are written: what Excel, a Linux tool and a Chinese Windows program hand in.
    enum Encoding { case utf8, utf8WithMark, gb18030 }

    private let handle: FileHandle
    private let url: URL
    /// Where the rows go until the file is whole: a file of its own name is never half-written, whenever the process is killed.
    private let partial: URL
    private let converter: iconv_t?
    private var buffer: [UInt8] = []
    private(set) var rows = 0

    init(_ url: URL, encoding: Encoding, titles: [String]) throws {
        self.url = url
        partial = url.appendingPathExtension("part")
        guard FileManager.default.createFile(atPath: partial.path, contents: nil) else {
            throw NiangjiaError(.store, zh: "无法写入文件", en: "the file can't be written", place: url.path)
        }
        handle = try FileHandle(forWritingTo: partial)
        switch encoding {
        case .utf8: converter = nil
        case .utf8WithMark:
            converter = nil
            buffer = [0xEF, 0xBB, 0xBF]
        case .gb18030:
            let opened = iconv_open("GB18030", "UTF-8")
            guard Int(bitPattern: opened) != -1, let opened else {
                throw NiangjiaError(.internal, zh: "系统不支持 GB18030", en: "the system has no GB18030")
            }
            converter = opened
        }
        buffer.reserveCapacity(CSVFile.bufferLength + 4096)
        try row(titles)
        rows = 0
    }

    deinit { if let converter { iconv_close(converter) } }

    private static let bufferLength = 1 << 20

    /// Writes a row; fields with a comma, a quote or a line break are quoted.
    func row(_ fields: [String]) throws {
        for (index, field) in fields.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            if field.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) {
                buffer.append(0x22)
                for byte in field.utf8 {
                    if byte == 0x22 { buffer.append(0x22) }
                    buffer.append(byte)
                }
                buffer.append(0x22)
            } else {
                buffer.append(contentsOf: field.utf8)
            }
        }
        buffer.append(contentsOf: [0x0D, 0x0A])
        rows += 1
        if buffer.count >= CSVFile.bufferLength { try flush() }
    }

    /// Writes what is left and closes the file.
    func close() throws {
        try flush()
        try handle.close()
        guard rename(partial.path, url.path) == 0 else {
            throw NiangjiaError(.store, zh: "无法写入文件", en: "the file can't be written", place: url.path)
        }
    }

    private func flush() throws {
        // Rows are whole here, so no character is cut in two.
        try handle.write(contentsOf: Data(try encoded(buffer)))
        buffer.removeAll(keepingCapacity: true)
    }

    private func encoded(_ bytes: [UInt8]) throws -> [UInt8] {
        guard let converter else { return bytes }
        var input = bytes.map { CChar(bitPattern: $0) }
        var failed = false
        let out = [UInt8](unsafeUninitializedCapacity: bytes.count * 2 + 16) { target, used in
            var left = input.count
            var room = target.count
            input.withUnsafeMutableBufferPointer { source in
                var from = source.baseAddress
                var to = UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self)
                failed = iconv(converter, &from, &left, &to, &room) == -1
            }
            used = target.count - room
        }
        if failed { throw NiangjiaError(.internal, zh: "文字无法写成 GB18030", en: "a text can't be written in GB18030") }
        return out
    }
}
