import NiangjiaCore

/// Writes separated text (RFC 4180, CRLF) that a spreadsheet can open without running anything in it.
public final class CSVWriter {
    private let file: ByteFile
    private let encoding: TextEncoding
    private let separator: Character
    private let converter: TextConverter?

    /// Makes a file that only its owner may read.
    public init(path: String, encoding: TextEncoding = .utf8BOM, separator: Character = ",") throws(NiangjiaError) {
        file = try ByteFile(writing: path)
        self.encoding = encoding
        self.separator = separator
        converter = encoding == .utf8 || encoding == .utf8BOM ? nil : try TextConverter(from: .utf8, to: encoding)
        if encoding == .utf8BOM { try file.write([0xEF, 0xBB, 0xBF]) }
        if encoding == .utf16LE { try file.write([0xFF, 0xFE]) }
        if encoding == .utf16BE { try file.write([0xFE, 0xFF]) }
    }

    /// Writes one row.
    public func write(_ cells: [String]) throws(NiangjiaError) {
        var text = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { text.append(separator) }
            text += quoted(CSVWriter.guarded(cell))
        }
        text += "\r\n"
        guard let converter else { return try file.write(Array(text.utf8)) }
        if let bytes = try? converter.convert(Array(text.utf8)) { return try file.write(bytes) }
        // The slow way names the characters.
        try file.write(encoding.encode(text))
    }

    /// Hands the file to the disk and closes it.
    public func finish() throws(NiangjiaError) { try file.finish() }

    /// A cell that a spreadsheet won't run as a formula: an apostrophe stands before `=`, `+`, `-`, `@` and control
    /// characters, unless the cell is a plain number.
    public static func guarded(_ cell: String) -> String {
        guard let first = cell.utf8.first, [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D].contains(first) else { return cell }
        let rest = cell.dropFirst()
        let isNumber =
            (first == 0x2B || first == 0x2D) && rest.utf8.first != 0x2E && !rest.isEmpty
            && rest.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        return isNumber ? cell : "'" + cell
    }

    private func quoted(_ cell: String) -> String {
        let needsQuotes = cell.unicodeScalars.contains { scalar in
            scalar == "\"" || scalar == "\n" || scalar == "\r" || Character(scalar) == separator
        }
        guard needsQuotes else { return cell }
        var out = String.UnicodeScalarView()
        // By scalars: a combining mark after a quote must not hide it.
        for scalar in cell.unicodeScalars {
            if scalar == "\"" { out.append(scalar) }
            out.append(scalar)
        }
        return "\"" + String(out) + "\""
    }
}
