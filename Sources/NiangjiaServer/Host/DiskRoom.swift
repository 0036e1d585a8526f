import Foundation

/// How much room is left where something lies.
struct DiskRoom: Sendable, Hashable {
    /// Bytes that the process may still take.
    var free: Int64
    /// Whether another file may be made.
    var hasFiles: Bool

    /// Below this a commit, with what is beside it, may not fit (bytes).
    static let least: Int64 = 4 << 20
    /// Below this somebody should see to it (bytes).
    static let ample: Int64 = 1 << 30

    /// Whether what people ask for can be written.
    var suffices: Bool { free >= DiskRoom.least && hasFiles }
}

extension DiskRoom {
    /// nil where the system doesn't tell.
    init?(at path: String) {
        var found = statvfs()
        guard statvfs(path, &found) == 0 else { return nil }
        free = Int64(clamping: UInt64(found.f_bavail) &* UInt64(found.f_frsize))
        // File systems that make them as needed count none.
        hasFiles = found.f_files == 0 || found.f_favail > 0
    }
}
