import NiangjiaCore

/// What a workbook says about itself outside its sheets: their names, the shared strings, which styles are dates.
struct XLSXBook {
    struct Sheet: Hashable {
        var name: String
        var isHidden: Bool
        var entry: String
    }

    var sheets: [Sheet] = []
    /// Whether days count from 1904-01-01 (old Macintosh workbooks).
    var is1904 = false
    /// For each cell style: whether its numbers are dates, and whether with a time.
    var dateStyles: [DateStyle] = []
    var strings = SharedStrings()

    enum DateStyle { case none, date, dateTime, time }

    /// Texts that cells refer to by number, packed into one buffer.
    struct SharedStrings {
        fileprivate var bytes: [UInt8] = []
        fileprivate var ends: [Int] = []

        subscript(index: Int) -> String? {
            guard ends.indices.contains(index) else { return nil }
            return String(decoding: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]], as: UTF8.self)
        }
    }

    /// The most bytes of shared strings: a city's whole register has about 100 MB of them.
    static let mostStringBytes = 1 << 30
    /// The most shared strings, whatever is in them: each costs memory, an empty one too.
    static let mostStrings = 10_000_000
    /// The most sheets, formats, styles and relations, of each.
    static let mostParts = 10_000

    init(_ archive: ZipArchive) throws(NiangjiaError) {
        let targets = try XLSXBook.relations(archive)
        try readWorkbook(archive, targets)
        guard !sheets.isEmpty else {
            throw NiangjiaError(.invalid, zh: "工作簿中没有工作表", en: "the workbook has no sheet", place: archive.path)
        }
        try readStyles(archive)
        try readStrings(archive)
    }

    private static func stream(_ archive: ZipArchive, _ name: String) throws(NiangjiaError) -> XMLStream? {
        guard let entry = try archive.entry(name) else { return nil }
        return try XMLStream(entry: entry, name: name, path: archive.path)
    }

    private static func relations(_ archive: ZipArchive) throws(NiangjiaError) -> [String: String] {
        var targets: [String: String] = [:]
        guard let stream = try stream(archive, "xl/_rels/workbook.xml.rels") else { return [:] }
        stream.onStart = { name, attributes in
            guard XMLStream.equal(name, "Relationship"), let id = attributes["Id"], let target = attributes["Target"]
            else { return }
            targets[id] = target.hasPrefix("/") ? String(target.dropFirst()) : "xl/" + target
        }
        try run(stream, archive) { targets.count <= mostParts }
        return targets
    }

    private mutating func readWorkbook(_ archive: ZipArchive, _ targets: [String: String]) throws(NiangjiaError) {
        guard let stream = try XLSXBook.stream(archive, "xl/workbook.xml") else {
            throw NiangjiaError(.invalid, zh: "不是 xlsx 工作簿", en: "not an xlsx workbook", place: archive.path)
        }
        var found: [Sheet] = []
        var is1904 = false
        stream.onStart = { name, attributes in
            if XMLStream.equal(name, "workbookPr") { is1904 = ["1", "true"].contains(attributes["date1904"]) }
            guard XMLStream.equal(name, "sheet"), let title = attributes["name"] else { return }
            let target = attributes["r:id"].flatMap { targets[$0] } ?? "xl/worksheets/sheet\(found.count + 1).xml"
            found.append(
                Sheet(name: title, isHidden: attributes["state"].map { $0 != "visible" } ?? false, entry: target))
        }
        try XLSXBook.run(stream, archive) { found.count <= XLSXBook.mostParts }
        sheets = found
        self.is1904 = is1904
    }

    private mutating func readStyles(_ archive: ZipArchive) throws(NiangjiaError) {
        guard let stream = try XLSXBook.stream(archive, "xl/styles.xml") else { return }
        var formats: [Int: String] = [:]
        var styles: [DateStyle] = []
        var isInCells = false
        stream.onStart = { name, attributes in
            if XMLStream.equal(name, "numFmt"), let id = attributes["numFmtId"].flatMap({ Int($0) }) {
                formats[id] = attributes["formatCode"]
            } else if XMLStream.equal(name, "cellXfs") {
                isInCells = true
            } else if isInCells, XMLStream.equal(name, "xf") {
                let id = attributes["numFmtId"].flatMap { Int($0) } ?? 0
                styles.append(XLSXBook.dateStyle(id, formats[id]))
            }
        }
        stream.onEnd = { name in if XMLStream.equal(name, "cellXfs") { isInCells = false } }
        // A workbook has at most 64,000 styles (ECMA-376 18.8.10 as Excel keeps it); what is told of them is dates or not.
        try XLSXBook.run(stream, archive) {
            styles.count <= 8 * XLSXBook.mostParts && formats.count <= XLSXBook.mostParts
        }
        dateStyles = styles
    }

    /// Built-in formats by number (ECMA-376 18.8.30, with the Chinese ones), own formats by their letters.
    static func dateStyle(_ id: Int, _ code: String?) -> DateStyle {
        guard let code else {
            switch id {
            case 14...17, 27...31, 36, 50...54, 57, 58: return .date
            case 18...21, 32...35, 45...47, 55, 56: return .time
            case 22: return .dateTime
            default: return .none
            }
        }
        var letters: Set<Character> = []
        var isQuoted = false
        var depth = 0
        var isEscaped = false
        for character in code.lowercased() {
            if isEscaped { isEscaped = false; continue }
            switch character {
            case "\\", "_", "*": isEscaped = true
            case "\"": isQuoted.toggle()
            case "[": depth += 1
            case "]": depth = max(0, depth - 1)
            default: if !isQuoted, depth == 0 { letters.insert(character) }
            }
        }
        if letters.contains("0") || letters.contains("#") || letters.contains("?") { return .none }
        let hasDate = letters.contains("y") || letters.contains("d")
        let hasTime = letters.contains("h") || letters.contains("s")
        return hasDate ? (hasTime ? .dateTime : .date) : hasTime ? .time : letters.contains("m") ? .date : .none
    }

    private mutating func readStrings(_ archive: ZipArchive) throws(NiangjiaError) {
        guard let stream = try XLSXBook.stream(archive, "xl/sharedStrings.xml") else { return }
        var found = SharedStrings()
        var isText = false
        var phonetic = 0
        stream.onStart = { name, _ in
            if XMLStream.equal(name, "t") { isText = phonetic == 0 }
            if XMLStream.equal(name, "rPh") { phonetic += 1 }
        }
        stream.onEnd = { name in
            if XMLStream.equal(name, "t") { isText = false }
            if XMLStream.equal(name, "rPh") { phonetic -= 1 }
            if XMLStream.equal(name, "si") { found.ends.append(found.bytes.count) }
        }
        stream.onText = { text in
            if isText { found.bytes.append(contentsOf: text.lazy.map { UInt8(bitPattern: $0) }) }
        }
        try XLSXBook.run(stream, archive) {
            found.bytes.count <= XLSXBook.mostStringBytes && found.ends.count <= XLSXBook.mostStrings
        }
        strings = found
    }

    /// Reads a stream to its end, as long as what was found of it stays within bounds.
    private static func run(
        _ stream: XMLStream, _ archive: ZipArchive, while isBounded: () -> Bool
    ) throws(NiangjiaError) {
        while !stream.isDone {
            try stream.advance()
            guard isBounded() else {
                throw NiangjiaError(
                    .invalid, zh: "工作簿文本、样式或工作表过多,请另存为 CSV",
                    en: "too much text, or too many styles or sheets in the workbook; save it as CSV",
                    place: archive.path)
            }
        }
    }
}
