import CZip
import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaExchange

/// Packs texts into a zip file, as a workbook of another program would be.
func pack(_ path: String, _ entries: [(String, String)]) throws {
    var code: Int32 = 0
    let archive = try #require(zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code))
    // The library reads the buffers when it closes the archive.
    let buffers = entries.map { strdup($0.1) }
    defer { buffers.forEach { free($0) } }
    for (entry, buffer) in zip(entries, buffers) {
        let source = zip_source_buffer(archive, buffer, UInt64(entry.1.utf8.count), 0)
        #expect(zip_file_add(archive, entry.0, source, 0) >= 0)
    }
    #expect(zip_close(archive) == 0)
}

private let rels = """
    <?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
    <Relationship Id="rId1" Type="t" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="t" Target="/xl/worksheets/sheet2.xml"/>
    </Relationships>
    """
private let workbook = """
    <?xml version="1.0"?><workbook xmlns="x" xmlns:r="y"><sheets><sheet name="说明" sheetId="1" state="hidden" r:id="rId1"/>
    <sheet name="会员" sheetId="2" r:id="rId2"/></sheets></workbook>
    """
private let styles = """
    <styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/></numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="22"/></cellXfs></styleSheet>
    """

private func all(_ source: any RowSource) throws -> [SheetRow] {
    var found: [SheetRow] = []
    while let row = try source.next() { found.append(row) }
    return found
}

@Suite struct WorkbookTests {
    @Test func aWorkbookOfAnotherProgram() throws {
        let folder = try TestFolder()
        let path = folder.path + "/a.xlsx"
        let sheet = """
            <?xml version="1.0"?><worksheet><sheetData>
            <row r="1"><c r="A1" t="s"><v>0</v></c></row>
            <row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3" t="inlineStr"><is><t>证件</t><rPh><t>x</t></rPh><r><t>号码</t></r></is></c><c r="D3" t="str"><f>1+1</f><v>2</v></c></row>
            <row r="4" hidden="1"><c r="A4" s="1"><v>59</v></c><c r="B4" s="1"><v>61</v></c><c r="C4" s="2"><v>46000</v></c><c r="D4" s="3"><v>46000.5</v></c></row>
            <row r="5"><c r="A5"><v>9.9010119850612E+17</v></c><c r="B5"><v>50.490000000000002</v></c><c r="C5"><v>13800001234</v></c><c r="D5"><v>1.5E3</v></c><c r="E5" t="b"><v>1</v></c><c r="F5"><v>990101198506120016</v></c></row>
            </sheetData><mergeCells><mergeCell ref="A1:F1"/></mergeCells></worksheet>
            """
        try pack(
            path,
            [
                ("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", rels), ("xl/styles.xml", styles),
                ("xl/sharedStrings.xml", "<sst><si><t>会员&amp;名册</t></si><si><r><t>姓</t></r><r><t>名</t></r></si></sst>"),
                ("xl/worksheets/sheet1.xml", "<worksheet/>"), ("xl/worksheets/sheet2.xml", sheet),
            ])
        let source = try TableFile.open(path)
        let rows = try all(source)
        #expect(rows.map(\.number) == [1, 3, 4, 5])
        #expect(rows[0].cells == ["会员&名册"])
        #expect(rows[1].cells == ["姓名", "证件号码", "", "2"])
        // Serial 59 is 28 February 1900 and 61 is 1 March: day 60 never was. 46000 is 2025-12-09.
        #expect(rows[2].cells == ["1900-02-28", "1900-03-01", "2025-12-09", "2025-12-09 12:00"])
        #expect(rows[2].isHidden)
        #expect(rows[3].cells == ["9.90101E+17", "50.49", "13800001234", "1500", "是", "9.90101E+17"])
        #expect(rows[3].place(column: 27) == "会员!AB5")
        #expect(source.remarks.count == 2)
        #expect(source.remarks[1].zh.contains("说明"))
    }

    @Test func whatWeWriteWeRead() throws {
        let folder = try TestFolder()
        let path = folder.path + "/b.xlsx"
        let writer = try XLSXWriter(
            path: path, sheet: "名册", header: ["姓名", "证件号码", "金额"], numbers: [2], temporary: folder.path)
        for turn in 0..<3000 { try writer.write(["𠅤\(turn)", "990101198506120016", "50.49"]) }
        try writer.finish()
        let rows = try all(try XLSXReader(path: path, sheet: "名册"))
        #expect(rows.count == 3001)
        #expect(rows[3000].cells == ["𠅤2999", "990101198506120016", "50.49"])
        #expect(throws: NiangjiaError.self) { try XLSXReader(path: path, sheet: "没有") }
    }

