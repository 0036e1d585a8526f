import Foundation
import NiangjiaCore

/// Whose files are, and what to say to whoever may not use them.
enum Ownership {
    /// What is to be said where this process may not use something that is there, or not even look; nil where it may, and where there
    /// is nothing.
    ///
    /// - Parameter use: `R_OK`, `W_OK` or both.
    static func refusal(of path: String, to use: Int32) -> NiangjiaError? {
        guard access(path, use) != 0, errno == EACCES else { return nil }
        // What can't be seen lies in a folder that may not be entered: the last one that can be seen is told.
        var seen = path
        var status = stat()
        while stat(seen, &status) != 0, seen.count > 1 { seen = (seen as NSString).deletingLastPathComponent }
        return refusal(of: seen, owner: name(status.st_uid), user: name(geteuid()))
    }

    /// The words for it.
    static func refusal(of path: String, owner: String, user: String) -> NiangjiaError {
        let way =
            owner == user
            ? LocalText(zh: "请执行 chmod u+rwX \(path)", en: "chmod u+rwX \(path)")
            : LocalText(
                zh: "请换用 \(owner) 运行,或把数据文件夹和密钥文件交给 \(user):sudo chown -R \(user): 文件夹 密钥文件",
                en:
                    "run this as \(owner), or give \(user) the data folder and the key file: sudo chown -R \(user): FOLDER KEYS"
            )
        let whose =
            owner == user
            ? LocalText(zh: "它属于您(\(user)),但权限位不许读写", en: "it is yours (\(user)), and its mode doesn't let you")
            : LocalText(zh: "它属于 \(owner),现在的用户是 \(user)", en: "\(owner) owns it, and you are \(user)")
        return NiangjiaError(
            .store, zh: "没有权限:\(whose.zh)。\(way.zh)。", en: "Not allowed: \(whose.en): \(way.en).", place: path)
    }

    /// The name of a user; the number where it has none.
    private static func name(_ id: uid_t) -> String {
        guard let entry = getpwuid(id), let name = entry.pointee.pw_name else { return "\(id)" }
        return String(cString: name)
    }

    /// Whether this process's user owns a file itself, whatever a link says.
    static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_uid == geteuid()
    }

    /// Whether others than the owner may do something with a file.
    static func isOpen(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }
}
