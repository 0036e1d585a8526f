import Foundation
import Glibc
import Testing

@testable import LuaSandbox

/// A script that has broken out of Lua and makes system calls of its own, in a worker that was started as every worker is: it
/// still can't open, connect, fork, exec, signal, or read anything of the host. Its row has failed; the host goes on.
@Suite(.serialized) struct NativeTests {
    private static let launcher = WorkerLauncher(executable: WorkerLauncher.default.executable + "-native")

    private func pool(rowMilliseconds: Int = 5_000, callMilliseconds: Int = 30_000) -> WorkerPool {
        var configuration = PoolConfiguration(launcher: Self.launcher)
        configuration.rowMilliseconds = rowMilliseconds
        configuration.callMilliseconds = callMilliseconds
        configuration.interactiveWorkers = 1
        return WorkerPool(configuration: configuration)
    }

    /// Rows 0 and 2 are honest, row 1 does something native.
    private func judge(_ body: String, on pool: WorkerPool) async throws -> ScriptReply {
        let source = Sandbox.source(
            """
            function program.assess.x(facts)
              if facts.n == 1 then \(body) end
              return grant(facts.n)
            end
            """)
        let call = ScriptCall(
            function: "assess.x", rows: 3,
            columns: [
                Sandbox.int("facts.n", 0, 1, 2),
                ScriptColumn("facts.host", .integers([Int64](repeating: Int64(getpid()), count: 3))),
            ])
        return try await pool.call(call, on: source)
    }

    private static let attempts: [(String, String)] = [
        (
            "open", "native.call('openat', -100, '/etc/hostname', 0)"
        ),
        (
            "create", "native.call('openat', -100, '/tmp/niangjia-native', 65, 384)"
        ),
        (
            "the host's memory, by file", "native.call('openat', -100, '/proc/' .. facts.host .. '/mem', 0)"
        ),
        (
            "the host's environment", "native.call('openat', -100, '/proc/' .. facts.host .. '/environ', 0)"
        ),
        (
            "the host's descriptors", "native.call('openat', -100, '/proc/' .. facts.host .. '/fd/0', 0)"
        ),
        (
            "the host's memory", "native.call('process_vm_readv', facts.host, 0, 0, 0, 0, 0)"
        ),
        (
            "the host's descriptor", "native.call('pidfd_open', facts.host, 0)"
        ),
        (
            "trace", "native.call('ptrace', 16, facts.host, 0, 0)"
        ),
        (
            "signal", "native.call('kill', facts.host, 15)"
        ),
        (
            "signal a thread", "native.call('tgkill', facts.host, facts.host, 15)"
        ),
        (
            "socket", "native.call('socket', 2, 1, 0)"
        ),
        (
            "connect", "native.call('connect', 0, '\\2\\0\\0\\80\\127\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\0', 16)"
        ),
        (
            "take a descriptor from a message", "native.call('recvmsg', 0, 0, 0)"
        ),
        (
            "send a descriptor", "native.call('sendmsg', 0, 0, 0)"
        ),
        (
            "fork", "native.call('clone', 17, 0, 0, 0, 0)"
        ),
        (
            "thread", "native.call('clone3', 0, 0)"
        ),
        (
            "exec", "native.call('execve', '/bin/sh', 0, 0)"
        ),
        (
            "exec a descriptor", "native.call('execveat', 0, '', 0, 0, 4096)"
        ),
        (
            "executable memory", "native.call('mmap', 0, 4096, 7, 34, -1, 0)"
        ),
        (
            "make memory executable", "native.call('mprotect', 0, 4096, 5)"
        ),
        (
            "map a file", "native.call('mmap', 0, 4096, 1, 2, 0, 0)"
        ),
        (
            "another descriptor", "native.call('read', 3, 'x', 1)"
        ),
        (
            "write elsewhere", "native.call('write', 2, 'x', 1)"
        ),
        (
            "another user", "native.call('setuid', 0)"
        ),
        (
            "more rights by prctl", "native.call('prctl', 4, 1, 0, 0, 0)"
        ),
        (
            "another filter", "native.call('seccomp', 0, 0, 0)"
        ),
        (
            "higher limits", "native.call('prlimit64', facts.host, 7, 0, 0)"
        ),
        (
            "rings", "native.call('io_uring_setup', 1, 0)"
        ),
        (
            "programs in the kernel", "native.call('bpf', 0, 0, 0)"
        ),
        (
            "keys", "native.call('keyctl', 0, 0, 0, 0, 0)"
        ),
        (
            "mount", "native.call('mount', 0, '/tmp', 0, 0, 0)"
        ),
        (
            "namespaces", "native.call('unshare', 268435456)"
        ),
        (
            "its own priority", "native.call('setpriority', 0, 0, -5)"
        ),
        (
            "random bytes", "native.call('getrandom', 'xxxx', 4, 0)"
        ),
        (
            "who it is", "native.call('getpid')"
        ),
        ("a wild pointer", "native.crash()"),
    ]

