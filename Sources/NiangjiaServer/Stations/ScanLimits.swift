import NiangjiaCore

/// How much each device scans: so much in a minute and in an hour (`limits:`). It is kept in memory; after a start a device begins with
/// what it has handed over and filed in the last hour (``Device/scans(since:in:)``).
final class ScanLimits: Sendable {
    private struct Scans {
        /// Those of the last hour, the oldest first; no more of them than an hour may have.
        var times: [Instant] = []
        /// When a refusal was last written down.
        var noted: Instant?
    }

    /// Milliseconds.
    private static let (minute, hour) = (Int64(60_000), Int64(3_600_000))
    private let devices = Guarded<[String: Scans]>([:])

    /// That a device has to wait.
    struct Refusal: Hashable {
        /// Until there is room.
        var seconds: Int64
        /// Whether it is the first of this hour: one is written down, however many follow.
        var isFirst: Bool

        /// In words, with the time to come back.
        var error: NiangjiaError {
            NiangjiaError(
                "rate_limited", zh: "这台设备扫码太多,请在 \(seconds) 秒后再试;这次什么都没有办理。",
                en: "The device scans too much: try again in \(seconds) seconds. Nothing of this one was done.",
                retryAfter: seconds)
        }
    }

    /// Begins with what a device did before this host was started, unless it has scanned since.
    func recall(_ device: Device, at now: Instant, in store: any Store) async throws {
        guard devices.withLock({ $0[device.id] == nil }) else { return }
        let done = try await store.read { try device.scans(since: now + -ScanLimits.hour, in: $0) }
        devices.withLock { devices in
            if devices[device.id] == nil { devices[device.id] = Scans(times: done.times, noted: done.limited) }
        }
    }

    /// Counts a scan of a device; nil, or why not: what is refused counts for nothing.
    func take(_ device: String, at now: Instant, _ limits: DoorLimits) -> Refusal? {
        devices.withLock { devices in
            var scans = devices[device] ?? Scans()
            defer { devices[device] = scans }
            // What was counted in times to come was counted by a clock that was ahead.
            scans.times.removeAll { now - $0 >= ScanLimits.hour || $0 > now }
            let terms = [(limits.scansPerMinute, ScanLimits.minute), (limits.scansPerHour, ScanLimits.hour)]
            let waits = terms.map { most, length in
                scans.times.count < most ? 0 : length - (now - scans.times[scans.times.count - most])
            }
            let wait = waits.max() ?? 0
            guard wait > 0 else {
                scans.times.append(now)
                return nil
            }
            let isFirst = scans.noted.map { now - $0 >= ScanLimits.hour || $0 > now } ?? true
            if isFirst { scans.noted = now }
            return Refusal(seconds: (wait + 999) / 1_000, isFirst: isFirst)
        }
    }
}
