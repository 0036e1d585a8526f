import NiangjiaCore

/// Reads separated text (RFC 4180) row by row in bounded memory.
///
/// Lines may end in CRLF, LF or CR; quoted cells may hold separators, doubled quotes and line ends. The separator is `,`, `;`
/// or a tab: the one that the first line holds most of.
public final class CSVReader: RowSource {
    /// The longest row in bytes: an open quote must not swallow the file.
    public static let longestRow = 1 << 20

    private let text: TextFileReader
    private let name: String
    private var buffer: [UInt8] = []
    private var at = 0
    private var line = 1
    private var isAtEnd = false
    private var separator: UInt8?

    public var remarks: [LocalText] { [] }

    /// Opens a file; nil for encoding and separator detects them, nil for the name takes the path's end.
    public init(
        path: String, encoding: TextEncoding? = nil, separator: Character? = nil, named name: String? = nil
    ) throws(NiangjiaError) {
        text = try TextFileReader(path: path, encoding: encoding)
        self.name = name ?? TableFile.name(of: path)
        self.separator = separator?.asciiValue
    }

    /// The encoding that was given or found.
    public var encoding: TextEncoding { text.encoding }

    public func next() throws(NiangjiaError) -> SheetRow? {
        if separator == nil { separator = try detectSeparator() }
        guard try fill(1) else { return nil }
        let firstLine = line
        var cells: [String] = []
        while true {
            let (cell, isLast) = try self.cell(firstLine: firstLine)
            cells.append(cell)
            if isLast { return SheetRow(table: name, number: firstLine, cells: cells) }
            guard cells.count < 4096 else { throw fault(firstLine, "一行超过 4096 列", "more than 4096 columns") }
        }
    }

    /// Makes sure that `count` bytes lie ahead; false when the file ends before.
    private func fill(_ count: Int) throws(NiangjiaError) -> Bool {
        while buffer.count - at < count {
            if isAtEnd { return false }
            guard let piece = try text.next() else {
                isAtEnd = true
                return buffer.count - at >= count
            }
            buffer.removeSubrange(..<at)
            at = 0
            buffer.append(contentsOf: piece)
        }
        return true
    }

    private func detectSeparator() throws(NiangjiaError) -> UInt8 {
        _ = try fill(1)
        // A header of more than 64 KiB is judged by its first piece.
        var counts: [UInt8: Int] = [0x2C: 0, 0x3B: 0, 0x09: 0]
        var isQuoted = false
        for byte in buffer[at...] {
            if byte == 0x22 { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0A || byte == 0x0D, counts.values.contains(where: { $0 > 0 }) { break }
            if counts[byte] != nil { counts[byte, default: 0] += 1 }
        }
        return [0x2C, 0x3B, 0x09].max { counts[$0, default: 0] < counts[$1, default: 0] } ?? 0x2C
    }

    /// Reads one cell and what ends it.
    private func cell(firstLine: Int) throws(NiangjiaError) -> (text: String, isLast: Bool) {
        guard try fill(1) else { return ("", true) }
        if buffer[at] == 0x22 { return try quoted(firstLine: firstLine) }
        let separator = separator ?? 0x2C
        var length = 0
        while true {
            guard try fill(length + 1) else { break }
            // Scanning what is buffered without asking for more keeps the inner loop short.
            let end = buffer.count
            var index = at + length
            while index < end, buffer[index] != separator, buffer[index] != 0x0A, buffer[index] != 0x0D { index += 1 }
            length = index - at
            if index < end { break }
            guard length <= CSVReader.longestRow else {
                throw fault(firstLine, "一个单元格超过 1 MiB", "a cell is longer than 1 MiB")
            }
        }
        let text = String(decoding: buffer[at..<at + length], as: UTF8.self)
        at += length
        return (text, try takeEnd())
    }

    private func quoted(firstLine: Int) throws(NiangjiaError) -> (text: String, isLast: Bool) {
        at += 1
        var bytes: [UInt8] = []
        while true {
            guard try fill(1) else {
                throw fault(
                    firstLine, "引号没有结束(从第 \(firstLine) 行开始)", "a quote that begins on line \(firstLine) is never closed"
                )
            }
            let byte = buffer[at]
            at += 1
            if byte == 0x22 {
                guard try fill(1), buffer[at] == 0x22 else { break }
                at += 1
            } else if byte == 0x0A {
                line += 1
            }
            bytes.append(byte)
            guard bytes.count <= CSVReader.longestRow else {
                throw fault(
                    firstLine, "引号没有结束,或单元格超过 1 MiB(从第 \(firstLine) 行开始)",
                    "a quote that begins on line \(firstLine) is not closed within 1 MiB")
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        if try fill(1), buffer[at] != separator, buffer[at] != 0x0A, buffer[at] != 0x0D {
            throw fault(line, "引号后应为分隔符或换行", "a separator or a line end must follow a closing quote")
        }
        return (text, try takeEnd())
    }

    /// Takes the separator (false) or the line end (true) after a cell.
    private func takeEnd() throws(NiangjiaError) -> Bool {
        guard try fill(1) else { return true }
        let byte = buffer[at]
        at += 1
        if byte == separator { return false }
        line += 1
        if byte == 0x0D, try fill(1), buffer[at] == 0x0A { at += 1 }
        return true
    }

    private func fault(_ line: Int, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: zh, en: en, place: "\(name):\(line)")
    }
}
