import Foundation
import Testing

@testable import NiangjiaExchange

@Suite("Files that are written where others may write too") struct PlantedFileTests {
    private func write(_ path: String) throws {
        if path.hasSuffix(".xlsx") {
            let book = try XLSXWriter(path: path, sheet: "a", header: ["姓名"])
            try book.write(["李小样"])
            try book.finish()
        } else {
            let file = try CSVWriter(path: path)
            try file.write(["李小样"])
            try file.finish()
        }
    }

    private func inode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    }

    /// What lies in the folder unfinished.
    private func unfinished(in folder: TestFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".part") }
    }

    @Test("A link in its place is replaced, and where it leads nothing is written", arguments: ["csv", "xlsx"])
    func links(ending: String) throws {
        let folder = try TestFolder()
        let manager = FileManager.default
        let (victim, path) = (folder.path + "/victim", folder.path + "/list.\(ending)")
        try Data("kept".utf8).write(to: URL(fileURLWithPath: victim))
        try manager.createSymbolicLink(atPath: path, withDestinationPath: victim)
        try write(path)
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "kept")
        let attributes = try manager.attributesOfItem(atPath: path)
        #expect(attributes[.type] as? FileAttributeType == .typeRegular)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect((attributes[.size] as? Int ?? 0) > 8)
        #expect(try unfinished(in: folder).isEmpty)
    }

    @Test("Of two who write one file each finishes a whole one, and the last stays") func together() throws {
        let folder = try TestFolder()
        let path = folder.path + "/list.csv"
        let (first, second) = (try CSVWriter(path: path), try CSVWriter(path: path))
        #expect(try unfinished(in: folder).count == 2)
        for line in 0..<20_000 { try first.write(["甲", "\(line)"]) }
        try second.write(["乙"])
        try first.finish()
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        #expect(whole.contains("19999") && !whole.contains("乙"))
        for line in 0..<20_000 { try second.write(["乙", "\(line)"]) }
        try second.finish()
        let last = try String(contentsOfFile: path, encoding: .utf8)
        #expect(last.contains("19999") && !last.contains("甲"))
        #expect(try unfinished(in: folder).isEmpty)
    }

    @Test("A file that somebody laid there isn't written into: another takes its place", arguments: ["csv", "xlsx"])
    func files(ending: String) throws {
        let folder = try TestFolder()
        let path = folder.path + "/list.\(ending)"
        try Data("planted".utf8).write(to: URL(fileURLWithPath: path))
        let open = try #require(FileHandle(forReadingAtPath: path))
        let before = try inode(path)
        try write(path)
        #expect(try inode(path) != before)
        #expect(try open.readToEnd() == Data("planted".utf8), "whoever holds it open reads nothing of it")
    }

    @Test("What isn't finished isn't there", arguments: ["csv", "xlsx"]) func unfinished(ending: String) throws {
        let folder = try TestFolder()
        let path = folder.path + "/list.\(ending)"
        try Data("before".utf8).write(to: URL(fileURLWithPath: path))
        do {
            if ending == "csv" {
                try CSVWriter(path: path).write(["李小样"])
            } else {
                try XLSXWriter(path: path, sheet: "a", header: []).write(["李小样"])
            }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
        #expect(try self.unfinished(in: folder).isEmpty)
    }

    @Test("The next writing removes what a killed writer left a day ago, and nothing else")
    func left() throws {
        let folder = try TestFolder()
        let path = folder.path + "/list.csv"
        // One beyond the largest that Linux gives; that of the tests is alive.
        let (dead, alive) = (4_194_305, getpid())
        let days: [(name: String, age: Double)] = [
            ("list.csv.\(dead)-a.part", 2), ("list.csv.\(dead)-b.part", 0.5), ("list.csv.\(alive)-c.part", 2),
            ("other.csv.\(dead)-d.part", 2), ("list.csv.\(dead)-e", 2), ("list.csv.half-f.part", 2),
        ]
        for (name, age) in days {
            let at = try folder.file(name, "李小样")
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -age * 86_400)], ofItemAtPath: at)
        }
        try write(path)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == (days.dropFirst().map(\.name) + ["list.csv"]).sorted())
    }
}
