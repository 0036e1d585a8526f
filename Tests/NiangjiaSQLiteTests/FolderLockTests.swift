import Foundation
import NiangjiaCore
import NiangjiaSQLite
import NiangjiaTesting
import Testing

@Suite struct FolderLockTests {
    @Test func oneHolderAtATime() throws {
        let folder = try TemporaryFolder()
        var lock: FolderLock? = try FolderLock(folder: folder.path)
        #expect(lock != nil)
        let line = try String(contentsOfFile: folder.file("LOCK"), encoding: .utf8)
        #expect(line.hasPrefix("\(getpid()) 20"))
        do {
            _ = try FolderLock(folder: folder.path)
            Issue.record("two holders")
        } catch let error as NiangjiaError {
            #expect(error.code == .locked)
            #expect(error.message.zh.contains("进程 \(getpid())"))
            #expect(error.place == folder.file("LOCK"))
        }
        lock = nil
        _ = try FolderLock(folder: folder.path)
    }

    @Test func missingFolder() throws {
        let folder = try TemporaryFolder()
        #expect(throws: NiangjiaError.self) { try FolderLock(folder: folder.file("nowhere")) }
    }
}
