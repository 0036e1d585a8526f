import Foundation
import NiangjiaCore
import NiangjiaWeb

/// The host as the web layer sees it.
struct HostWeb: WebHost {
    let host: Host
    /// Keys whose work is being done by this process, each with the digest of what was asked; what else has begun was cut off.
    private let atWork = Guarded<[String: [UInt8]]>([:])

    init(host: Host) { self.host = host }

    func account(token: String) async throws -> Account {
        do {
            if token.hasPrefix(Access.deviceKeyPrefix) { return try await host.access.authenticate(device: token) }
            return try await host.authenticate(token)
        } catch { throw Operations.describe(error) }
    }

    func check(_ operation: String, _ account: Account) throws {
        guard let operation = Operations.byName[operation] else { return }
        try operation.check(account, isFounding: false)
        try operation.checkDevice(account)
    }

    var incoming: String { host.folder.incoming }

    func largestFile(for operation: String) -> Int {
        Operations.byName[operation]?.largestFile ?? EvidenceFiles.largest
    }

    func perform(_ operation: String, _ arguments: Value, as account: Account?, in language: Language) async throws
        -> Value
    {
        let sink = AnswerSink()
        let output = Output(sink, language: language)
        do {
            try await Operations.perform(operation, arguments, on: host, as: account, output: output)
        } catch { throw Operations.describe(error) }
        return sink.answer ?? .map([:])
    }

    func isInstant(_ operation: String) -> Bool { Operations.byName[operation]?.instantly != nil }

    func instantly(_ operation: String) -> InstantWork? {
        guard let work = Operations.instantly(operation, on: host) else { return nil }
        return { arguments, language in
            let sink = AnswerSink()
            do { try work(arguments, Output(sink, language: language)) } catch { throw Operations.describe(error) }
            return sink.json ?? Value.map([:]).jsonBytes
        }
    }

    func once(
        _ key: String, _ request: [UInt8], of operation: String, as account: Account,
        _ work: @Sendable () async throws -> Value
    ) async throws -> (value: Value, isRepeated: Bool) {
        let context = host.context(account.id)
        let name = "\(account.id) \(key)"
        let digest = host.crypto.digest(request)
        let asked = atWork.withLock { atWork in
            defer { atWork[name] = atWork[name] ?? digest }
            return atWork[name]
        }
        if let asked { throw asked == digest ? HostWeb.inProgress : Idempotency.otherRequest }
        defer { atWork.withLock { $0[name] = nil } }
        let standing: Idempotency.Standing
        do {
            standing = try await host.store.write(.interactive) { writer in
                try Idempotency.begin(key: key, account: account.id, body: request, context, in: writer)
            }
        } catch { throw Operations.describe(error) }
        var cutOffSince: Instant?
        switch standing {
        case .done(let value): return (value, true)
        case .begun(let since, hasEffect: true):
            guard Operations.byName[operation]?.goesOn == true else { throw HostWeb.cutOff(since, now: context.now) }
            cutOffSince = since
        case .begun(let since, hasEffect: false): throw HostWeb.undone(since, now: context.now)
        case .taken: break
        }
        let value: Value
        do {
            let current = Idempotency.Key(key, account: account.id, cutOffSince: cutOffSince)
            value = try await Idempotency.$current.withValue(current) { try await work() }
        } catch {
            let failure = Operations.describe(error)
            // What was refused had no effect, unless it was written first; of what failed half-way nobody can say so.
            if HostWeb.hadNoEffect(failure) {
                try? await host.store.write(.interactive) { try Idempotency.drop(key, account: account.id, in: $0) }
            }
            throw failure
        }
        do {
            try await host.store.write(.interactive) { writer in
                try Idempotency.finish(key, account: account.id, value, in: writer)
            }
        } catch { throw Operations.describe(error) }
        return (value, false)
    }

    private static let inProgress = NiangjiaError(
        "in_progress", zh: "这项请求正在办理,请稍后用同一个键再问。",
        en: "This request is being dealt with: ask again with the same key in a moment.", retryAfter: 5)

    /// The first request ended without an answer, and nothing of it was committed: the same key may be sent again in a moment.
    private static func undone(_ since: Instant, now: Instant) -> NiangjiaError {
        NiangjiaError(
            "in_progress", zh: "这项请求上次中断,什么都没有办理:请稍后用同一个键重发。",
            en: "This request was cut off and nothing of it was done: send it again with the same key in a moment.",
            retryAfter: max(1, (since + Idempotency.rest - now + 999) / 1_000))
    }

    /// The first request ended without an answer, by a crash or a fault half-way, and something of it was committed: nobody can know
    /// whether that was all.
    private static func cutOff(_ since: Instant, now: Instant) -> NiangjiaError {
        let free = since + Idempotency.kept
        return NiangjiaError(
            "cut_off",
            zh: "这项请求上次中断,已写下一部分或全部:请先查询;没有办成的,用新的键重发。同一个键到 \(free) 才按新请求办理。",
            en:
                "This request was cut off and may have been done, in part or whole: look first, and where it wasn't send it with a new key. The same key is taken for a new request from \(free) on.",
            retryAfter: (free - now + 999) / 1_000)
    }

    /// Whether what was asked for was refused: what failed half-way may have done some of it.
    static func hadNoEffect(_ error: NiangjiaError) -> Bool {
        ![.internal, .store, .full, .pluginFailed].contains(error.code)
    }
}
