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

    @Test(
        "A link in its place, or in its unfinished name's, is replaced, and where it leads nothing is written",
        arguments: ["csv", "xlsx"])
    func links(ending: String) throws {
        let folder = try TestFolder()
        let manager = FileManager.default
        for planted in ["", ".part"] {
            let (victim, path) = (folder.path + "/victim", folder.path + "/list\(planted).\(ending)")
            try Data("kept".utf8).write(to: URL(fileURLWithPath: victim))
            try manager.createSymbolicLink(atPath: path + planted, withDestinationPath: victim)
            try write(path)
            #expect(try String(contentsOfFile: victim, encoding: .utf8) == "kept")
            let attributes = try manager.attributesOfItem(atPath: path)
            #expect(attributes[.type] as? FileAttributeType == .typeRegular)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect((attributes[.size] as? Int ?? 0) > 8)
            #expect(!manager.fileExists(atPath: path + ".part"))
        }
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
        #expect(!FileManager.default.fileExists(atPath: path + ".part"))
    }
}
