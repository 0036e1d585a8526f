import CZip
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

        init(archive: ZipArchive, file: OpaquePointer, name: String, size: UInt64) {
            self.archive = archive
            self.file = file
            self.name = name
            self.size = size
        }

        deinit { zip_fclose(file) }

        /// Reads up to the buffer's size; 0 at the end.
        func read(into buffer: UnsafeMutableRawBufferPointer) throws(NiangjiaError) -> Int {
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
