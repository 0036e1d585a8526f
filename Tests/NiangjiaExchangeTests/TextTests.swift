import NiangjiaCore
import Testing

@testable import NiangjiaExchange

private func rows(_ path: String) throws -> [[String]] {
    let reader = try CSVReader(path: path)
    var found: [[String]] = []
    while let row = try reader.next() { found.append(row.cells) }
    return found
}

@Suite struct TextEncodingTests {
    /// The test names of the domain reference, rare characters and one outside the BMP among them.
    static let names = ["李小样", "次仁样本", "阿不都热合曼·买买提", "㛃", "𠅤", "欧阳娜娜"]

    @Test(arguments: [TextEncoding.utf8, .utf8BOM, .utf16LE, .utf16BE, .gb18030])
    func everyEncodingComesBack(_ encoding: TextEncoding) throws {
        let folder = try TestFolder()
        let path = folder.path + "/names.csv"
        let writer = try CSVWriter(path: path, encoding: encoding)
        // Enough rows that sequences fall across the reader's pieces.
        for turn in 0..<5000 { try writer.write(["\(turn)"] + Self.names) }
        try writer.finish()
        #expect(try TextEncoding.detect(file: path) == encoding)
        let found = try rows(path)
        #expect(found.count == 5000)
        #expect(found.enumerated().allSatisfy { $1 == ["\($0)"] + Self.names })
    }

    @Test func gb18030BytesAreTheStandards() throws {
        #expect(try TextEncoding.gb18030.encode("李") == [0xC0, 0xEE])
        #expect(try TextEncoding.gb18030.encode("𠅤").count == 4)
        #expect(try TextEncoding.gb18030.encode("·") == [0xA1, 0xA4])
    }

    @Test func whatAnEncodingCannotCarryIsNamed() throws {
        do {
            _ = try TextEncoding.gbk.encode("张𠅤")
            Issue.record("CP936 has no 𠅤")
        } catch let error {
            #expect(error.message.zh.contains("𠅤(U+20164)"))
        }
    }

    @Test func brokenBytesAreToldByPosition() throws {
        let folder = try TestFolder()
        let path = try folder.file("broken.csv", Array("姓名\n".utf8) + [0xFF, 0xFF])
        do {
            _ = try rows(path)
            Issue.record("neither UTF-8 nor GB 18030")
        } catch let error as NiangjiaError {
            #expect(error.place?.contains(":@") == true)
        }
        let marked = try folder.file("marked.csv", [0xEF, 0xBB, 0xBF] + Array("ab".utf8) + [0xC3, 0x28])
        do {
            _ = try rows(marked)
            Issue.record("not UTF-8")
        } catch let error as NiangjiaError {
            #expect(error.place?.hasSuffix(":@5") == true)
        }
    }

    @Test func sequencesCutByAPieceAreWhole() throws {
        let folder = try TestFolder()
        for pad in 65_530...65_537 {
            let text = String(repeating: "a", count: pad) + ",李𠅤"
            #expect(try rows(try folder.file("u.csv", text)) == [[String(repeating: "a", count: pad), "李𠅤"]])
            let bytes = try TextEncoding.gb18030.encode(text)
            #expect(try rows(try folder.file("g.csv", bytes))[0][1] == "李𠅤")
        }
    }
}

@Suite struct CSVTests {
    @Test func quotesAndLineEnds() throws {
        let folder = try TestFolder()
        let path = try folder.file("a.csv", "姓名,说明\r\n张三,\"两行\n有\"\"引号\"\"，逗号,\"\n\n李四,\r王五,x")
        let reader = try CSVReader(path: path)
        var found: [SheetRow] = []
        while let row = try reader.next() { found.append(row) }
        #expect(found.map(\.cells) == [["姓名", "说明"], ["张三", "两行\n有\"引号\"，逗号,"], [""], ["李四", ""], ["王五", "x"]])
        #expect(found.map(\.number) == [1, 2, 4, 5, 6])
        #expect(found[1].place(column: 0) == "a.csv:2")
    }

    @Test(arguments: [",", ";", "\t"]) func separatorsAreFound(_ separator: String) throws {
        let folder = try TestFolder()
        let path = try folder.file(
            "a.csv",
            "姓名\(separator)\"单,位;名\t称\"\(separator)卡号\n张三\(separator)甲,乙;丙\(separator)1\n".replacing("甲,乙;丙", with: "甲")
        )
        #expect(try rows(path) == [["姓名", "单,位;名\t称", "卡号"], ["张三", "甲", "1"]])
    }

    @Test func anOpenQuoteIsAnErrorWithItsLine() throws {
        let folder = try TestFolder()
        do {
            _ = try rows(try folder.file("a.csv", "a,b\n1,\"2\n3,4\n"))
            Issue.record("the quote is open")
        } catch let error as NiangjiaError {
            #expect(error.place == "a.csv:2")
            #expect(error.message.zh.contains("第 2 行"))
        }
    }

    @Test func formulasAreGuarded() {
        #expect(CSVWriter.guarded("=cmd()") == "'=cmd()")
        #expect(CSVWriter.guarded("@x") == "'@x")
        #expect(CSVWriter.guarded("+1+2") == "'+1+2")
        #expect(CSVWriter.guarded("-3.20") == "-3.20")
        #expect(CSVWriter.guarded("-") == "'-")
        #expect(CSVWriter.guarded("张三") == "张三")
    }
}