    @Test(arguments: attempts.map(\.0)) func isKilledWhenItTries(_ what: String) async throws {
        let attempt = try #require(Self.attempts.first { $0.0 == what })
        let pool = pool()
        defer { pool.shutdown() }
        let reply = try await judge(attempt.1, on: pool)
        #expect(reply.rows.map { $0.failure?.kind } == [nil, .crashed, nil])
        #expect(reply.rows.map(\.amount) == [0, 0, 2])
        #expect(reply.usage.deaths == 1)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/niangjia-native"))
        // The next call finds a worker.
        #expect(try await judge("", on: pool).rows[1].amount == 1)
    }

    /// What it may still do, it may do: the calls it lives by are not what kills it.
    @Test func theCallsItLivesByAreLeftToIt() async throws {
        let pool = pool()
        defer { pool.shutdown() }
        let body = "return grant(native.call('mmap', 0, 4096, 3, 34, -1, 0) > 0 and 7 or 8)"
        #expect(try await judge(body, on: pool).rows.map(\.amount) == [0, 7, 2])
    }

    /// Whatever it writes into the socket, or into the page that it shares with the host, the host is neither stopped nor misled
    /// about more than this call.
    @Test(arguments: [
        // A frame that is none, one that never ends, an answer to nothing, an answer of the wrong kind, one too large.
        "'garbage that is no frame'", "'\\255\\255\\255\\3\\5'", "'\\1\\0\\0\\0\\5'", "'\\1\\0\\0\\0\\1'",
        "'\\255\\255\\255\\255\\5'", "'\\0\\0\\0\\0'", "'\\5\\0\\0\\0\\5\\255\\255\\255\\255'",
        "'\\3\\0\\0\\0\\6\\1\\0'",
        "'\\8\\0\\0\\0\\17\\1\\2\\3\\4\\5\\6\\7'", "'\\1\\0\\0\\0\\19'", "'\\1\\0\\0\\0\\255'",
    ])
    func forgedFramesAreNotBelieved(_ bytes: String) async throws {
        let pool = pool(rowMilliseconds: 500, callMilliseconds: 2_000)
        defer { pool.shutdown() }
        let body = "local text = \(bytes) native.call('write', 0, text, #text) while true do end"
        var failed = false
        do {
            failed = try await judge(body, on: pool).rows[1].failure != nil
        } catch is ScriptError { failed = true }
        #expect(failed)
        #expect(try await judge("", on: pool).rows.map(\.amount) == [0, 1, 2])
    }

    @Test(arguments: ["0, 1", "2, 1", "3, 1", "4294967295, 1", "4294967295, 4294967295", "1, 0"])
    func aForgedPlaceIsNotBelieved(_ place: String) async throws {
        let pool = pool()
        defer { pool.shutdown() }
        var reply: ScriptReply?
        do { reply = try await judge("native.tell(\(place)) native.crash()", on: pool) } catch is ScriptError {}
        // Honest rows are never made to pay more than this call, and the one that lies never passes.
        #expect(reply.map { $0.rows[1].failure != nil } ?? true)
        #expect(try await judge("", on: pool).rows.map(\.amount) == [0, 1, 2])
    }

    /// A process that pretends to be between rows, for good, is ended by the call's own time.
    @Test func pretendingToBeIdleEndsWithTheCall() async throws {
        let pool = pool(rowMilliseconds: 300, callMilliseconds: 1_500)
        defer { pool.shutdown() }
        do {
            _ = try await judge("native.tell(1, 0) while true do end", on: pool)
        } catch is ScriptError {}
        #expect(try await judge("", on: pool).rows.map(\.amount) == [0, 1, 2])
    }

    @Test func nothingOfItIsShipped() async throws {
        #expect(try await Sandbox.value("type(native)") == "nil")
    }
}
