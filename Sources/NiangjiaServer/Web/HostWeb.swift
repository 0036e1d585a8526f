import Foundation
import NiangjiaCore
import NiangjiaWeb

/// The host as the web layer sees it.
struct HostWeb: WebHost {
    let host: Host

    func account(token: String) async throws -> Account {
        do {
            if token.hasPrefix(Access.deviceKeyPrefix) { return try await host.access.authenticate(device: token) }
            return try await host.access.authenticate(token)
        } catch { throw Operations.describe(error) }
    }

    var incoming: String { host.folder.incoming }

    func largestFile(for operation: String) -> Int {
        switch operation {
        case "import.put": ImportDesk.largestFile
        case "batch.result": 20 << 20
        default: EvidenceFiles.largest
        }
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

    func once(
        _ key: String, _ request: [UInt8], as account: Account, _ work: @Sendable () async throws -> Value
    ) async throws -> (value: Value, isRepeated: Bool) {
        let context = host.context(account.id)
        let standing: Idempotency.Standing
        do {
            standing = try await host.store.write(.interactive) { writer in
                try Idempotency.begin(key: key, account: account.id, body: request, context, in: writer)
            }
        } catch { throw Operations.describe(error) }
        switch standing {
        case .done(let value): return (value, true)
        case .begun:
            throw NiangjiaError(
                "in_progress", zh: "这项请求正在办理,或上次中断而结果不明:请先查询是否已办,再用新的键重发。",
                en:
                    "This request is being dealt with, or was cut off and nobody can know: look whether it was done before sending it again with a new key."
            )
        case .taken: break
        }
        let value: Value
        do {
            value = try await work()
        } catch {
            let failure = Operations.describe(error)
            // What was refused had no effect; of what failed half-way nobody can say so.
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

    private static func hadNoEffect(_ error: NiangjiaError) -> Bool {
        ![.internal, .store, .pluginFailed].contains(error.code)
    }
}
