import CZip
import Foundation
import NiangjiaCore

/// A zip archive that is read with limits: a small file must not unpack to a large one.
final class ZipArchive {
    /// The largest entry that is unpacked, in bytes.
    static let largestEntry: UInt64 = 1 << 30
    /// How many times its packed size an entry of more than ``ratioFrom`` bytes may unpack to.
    static let largestRatio: UInt64 = 300
    static let ratioFrom: UInt64 = 16 << 20

    private let archive: OpaquePointer
    let path: String

    init(path: String) throws(NiangjiaError) {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
            throw NiangjiaError(
                .invalid, zh: "不是完整的 xlsx 文件(可能下载不全)", en: "not a complete xlsx file", place: path,
                cause: "libzip \(code)")
        }
        self.archive = archive
        self.path = path
        guard zip_get_num_entries(archive, 0) <= 10_000 else {
            zip_discard(archive)
            throw NiangjiaError(.invalid, zh: "压缩包内文件过多", en: "too many entries in the archive", place: path)
        }
    }

    deinit { zip_discard(archive) }

    func contains(_ name: String) -> Bool { zip_name_locate(archive, name, 0) >= 0 }

    /// Opens an entry for reading; nil when there is none of that name.
    func entry(_ name: String) throws(NiangjiaError) -> Entry? {
        var about = zip_stat_t()
        zip_stat_init(&about)
        guard zip_stat(archive, name, 0, &about) == 0 else { return nil }
        let isBomb = about.size > ZipArchive.ratioFrom && about.size / max(1, about.comp_size) > ZipArchive.largestRatio
        guard about.size <= ZipArchive.largestEntry, !isBomb else { throw tooLarge(name) }
        guard about.encryption_method == 0 else {
            throw NiangjiaError(
                .invalid, zh: "工作簿有密码,请去掉密码后再导入", en: "the workbook has a password; remove it", place: path)
        }
        guard let file = zip_fopen(archive, name, 0) else {
            throw NiangjiaError(
                .invalid, zh: "无法读取工作簿中的 \(name)", en: "can't read \(name) in the workbook", place: path)
        }
        return Entry(archive: self, file: file, name: name, size: about.size)
    }

    fileprivate func tooLarge(_ name: String) -> NiangjiaError {
        NiangjiaError(
            .invalid, zh: "工作簿中的 \(name) 展开后过大,已拒绝", en: "\(name) in the workbook unpacks to too much; refused",
            place: path)
    }

    /// One entry, read in order. Keeps its archive open.
    final class Entry {
        private let archive: ZipArchive
        private let file: OpaquePointer
        private let name: String
        private let size: UInt64
        private var done: UInt64 = 0
        /// What was unpacked on the way to a tag, and is still to be read.
        private var ahead: ArraySlice<UInt8> = []

        init(archive: ZipArchive, file: OpaquePointer, name: String, size: UInt64) {
            self.archive = archive
            self.file = file
            self.name = name
            self.size = size
        }

        deinit { zip_fclose(file) }

        /// Reads up to the buffer's size; 0 at the end.
        func read(into buffer: UnsafeMutableRawBufferPointer) throws(NiangjiaError) -> Int {
            guard ahead.isEmpty else {
                let part = ahead.prefix(buffer.count)
                ahead = ahead.dropFirst(part.count)
                buffer.copyBytes(from: part)
                return part.count
            }
            return try unpack(into: buffer)
        }

        /// Goes to the first tag of this name in XML, which is unpacked but not parsed on the way: what is read next begins with the
        /// tag. False at the end, when there is none.
        func skip(toTag tag: StaticString) throws(NiangjiaError) -> Bool {
            let space = UnsafeMutableRawBufferPointer.allocate(byteCount: Entry.piece + Entry.longestTag, alignment: 1)
            defer { space.deallocate() }
            // What the piece before ended with in the middle of a tag's name.
            var kept = 0
            while true {
                let count = try unpack(into: UnsafeMutableRawBufferPointer(rebasing: space[kept..<kept + Entry.piece]))
                if count == 0 { return false }
                let bytes = UnsafeRawBufferPointer(rebasing: space[..<(kept + count)])
                let (start, isWhole) = Entry.find(tag, in: bytes)
                if isWhole {
                    ahead = ArraySlice(bytes[start...])
                    return true
                }
                kept = bytes.count - start
                space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start...]))
            }
        }

        private static let piece = 1 << 16
        /// The longest name of a tag that is looked for, with the prefix of its namespace.
        private static let longestTag = 128

        /// Where a tag of this name begins; without one, where a name begins that the bytes end in.
        private static func find(_ tag: StaticString, in bytes: UnsafeRawBufferPointer) -> (start: Int, isWhole: Bool) {
            guard let base = bytes.baseAddress else { return (0, false) }
            var at = 0
            while let hit = memchr(base + at, 0x3C, bytes.count - at) {
                let start = UnsafeRawPointer(hit) - base
                var (end, local) = (start + 1, start + 1)
                name: while end < bytes.count {
                    switch bytes[end] {
                    case 0x20, 0x09, 0x0D, 0x0A, 0x2F, 0x3E: break name
                    case 0x3A: local = end + 1
                    default: break
                    }
                    end += 1
                }
                guard end < bytes.count else {
                    return (bytes.count - start < longestTag ? start : bytes.count, false)
                }
                let isIt =
                    end - local == tag.utf8CodeUnitCount && memcmp(base + local, tag.utf8Start, end - local) == 0
                if isIt { return (start, true) }
                at = end
            }
            return (bytes.count, false)
        }

        private func unpack(into buffer: UnsafeMutableRawBufferPointer) throws(NiangjiaError) -> Int {
            let count = zip_fread(file, buffer.baseAddress, zip_uint64_t(buffer.count))
            guard count >= 0 else {
                throw NiangjiaError(
                    .invalid, zh: "工作簿已损坏(\(name))", en: "the workbook is damaged (\(name))", place: archive.path)
            }
            done += UInt64(count)
            // What the archive says about an entry's size is not believed.
            guard done <= size else { throw archive.tooLarge(name) }
            return Int(count)
        }
    }
}
