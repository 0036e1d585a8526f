import Foundation
import NiangjiaCore

/// Sessions that `account login` has opened, kept for the next commands in the user's own folder, never in the data folder.
///
/// `NIANGJIA_SESSIONS` names another file; the default is `$XDG_STATE_HOME/niangjia/sessions.json`, `~/.local/state` without it.
public struct SavedSessions: Sendable {
    private let path: String
    private let folder: String

    public init(for folder: DataFolder, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let state = environment["XDG_STATE_HOME"] ?? NSHomeDirectory() + "/.local/state"
        path = environment["NIANGJIA_SESSIONS"] ?? state + "/niangjia/sessions.json"
        self.folder = folder.path
    }

    /// The token of an account, or of whoever signed in last.
    public func token(of account: String?) -> String? {
        let city = read()[folder]
        guard let account = account ?? city["current"].text else { return nil }
        return city["accounts"][account].text
    }

    /// Keeps a token. `makesCurrent`: commands without `--as` are this account's from now on.
    public func save(_ token: String, of account: String, makesCurrent: Bool = true) throws {
        var all = read().map ?? [:]
        var city = all[folder]?.map ?? [:]
        var accounts = city["accounts"]?.map ?? [:]
        accounts[account] = .text(token)
        city["accounts"] = .map(accounts)
        if makesCurrent || city["current"] == nil { city["current"] = .text(account) }
        all[folder] = .map(city)
        try write(.map(all))
    }

    /// Forgets an account's token.
    public func remove(_ account: String) throws {
        var all = read().map ?? [:]
        var city = all[folder]?.map ?? [:]
        var accounts = city["accounts"]?.map ?? [:]
        accounts[account] = nil
        city["accounts"] = .map(accounts)
        if city["current"]?.text == account { city["current"] = nil }
        all[folder] = .map(city)
        try write(.map(all))
    }

    /// Who signed in last.
    public var current: String? { read()[folder]["current"].text }

    private func read() -> Value {
        guard let data = FileManager.default.contents(atPath: path) else { return .map([:]) }
        return (try? Value(jsonBytes: [UInt8](data))) ?? .map([:])
    }

    private func write(_ value: Value) throws {
        let parent = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // Made with its mode from the start: a token must not be readable for a moment either.
        let unfinished = path + ".\(getpid()).new"
        let file = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let bytes = Array((value.json + "\n").utf8)
        guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count, Glibc.close(file) == 0,
            rename(unfinished, path) == 0
        else {
            throw NiangjiaError(
                .store, zh: "登录状态没有存上。", en: "The sign-in could not be kept.", place: path)
        }
    }
}
