import Foundation
import NiangjiaCore

/// Which keys a file's rows have had so far, and which row had each first: in memory for a few, then in a temporary file without
/// a name, so that a file of any length is read in the same memory.
///
/// Keys are known by 64 bits of a keyed hash: two of ten million different ones look the same once in 400,000 files.
final class SeenKeys {
    /// Keys that are kept in memory.
    static let few: Int = 1 << 15
    private var known: [UInt64: UInt32] = [:]
    private var table: SpilledTable?

    /// Notes a row's key; the number of the row that had it before, if any did.
    func note(_ key: String, row: Int) throws(NiangjiaError) -> Int? {
        let hash = UInt64(bitPattern: Int64(key.hashValue))
        let number = UInt32(clamping: row)
        if let table { return try table.note(hash, number).map(Int.init) }
        if let first = known[hash] { return Int(first) }
        known[hash] = number
        if known.count >= SeenKeys.few {
            let spilled = try SpilledTable(slots: SeenKeys.few * 4)
            for (hash, number) in known { _ = try spilled.note(hash, number) }
            (table, known) = (spilled, [:])
        }
        return nil
    }
}

/// A hash table in a file: slots of a hash and a number, the free ones all zero, found by linear probing.
private final class SpilledTable {
    private struct Slot {
        var hash: UInt64 = 0
        /// Never 0 where the slot is taken.
        var number: UInt64 = 0
    }

    /// Slots that are read at a time.
    private static let window = 16
    private var file: Int32
    private var slots: Int
    private var count = 0
    private var buffer = [Slot](repeating: Slot(), count: SpilledTable.window)

    /// - Parameter slots: a power of two.
    init(slots: Int) throws(NiangjiaError) {
        self.slots = slots
        file = try SpilledTable.temporaryFile(slots)
    }

    deinit { close(file) }

    private static func temporaryFile(_ slots: Int) throws(NiangjiaError) -> Int32 {
        let folder = FileManager.default.temporaryDirectory.path
        var name = Array((folder + "/niangjia-XXXXXX").utf8CString)
        let file = mkstemp(&name)
        guard file >= 0, fcntl(file, F_SETFD, FD_CLOEXEC) == 0 else { throw fault(folder) }
        // It goes with this process, whatever ends it.
        unlink(name)
        guard ftruncate(file, slots * MemoryLayout<Slot>.stride) == 0 else {
            close(file)
            throw fault(folder)
        }
        return file
    }

    private static func fault(_ place: String) -> NiangjiaError {
        NiangjiaError(
            .store, zh: "临时文件夹无法写入:请检查剩余空间,或用 TMPDIR 指定另一个。",
            en: "The folder for temporary files can't be written to: free some room, or name another by TMPDIR.",
            place: place, cause: String(cString: strerror(errno)))
    }

    func note(_ hash: UInt64, _ number: UInt32) throws(NiangjiaError) -> UInt32? {
        if count * 3 > slots * 2 { try grow() }
        let (at, first) = try find(hash)
        if let first { return first }
        try write(Slot(hash: hash, number: UInt64(number) + 1), at)
        count += 1
        return nil
    }

    /// The slot of a hash, or the free one where it belongs.
    private func find(_ hash: UInt64) throws(NiangjiaError) -> (slot: Int, number: UInt32?) {
        var at = Int(truncatingIfNeeded: hash) & (slots - 1)
        while true {
            let length = min(SpilledTable.window, slots - at)
            try read(length, at)
            for n in 0..<length {
                if buffer[n].number == 0 { return (at + n, nil) }
                if buffer[n].hash == hash { return (at + n, UInt32(truncatingIfNeeded: buffer[n].number - 1)) }
            }
            at = (at + length) & (slots - 1)
        }
    }

    private func grow() throws(NiangjiaError) {
        let larger = try SpilledTable(slots: slots * 2)
        var at = 0
        while at < slots {
            let length = min(SpilledTable.window, slots - at)
            try read(length, at)
            for slot in buffer[..<length] where slot.number != 0 {
                _ = try larger.note(slot.hash, UInt32(truncatingIfNeeded: slot.number - 1))
            }
            at += length
        }
        swap(&file, &larger.file)
        swap(&slots, &larger.slots)
    }

    private func read(_ length: Int, _ at: Int) throws(NiangjiaError) {
        let size = MemoryLayout<Slot>.stride
        let got = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress, length * size, at * size) }
        guard got == length * size else { throw SpilledTable.fault(FileManager.default.temporaryDirectory.path) }
    }

    private func write(_ slot: Slot, _ at: Int) throws(NiangjiaError) {
        let size = MemoryLayout<Slot>.stride
        let put = withUnsafeBytes(of: slot) { pwrite(file, $0.baseAddress, size, at * size) }
        guard put == size else { throw SpilledTable.fault(FileManager.default.temporaryDirectory.path) }
    }
}
