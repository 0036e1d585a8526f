import Foundation
import LuaSandbox
import NiangjiaCore
import NiangjiaSQLite
import NiangjiaWeb

/// The host as whoever watches it sees it: whether it can work, and numbers that name nobody.
final class HostWatch: WatchedHost {
    private struct Seen {
        var at: Instant
        var readiness: Readiness
    }

    /// How long an answer about readiness stands (milliseconds): asking often costs no commits.
    static let readinessLength: Int64 = 2_000
    private let host: Host
    private let log: AccessLogFile?
    private let seen = Guarded<Seen?>(nil)
    private let stopping = Guarded(false)
    private let room: @Sendable (String) -> DiskRoom?

    /// - Parameters:
    ///   - log: whose lost lines are told; nil: there is none.
    ///   - room: how much room is left where something lies.
    init(
        _ host: Host, log: AccessLogFile? = nil, room: @escaping @Sendable (String) -> DiskRoom? = { DiskRoom(at: $0) }
    ) {
        self.host = host
        self.log = log
        self.room = room
    }

    /// From now on it isn't ready: it was told to stop, and only ends what it has begun.
    func stop() { stopping.withLock { $0 = true } }

    func readiness() async -> Readiness {
        if stopping.withLock({ $0 }) { return Readiness(["running": false]) }
        let now = SystemClock().now()
        if let seen = seen.withLock({ $0 }), now - seen.at < HostWatch.readinessLength { return seen.readiness }
        let found = Readiness([
            "store": await isWritable(), "bundle": await hasBundle(), "workers": await hasWorkers(),
        ])
        seen.withLock { $0 = Seen(at: now, readiness: found) }
        return found
    }

    /// Whether something can be written and is durable: there is room, and the host's own lease is renewed. That alone tells nothing of
    /// a full disk: one row fits into what the log has already.
    private func isWritable() async -> Bool {
        for path in [host.folder.path, host.folder.store] where !(room(path)?.suffices ?? true) { return false }
        let (holder, now) = (host.holder, host.clock.now())
        do {
            try await host.store.write(.interactive) { writer in
                try writer.execute(
                    "UPDATE lease SET renewed_at = $2 WHERE holder = $1", [.text(holder), .instant(now)])
            }
            return true
        } catch { return false }
    }

    private func hasBundle() async -> Bool { (try? await host.bundles.active()) != nil }

    /// Whether a worker takes a script and answers.
    private func hasWorkers() async -> Bool {
        if !host.workers.workerProcesses.isEmpty { return true }
        do {
            let bundle = try await host.bundles.active()
            guard let plugin = bundle.plugins.sorted(by: { $0.key < $1.key }).first?.value else { return true }
            _ = try await host.workers.load(ScriptSource(bytes: plugin.source), lane: .interactive)
            return true
        } catch { return false }
    }

    func gauges() async -> [Gauge] {
        let load = host.store.load
        var gauges = [
            Gauge(
                "niangjia_store_waiting", "Writes and reads that wait.", Int64(load.writes.interactive),
                label: ("queue", "interactive")),
            Gauge(
                "niangjia_store_waiting", "Writes and reads that wait.", Int64(load.writes.batch),
                label: ("queue", "batch")),
            Gauge(
                "niangjia_store_waiting", "Writes and reads that wait.", Int64(load.reads), label: ("queue", "reads")),
            Gauge(
                "niangjia_store_commits_total", "Groups of writes committed together.", load.commits.groups,
                counter: true),
            Gauge("niangjia_store_writes_total", "Writes in them.", load.commits.writes, counter: true),
            Gauge("niangjia_store_largest_group", "Writes of the largest group.", load.commits.largest),
            Gauge(
                "niangjia_store_log_pages", "Pages in the write-ahead log after the last commit.", load.commits.logPages
            ),
            Gauge("niangjia_workers", "Worker processes.", Int64(host.workers.workerProcesses.count)),
            Gauge("niangjia_worker_calls_waiting", "Calls that wait for a worker.", Int64(host.workers.waitingCalls)),
        ]
        gauges += zip(StoreCommits.lengths, load.commits.longer).map { length, count in
            Gauge(
                "niangjia_store_long_groups_total", "Groups that held the writer longer: other writes waited.", count,
                counter: true, label: ("seconds", String(length / .seconds(1))))
        }
        if let log {
            gauges.append(
                Gauge(
                    "niangjia_access_log_dropped_total", "Lines of the access log that were not written.", log.dropped,
                    counter: true))
        }
        gauges += (try? await host.store.read { try HostWatch.counts(in: $0) }) ?? []
        return gauges
    }

    /// What the store holds; each is one look at an index.
    private static func counts(in reader: any StoreReader) throws -> [Gauge] {
        var gauges: [Gauge] = []
        let cases = try reader.all("SELECT state, COUNT(*) FROM case_file GROUP BY state", []) {
            ($0.text(0), $0.int(1))
        }
        gauges += cases.map { Gauge("niangjia_cases", "Cases by state.", $0.1, label: ("state", $0.0)) }
        let messages = try reader.integer("SELECT COUNT(*) FROM outbox WHERE state = 'waiting'") ?? 0
        gauges.append(Gauge("niangjia_outbox_waiting", "Messages that wait to be sent.", messages))
        for state in ["due", "failed"] {
            let count = try reader.integer("SELECT COUNT(*) FROM job WHERE state = $1", [.text(state)]) ?? 0
            gauges.append(Gauge("niangjia_jobs", "Jobs by state.", count, label: ("state", state)))
        }
        let height = try reader.integer("SELECT MAX(seq) FROM chain_event") ?? 0
        gauges.append(Gauge("niangjia_chain_height", "Events sealed in the chain.", height, counter: true))
        return gauges
    }
}

/// The number of files that the process may have open: each connection is one.
enum OpenFiles {
    /// Raises the soft limit to the hard one.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else {
            return
        }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// What the kernel writes of a process that crashes: of one that holds the city's keys, nothing.
public enum CoreDumps {
    /// For this process and all that it starts, for good.
    public static func turnOff() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
