import NiangjiaCore

/// The cells of a sheet that are merged down over several rows. A workbook keeps their value in the first cell alone and names them
/// behind all rows; who looks at the sheet sees it in each row, and so does whoever reads rows one by one.
///
/// A row that holds nothing else stays blank: a heading over two rows is one heading. Of a range over several columns the first
/// has the value.
struct MergedCells {
    /// The most ranges that are taken; the widest sheet that they are read down in.
    static let most = 500_000
    static let mostColumns = 256

    private struct Range {
        var first: Int
        var last: Int
        var column: Int
    }

    /// By their first row, those that haven't begun yet behind `begun`.
    private var ranges: [Range] = []
    private var begun = 0
    /// By column.
    private var open: [Int: (last: Int, value: String, isTold: Bool)] = [:]
    /// Ranges whose value was read into a row below.
    private(set) var used = 0

    /// Reads which there are. They stand behind all rows, which are unpacked on the way and not parsed: most sheets merge none, and
    /// whoever does would have each row parsed twice.
    init(_ sheet: ZipArchive.Entry, name: String, path: String) throws(NiangjiaError) {
        guard try sheet.skip(toTag: "mergeCells") else { return }
        let stream = try XMLStream(entry: sheet, name: name, path: path)
        var found: [Range] = []
        stream.onStart = { name, attributes in
            guard XMLStream.equal(name, "mergeCell"), let range = attributes["ref"].flatMap(MergedCells.range) else {
                return
            }
            found.append(range)
        }
        stream.onEnd = { [unowned stream] name in if XMLStream.equal(name, "mergeCells") { stream.stop() } }
        while !stream.isDone {
            try stream.advance()
            guard found.count <= MergedCells.most else {
                throw NiangjiaError(
                    .invalid, zh: "合并单元格过多:请取消合并后再导入", en: "too many merged cells: unmerge them first", place: path)
            }
        }
        ranges = found.sorted { $0.first < $1.first }
    }

    /// `B3:C5` from row 3 to row 5 of column 1; nil for one row, and for what is no range.
    private static func range(_ reference: String) -> Range? {
        let ends = reference.split(separator: ":")
        guard ends.count == 2, let column = SheetRow.column(ends[0]), column < mostColumns,
            let first = Int(ends[0].drop { !$0.isNumber }), let last = Int(ends[1].drop { !$0.isNumber }), first < last
        else { return nil }
        return Range(first: first, last: last, column: column)
    }

    /// Writes into a row what is merged down into it, and notes what begins in it. Rows come in their order.
    mutating func fill(_ row: inout SheetRow) {
        guard begun < ranges.count || !open.isEmpty else { return }
        open = open.filter { $0.value.last >= row.number }
        // What lies hidden below a merged cell is nobody's word.
        for column in open.keys where column < row.cells.count { row.cells[column] = "" }
        if !row.isBlank {
            for (column, from) in open {
                while row.cells.count <= column { row.cells.append("") }
                row.cells[column] = from.value
                row.merged.append(column)
                if !from.isTold { used += 1 }
                open[column]?.isTold = true
            }
        }
        while begun < ranges.count, ranges[begun].first <= row.number {
            let range = ranges[begun]
            begun += 1
            let value = row[range.column]
            if range.first == row.number, !value.isEmpty { open[range.column] = (range.last, value, false) }
        }
    }
}