    @Test func whatIsEmptyIsCountedToo() throws {
        let folder = try TestFolder()
        func refused(_ name: String, _ files: [(String, String)]) throws -> Bool {
            let path = folder.path + "/\(name).xlsx"
            try pack(path, files + [("xl/worksheets/sheet2.xml", "<worksheet/>")])
            do {
                _ = try XLSXReader(path: path)
                return false
            } catch { return error.message.zh.contains("过多") }
        }
        let rest = [("xl/_rels/workbook.xml.rels", rels)]
        let many = XLSXBook.mostParts + 1
        let sheets = String(repeating: "<sheet name=\"a\"/>", count: many)
        #expect(try refused("sheets", rest + [("xl/workbook.xml", "<workbook><sheets>\(sheets)</sheets></workbook>")]))
        let targets = (0..<many).map { "<Relationship Id=\"r\($0)\" Target=\"a\"/>" }.joined()
        #expect(
            try refused(
                "relations",
                [
                    ("xl/workbook.xml", workbook),
                    ("xl/_rels/workbook.xml.rels", "<Relationships>\(targets)</Relationships>"),
                ]))
        let formats = (0..<many).map { "<numFmt numFmtId=\"\($0)\" formatCode=\"0\"/>" }.joined()
        let styles = "<styleSheet><numFmts>\(formats)</numFmts></styleSheet>"
        #expect(try refused("formats", rest + [("xl/workbook.xml", workbook), ("xl/styles.xml", styles)]))
        // Noise keeps the archive from looking like a bomb: empty strings are counted whatever their entry packs to.
        let noise = (0..<60_000).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        let strings = String(repeating: "<si/>", count: XLSXBook.mostStrings + 100_000)
        let shared = "<sst><!--\(noise)-->\(strings)</sst>"
        #expect(try refused("strings", rest + [("xl/workbook.xml", workbook), ("xl/sharedStrings.xml", shared)]))
    }

    @Test func bombsAndEntitiesAreRefused() throws {
        let folder = try TestFolder()
        let bomb = folder.path + "/bomb.xlsx"
        let zeros = "<worksheet><sheetData>" + String(repeating: " ", count: 40 << 20) + "</sheetData></worksheet>"
        try pack(
            bomb,
            [("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", rels), ("xl/worksheets/sheet2.xml", zeros)])
        do {
            _ = try all(try XLSXReader(path: bomb))
            Issue.record("it unpacks to 40 MiB")
        } catch let error as NiangjiaError { #expect(error.message.zh.contains("过大")) }

        let entity = folder.path + "/entity.xlsx"
        let laugh = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;\">]><worksheet>&c;</worksheet>"
        try pack(
            entity,
            [("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", rels), ("xl/worksheets/sheet2.xml", laugh)])
        do {
            _ = try all(try XLSXReader(path: entity))
            Issue.record("it declares entities")
        } catch let error as NiangjiaError { #expect(error.message.zh.contains("文档类型")) }
    }

    @Test func damagedAndForeignFilesAreToldApart() throws {
        let folder = try TestFolder()
        #expect(throws: NiangjiaError.self) {
            try TableFile.open(try folder.file("a.xlsx", [0x50, 0x4B, 3, 4, 0, 0, 0, 0, 1]))
        }
        do {
            _ = try TableFile.open(try folder.file("old.xls", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]))
            Issue.record("not a workbook we read")
        } catch let error as NiangjiaError { #expect(error.message.zh.contains(".xls")) }
    }

    @Test func dateFormatsAreToldFromNumbers() {
        #expect(XLSXBook.dateStyle(164, "yyyy/m/d") == .date)
        #expect(XLSXBook.dateStyle(164, "[$-804]yyyy\"年\"m\"月\"") == .date)
        #expect(XLSXBook.dateStyle(164, "yyyy-mm-dd hh:mm") == .dateTime)
        #expect(XLSXBook.dateStyle(164, "0.00_ \"m\"") == .none)
        #expect(XLSXBook.dateStyle(164, "[Red]#,##0") == .none)
        #expect(XLSXBook.dateStyle(0, nil) == .none)
    }
}
