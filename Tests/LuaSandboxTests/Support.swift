import Foundation
import Testing

@testable import LuaSandbox

/// One pool of real worker processes for the suite.
enum Sandbox {
    static let pool: WorkerPool = {
        var configuration = PoolConfiguration()
        configuration.rowMilliseconds = 2_000
        configuration.queueLimit = 10_000  // every test case at once
        return WorkerPool(configuration: configuration)
    }()

    static func source(_ lua: String, unchecked: Bool = false) -> ScriptSource {
        ScriptSource(bytes: Array(lua.utf8), unchecked: unchecked)
    }

    /// Judges one row of `program.assess.x` with the given body.
    static func assess(_ body: String, columns: [ScriptColumn] = [], settings: ScriptValue = [:]) async throws
        -> ScriptVerdict
    {
        let lua = "function program.assess.x(facts, settings, context)\n\(body)\nend"
        return try await judge(source(lua), columns: columns, settings: settings)
    }

    static func judge(
        _ source: ScriptSource, function: String = "assess.x", columns: [ScriptColumn] = [], settings: ScriptValue = [:]
    ) async throws -> ScriptVerdict {
        let call = ScriptCall(function: function, rows: 1, settings: [settings], columns: columns)
        return try await pool.call(call, on: source).rows[0]
    }

    /// The value of an expression, through the `keeps` of a grant.
    static func value(_ expression: String) async throws -> ScriptValue {
        let verdict = try await assess("return grant(0, {keeps = {v = \(expression)}})")
        try #require(verdict.kind == .grant, "\(expression): \(String(describing: verdict.failure))")
        return verdict.keeps["v"]
    }

    /// The failure of an expression.
    static func failure(_ expression: String) async throws -> ScriptFailure {
        let verdict = try await assess("local v = \(expression)\nreturn grant(0)")
        return try #require(verdict.failure, "\(expression) did not fail")
    }

    /// The error that an operation throws, if it does.
    static func error(_ operation: () async throws -> Void) async -> ScriptError? {
        do {
            try await operation()
            return nil
        } catch {
            return error as? ScriptError
        }
    }

    /// The process of a pool's only worker once a script runs in it: it has used more processor time than a start takes.
    static func workerInARow(of pool: WorkerPool) async throws -> Int32 {
        while true {
            if let process = pool.workerProcesses.first,
                let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                // After the name in parentheses: state and ten more, then user time in ticks of 10 ms.
                let ticks = stat.split(separator: ")").last?.split(separator: " ").dropFirst(11).first,
                (Int(ticks) ?? 0) >= 20
            {
                return process
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Why a source can't be loaded.
    static func loadFailure(_ source: ScriptSource) async -> ScriptFailure? {
        let error = await error { _ = try await pool.load(source) }
        if case .script(let failure) = error { return failure }
        return nil
    }

    static func text(_ path: String, _ cells: String?...) -> ScriptColumn {
        ScriptColumn(path, .texts(ScriptDictionary(cells)))
    }

    static func int(_ path: String, _ cells: Int64?...) -> ScriptColumn {
        let absent = cells.contains(nil) ? cells.map { $0 == nil } : []
        return ScriptColumn(path, .integers(cells.map { $0 ?? 0 }), absent: absent)
    }

    /// A date given as days since 1970-01-01.
    static func date(_ path: String, _ cells: Int32?...) -> ScriptColumn {
        let absent = cells.contains(nil) ? cells.map { $0 == nil } : []
        return ScriptColumn(path, .dates(cells.map { $0 ?? 0 }), absent: absent)
    }
}
