import Foundation
import NiangjiaCore

/// How the characters of a text file are written.
public enum TextEncoding: String, Sendable, Hashable, CaseIterable {
    case utf8 = "utf-8"
    /// UTF-8 behind a byte order mark, which Excel on Chinese Windows needs.
    case utf8BOM = "utf-8-bom"
    case utf16LE = "utf-16le"
    case utf16BE = "utf-16be"
    /// GB 18030, with its 4-byte sequences; Excel's "CSV" on Chinese Windows is a part of it.
    case gb18030
    /// CP936: what older bank programs read. Rare characters of names are not in it.
    case gbk

    /// The name under which iconv knows it.
    var iconvName: String {
        switch self {
        case .utf8, .utf8BOM: "UTF-8"
        case .utf16LE: "UTF-16LE"
        case .utf16BE: "UTF-16BE"
        case .gb18030: "GB18030"
        case .gbk: "CP936"
        }
    }

    /// The length of the byte order mark at the start of a file of this encoding, when it has one.
    static func mark(of head: [UInt8]) -> (encoding: TextEncoding, length: Int)? {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8BOM, 3) }
        if head.starts(with: [0xFF, 0xFE]) { return (.utf16LE, 2) }
        if head.starts(with: [0xFE, 0xFF]) { return (.utf16BE, 2) }
        return nil
    }

    /// Finds the encoding of a file: a byte order mark, else UTF-8 where every byte fits, else GB 18030.
    public static func detect(file path: String) throws(NiangjiaError) -> TextEncoding {
        let file = try ByteFile(reading: path)
        defer { file.close() }
        var tail: [UInt8] = []
        var isFirst = true
        while true {
            let chunk = try file.read(1 << 18)
            if isFirst, let mark = mark(of: Array(chunk.prefix(3))) { return mark.encoding }
            isFirst = false
            if chunk.isEmpty { return tail.isEmpty ? .utf8 : .gb18030 }
            tail.append(contentsOf: chunk)
            let whole = tail.count - UTF8Check.unfinishedTail(tail)
            guard UTF8Check.isValid(tail[..<whole]) else { return .gb18030 }
            tail = Array(tail[whole...])
        }
    }
}

/// Validation of UTF-8 in pieces.
enum UTF8Check {
    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// How many bytes at the end begin a sequence that goes on in the next piece: 0 to 3.
    static func unfinishedTail(_ bytes: [UInt8]) -> Int {
        for back in 1...3 where bytes.count >= back {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return needed > back ? back : 0
        }
        return 0
    }

    /// The offset of the first byte that is no UTF-8; nil when all are.
    static func firstFault(_ bytes: ArraySlice<UInt8>) -> Int? {
        if isValid(bytes) { return nil }
        var low = bytes.startIndex
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): low += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error: return low
            }
        }
    }
}

/// A file of bytes, read or written in order. What is written lies under another name beside it until it is finished: there is the
/// whole file or none.
public final class ByteFile {
    private let handle: UnsafeMutablePointer<FILE>
    let path: String
    /// Where what is written lies until it is finished.
    private let unfinished: String?
    private var isOpen = true

    init(reading path: String) throws(NiangjiaError) {
        guard let handle = fopen(path, "rb") else { throw ByteFile.failure("无法打开文件", "can't open the file", path) }
        self.handle = handle
        self.path = path
        unfinished = nil
    }

    /// Makes a file that only its owner may read; one that is there is replaced, and so is a link: in a folder that others may write
    /// to, nothing goes into a file that somebody laid there, nor to where a link leads.
    public init(writing path: String) throws(NiangjiaError) {
        // Of two writers of the same file each finishes a whole one, and the last one's stays.
        let unfinished = UnfinishedFile.path(for: path)
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, let handle = fdopen(descriptor, "wb") else {
            throw ByteFile.failure("无法写入文件", "can't write the file", path)
        }
        UnfinishedFile.removeLeft(beside: path, by: descriptor)
        self.handle = handle
        self.path = path
        self.unfinished = unfinished
    }

    /// A name for the open file itself, for libraries that open by name: whoever changes the folder meanwhile changes nothing about it.
    var openName: String { "/proc/self/fd/\(fileno(handle))" }

    deinit { close() }

    /// Up to `count` bytes; none at the end.
    func read(_ count: Int) throws(NiangjiaError) -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            used = fread(buffer.baseAddress, 1, count, handle)
        }
        if bytes.isEmpty, ferror(handle) != 0 { throw ByteFile.failure("读取文件失败", "reading the file failed", path) }
        return bytes
    }

    /// Writes bytes behind those before.
    public func write(_ bytes: [UInt8]) throws(NiangjiaError) {
        guard bytes.isEmpty || fwrite(bytes, 1, bytes.count, handle) == bytes.count else {
            throw ByteFile.failure("写入文件失败(磁盘可能已满)", "writing the file failed (is the disk full?)", path)
        }
    }

    /// Hands everything to the disk, and gives the file its name.
    public func finish() throws(NiangjiaError) {
        guard fflush(handle) == 0, fsync(fileno(handle)) == 0 else {
            throw ByteFile.failure("写入文件失败(磁盘可能已满)", "writing the file failed (is the disk full?)", path)
        }
        if let unfinished, rename(unfinished, path) != 0 {
            throw ByteFile.failure("无法写入文件", "can't write the file", path)
        }
        isOpen = false
        fclose(handle)
    }

    /// Closes the file; what wasn't finished is gone.
    func close() {
        guard isOpen else { return }
        isOpen = false
        fclose(handle)
        if let unfinished { unlink(unfinished) }
    }

    private static func failure(_ zh: String, _ en: String, _ path: String) -> NiangjiaError {
        let reason = String(cString: strerror(errno))
        return NiangjiaError(.invalid, zh: "\(zh):\(path)", en: "\(en): \(path)", place: path, cause: reason)
    }
}
