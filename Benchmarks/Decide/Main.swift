import CLuaEngine
import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import LuaSandbox
import NiangjiaSQLite

/// Measures decide and preview over the members of the reference programs (`Benchmarks/reference`), host and workers together.
///
///     niangjia-bench fill CITY MEMBERS.csv     those members into a city's folder (or a new one), once
///     niangjia-bench decide CITY 5|14          count= total_fen= seconds=…, and what the journal takes
///     niangjia-bench preview CITY 5|14
///     niangjia-bench export CITY MEMBERS.db    what its run decided as the three tables of the reference, for its check
///     niangjia-bench call COUNT ROUNDS [PAUSE]  one judged call beside a bare ping, PAUSE microseconds apart
///
/// Decide and preview here are what the shipped commands do, without signing in: for a profile of the corridor.
@main
enum Main {
    static func main() async throws {
        if CommandLine.argc > 1, CommandLine.arguments[1] == NIANGJIA_WORKER_FLAG {
            exit(niangjia_worker_main(CommandLine.argc, CommandLine.unsafeArgv))
        }
        signal(SIGPIPE, SIG_IGN)
        let arguments = CommandLine.arguments
        guard arguments.count >= 4 else { usage() }
        switch arguments[1] {
        case "fill": try await Members.fill(folder: arguments[2], csv: arguments[3])
        case "decide": try await Measure(folder: arguments[2], facts: arguments[3]).decide()
        case "preview": try await Measure(folder: arguments[2], facts: arguments[3]).preview()
        case "call":
            try CallCost(
                count: Int(arguments[2]) ?? 2_000, rounds: max(Int(arguments[3]) ?? 5, 1),
                pause: arguments.count > 4 ? UInt32(arguments[4]) ?? 0 : 0
            ).run()
        case "export": try await Export(folder: arguments[2], database: arguments[3]).run()
        default: usage()
        }
    }

    private static func usage() -> Never {
        FileHandle.standardError.write(
            Data("niangjia-bench fill|decide|preview|export|call CITY|COUNT MEMBERS.csv|5|14|MEMBERS.db|ROUNDS\n".utf8))
        exit(2)
    }
}

/// The clock of the machine, in milliseconds.
struct MachineClock: Clock {
    func now() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

/// A city's store and keys where the host has them, opened as the host opens it: chain sealed before each commit.
struct BenchCity {
    let store: SQLiteStore
    let crypto: SoftwareCrypto
    let ids: IDSource
    let clock = MachineClock()

    init(folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder + "/store", withIntermediateDirectories: true)
        let keyFile = folder + ".keys"
        if !FileManager.default.fileExists(atPath: keyFile) {
            try KeyRing(created: MachineClock().now()).save(to: keyFile)
        }
        let crypto = try SoftwareCrypto(KeyRing(file: keyFile))
        self.crypto = crypto
        ids = IDSource(host: 1, clock: clock)
        store = try SQLiteStore.open(
            path: folder + "/store/niangjia.sqlite", migrations: NiangjiaSchema.migrations
        ) { writer in
            try Chain.seal(in: writer, crypto: crypto)
        }
    }

    var change: ChangeContext { ChangeContext(now: clock.now(), actor: "bench", ids: ids, crypto: crypto) }
}
