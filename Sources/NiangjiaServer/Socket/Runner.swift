import Foundation
import NiangjiaCore

/// Runs an operation for a command: through the server where one holds the folder, else by taking the lock itself.
public enum Runner {
    /// How long a command waits for another command to let go of the folder (milliseconds).
    static let patience = 3_000

    public static func run(
        _ operation: String, _ arguments: Value, in folder: DataFolder, as credentials: Credentials,
        language: Language = .zh, to sink: any OutputSink
    ) async -> ExitStatus {
        do {
            var waited = 0
            while true {
                let line = SocketLine()
                let answered = try await withTaskCancellationHandler {
                    try await offPool {
                        try SocketClient.run(
                            operation, arguments, in: folder, as: credentials, language: language, to: sink, line: line)
                    }
                } onCancel: {
                    line.hangUp()
                }
                if let answered { return answered }
                do {
                    let known = Operations.byName[operation]
                    let opening = known?.opens ?? .work
                    let host = try await Host.open(folder, for: opening, judges: known?.judges ?? false)
                    let status = await Operations.run(
                        // By keys that may be another city's nobody is known.
                        operation, arguments, on: host, as: opening == .compare ? .none : credentials,
                        output: Output(sink, language: language))
                    try await host.close()
                    return status
                } catch let error as NiangjiaError where error.code == .locked && waited < patience {
                    // Another command has it for a moment, or a server is just starting.
                    waited += 100
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        } catch {
            let failure = Operations.describe(error)
            sink.emit(
                .failure(
                    code: failure.code.rawValue, message: failure.message, place: failure.place, cause: failure.cause))
            return failure.code == .notFound ? .misused : .wrong
        }
    }
}
