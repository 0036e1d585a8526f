import Foundation
import LuaSandbox

/// What one judged call costs from host to worker and back, on the thread that drives the worker, beside a bare ping over a socket
/// pair to another process.
struct CallCost {
    /// Exchanges of a kind in a row; the kinds take turns.
    let count: Int
    let rounds: Int
    /// Microseconds between two exchanges.
    let pause: UInt32

    func run() throws {
        let ping = try Ping()
        defer { ping.end() }
        // Judged once, as in the middle of a batch; an interactive call is judged a second time in a state of its own.
        let once = lease(verifyRows: 0)
        let twice = lease(verifyRows: 1)
        defer { [once, twice].forEach { $0.release() } }
        let call = try Self.call.journaled()
        let action = ScriptAction(function: "action.ask", input: ["n": 3])
        var kinds: [(name: String, body: () throws -> Void)] = []
        kinds.append(("ping", { try ping.exchange() }))
        kinds.append(("judged_once", { _ = try once.judge(call, skipping: [:]) }))
        kinds.append(("judged_and_proven", { _ = try twice.judge(call, skipping: [:]) }))
        kinds.append(("action_with_a_callback", { _ = try once.act(action) { _ in .value(7) } }))
        for (_, body) in kinds { for _ in 0..<200 { try body() } }
        var medians = [String: [Double]]()
        for _ in 0..<rounds {
            for (name, body) in kinds { medians[name, default: []].append(try median(count, body)) }
        }
        for (name, _) in kinds {
            let ratios = zip(medians[name] ?? [], medians["ping"] ?? []).map { $0 / $1 }.sorted()
            let microseconds = (medians[name] ?? []).sorted()[rounds / 2]
            print(
                String(format: "name=%@ p50_us=%.1f to_ping=%.2f", name, microseconds, ratios[rounds / 2]))
        }
    }

    private func lease(verifyRows: Int) -> Lease {
        var configuration = PoolConfiguration()
        configuration.verifyRows = verifyRows
        configuration.verifyEvery = 0
        configuration.callsPerWorker = .max
        let lease = Lease(configuration: configuration) { _ in }
        lease.bind(to: ScriptSource(name: "main.lua", bytes: Array(Self.rule.utf8)))
        return lease
    }

    private func median(_ count: Int, _ body: () throws -> Void) throws -> Double {
        var times: [Double] = []
        times.reserveCapacity(count)
        for _ in 0..<count {
            let start = Usage.now()
            try body()
            times.append((Usage.now() - start) * 1e6)
            // People don't come back to back: the worker has this long for what it does after an answer.
            if pause > 0 { usleep(pause) }
        }
        return times.sorted()[count / 2]
    }

    private static var call: ScriptCall {
        ScriptCall(
            function: "assess.package", rows: 1,
            settings: [["value": 20_000, "hardship": 10_000, "joined_by": "2026-05-31"]],
            columns: [
                ScriptColumn("facts.subject.occupation", .texts(ScriptDictionary(["courier"]))),
                ScriptColumn("facts.subject.member_status", .texts(ScriptDictionary(["active"]))),
                ScriptColumn("facts.subject.joined_on", .dates([18_000])),
                ScriptColumn("facts.household.hardship_class", .texts(ScriptDictionary(["deep"]))),
                ScriptColumn("facts.household.size", .integers([4])),
            ])
    }

    private static let rule = """
        function program.assess.package(facts, settings)
          local person, household = facts.subject, facts.household
          if person.member_status ~= "active" then return refuse("NOT_ACTIVE") end
          if person.joined_on > settings.joined_by then return refuse("JOINED_LATE") end
          local fen = settings.value
          if household.hardship_class == "deep" then fen = fen + settings.hardship end
          return grant(fen)
        end
        function program.action.ask(input, settings, context)
          return answer {row = record.get("score", {input.n})}
        end
        """
}

/// Bytes to another process and back: `cat` at the end of a socket pair.
private final class Ping {
    private let process = Process()
    private let handle: Int32
    private var byte = [UInt8](repeating: 1, count: 64)

    init() throws {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw POSIXError(.EIO)
        }
        handle = ends[0]
        let other = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        process.executableURL = URL(fileURLWithPath: "/bin/cat")
        process.standardInput = other
        process.standardOutput = other
        try process.run()
    }

    func exchange() throws {
        guard send(handle, byte, byte.count, Int32(MSG_NOSIGNAL)) == byte.count else {
            throw POSIXError(.EPIPE)
        }
        var got = 0
        while got < byte.count {
            let read = recv(handle, &byte, byte.count - got, 0)
            guard read > 0 else { throw POSIXError(.EPIPE) }
            got += read
        }
    }

    func end() {
        close(handle)
        process.terminate()
    }
}
