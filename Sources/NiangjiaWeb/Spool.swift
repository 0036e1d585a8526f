import Foundation
import Hummingbird
import NIOCore
import NIOPosix
import NiangjiaCore

/// A file that came in, and the room on the disk that is held for it.
struct SpooledFile: Sendable {
    let path: String
    fileprivate let bytes: Int
    fileprivate let account: String
    fileprivate let room: Shares

    /// Removes what is left of the file and gives its room back.
    func remove() {
        unlink(path)
        room.give(bytes, of: account)
    }
}

/// Puts a body on the disk as it comes in: memory holds one piece of it at a time, whatever its size.
enum Spool {
    /// Pieces are gathered to so many bytes before they are written.
    private static let gathered = 256 << 10

    /// Receives a body of an account as a file that is readable by the host only. Whoever asked removes it.
    ///
    /// - Throws: `invalid` for none at all; `too_large` for a body beyond `most` bytes, which is not read on; `busy` where too much
    ///   lies there already; `store` where the disk takes no more.
    static func receive(
        _ request: Request, most: Int, in folder: String, of account: String, _ exchange: Exchange
    ) async throws -> SpooledFile {
        guard request.headers[.contentLength].flatMap({ Int($0) }) ?? 0 <= most else { throw tooLarge(most) }
        let path = "\(folder)/\(UUID().uuidString.lowercased())"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unwritable }
        defer { close(file) }
        let room = exchange.door.spooled
        var held = 0
        do {
            var size = 0
            var waiting = ByteBuffer()
            for try await piece in request.body {
                size += piece.readableBytes
                guard size <= most else { throw tooLarge(most) }
                guard room.take(piece.readableBytes, for: account) else { throw exchange.turnedAway(.full) }
                held = size
                waiting.writeImmutableBuffer(piece)
                if waiting.readableBytes >= gathered {
                    try await put(waiting, file)
                    waiting.clear()
                }
            }
            guard size > 0 else {
                throw NiangjiaError(
                    .invalid, zh: "缺少正文:正文就是文件。", en: "The body is missing: it is the file.", place: "")
            }
            try await put(waiting, file)
            return SpooledFile(path: path, bytes: held, account: account, room: room)
        } catch {
            room.give(held, of: account)
            unlink(path)
            throw error
        }
    }

    /// Writes on a thread that may wait for the disk.
    private static func put(_ buffer: ByteBuffer, _ file: Int32) async throws {
        try await NIOThreadPool.singleton.runIfActive {
            try buffer.withUnsafeReadableBytes { bytes in
                var written = 0
                while written < bytes.count {
                    let count = write(file, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                    guard count > 0 else { throw unwritable }
                    written += count
                }
            }
        }
    }

    private static func tooLarge(_ most: Int) -> NiangjiaError {
        NiangjiaError(
            "too_large", zh: "文件超过 \(most >> 20) MB。", en: "The file is larger than \(most >> 20) MB.", place: "")
    }

    private static let unwritable = NiangjiaError(
        .store, zh: "文件没有存上:磁盘可能已满。", en: "The file could not be kept: the disk may be full.")
}
