import Foundation
import NiangjiaCore

/// Holds a city's data folder for one process. The operating system lets go of it when the process ends, however it ends.
public final class FolderLock: Sendable {
    private let file: Int32

    /// Takes the lock of a folder: an exclusive `flock` on its file `LOCK`, which names the holder for whoever comes second.
    ///
    /// - Throws: `locked` (a ``NiangjiaError``) with the holder's process number and start when another process has it.
    public init(folder: String) throws {
        let path = folder + "/LOCK"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            let reason = String(cString: strerror(errno))
            throw NiangjiaError(
                .store, zh: "无法打开数据文件夹的锁文件:请检查文件夹是否存在、是否有写权限。",
                en:
                    "The lock file of the data folder cannot be opened: check that the folder exists and may be written.",
                place: path, cause: reason)
        }
        // A child between fork and exec holds our descriptors for a moment: a lock that was just given back may look taken.
        var taken = flock(file, LOCK_EX | LOCK_NB)
        for _ in 0..<50 where taken != 0 && errno == EWOULDBLOCK {
            usleep(10_000)
            taken = flock(file, LOCK_EX | LOCK_NB)
        }
        guard taken == 0 else {
            let reason = errno
            let holder = FolderLock.content(of: file)
            close(file)
            throw FolderLock.refusal(reason, holder: holder, path: path)
        }
        let line = "\(getpid()) \(Instant(milliseconds: Int64(time(nil)) * 1000))\n"
        guard ftruncate(file, 0) == 0, pwrite(file, line, line.utf8.count, 0) == line.utf8.count else {
            let reason = String(cString: strerror(errno))
            close(file)
            throw NiangjiaError(
                .store, zh: "无法写入锁文件:磁盘可能已满。", en: "The lock file cannot be written: the disk may be full.",
                place: path,
                cause: reason)
        }
        self.file = file
    }

    deinit {
        // The file stays: deleting it would let two processes lock two files of the same name.
        ftruncate(file, 0)
        close(file)
    }

    private static func content(of file: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = pread(file, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    private static func refusal(_ reason: Int32, holder: String, path: String) -> NiangjiaError {
        guard reason == EWOULDBLOCK else {
            return NiangjiaError(
                .store, zh: "无法锁定数据文件夹。", en: "The data folder cannot be locked.", place: path,
                cause: String(cString: strerror(reason)))
        }
        let parts = holder.split(separator: " ", maxSplits: 1)
        let (pid, since) = parts.count == 2 ? (String(parts[0]), String(parts[1])) : ("?", "?")
        return NiangjiaError(
            .locked, zh: "数据文件夹正被另一个进程使用(进程 \(pid),\(since) 起)。请先停止它,或通过它操作。",
            en:
                "Another process holds the data folder (process \(pid), since \(since)). Stop it first, or go through it.",
            place: path, cause: holder)
    }
}

extension NiangjiaError.Code {
    /// Another process holds what is asked for.
    public static let locked: NiangjiaError.Code = "locked"
}
