import Foundation

/// Where a file that is being written lies until it is whole: `NAME.PID-RANDOM.part` beside it, a name that no other writer of the same
/// file has.
enum UnfinishedFile {
    static func path(for path: String) -> String {
        "\(path).\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).part"
    }

    /// How long what a writer left is kept, in seconds: a process id says nothing of a writer in another container.
    static let kept = 24 * 3600

    /// Removes what killed writers of a file left beside it. What can't be removed is left where it is: it is in nobody's way.
    ///
    /// - Parameter descriptor: the writing that begins; ages are counted back from it.
    static func removeLeft(beside path: String, by descriptor: Int32) {
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let folder = cut == path.startIndex ? "." : String(path[..<cut])
        let prefix = path[cut...] + "."
        var own = stat()
        guard fstat(descriptor, &own) == 0, let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        else { return }
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(".part") {
            let rest = name.dropFirst(prefix.count)
            guard let dash = rest.firstIndex(of: "-"), let writer = pid_t(rest[..<dash]), writer > 0 else { continue }
            let left = folder + "/" + name
            var about = stat()
            guard lstat(left, &about) == 0, about.st_uid == own.st_uid,
                own.st_mtim.tv_sec - about.st_mtim.tv_sec > kept, kill(writer, 0) != 0, errno == ESRCH
            else { continue }
            unlink(left)
        }
    }
}
