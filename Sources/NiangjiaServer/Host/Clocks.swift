import Foundation
import NiangjiaCore

/// The machine's clock.
public struct SystemClock: NiangjiaCore.Clock {
    public init() {}

    public func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A clock that can be moved forward: the demo city lives through a season in minutes.
///
/// It runs on with the machine's clock from wherever it was put, and says so wherever the demo speaks of dates.
public final class DemoClock: NiangjiaCore.Clock {
    private let offset: Guarded<Int64>

    /// A clock that stands `offset` milliseconds from the machine's.
    public init(offset: Int64) { self.offset = Guarded(offset) }

    /// A clock that shows `instant` now.
    public init(at instant: Instant) { offset = Guarded(instant - SystemClock().now()) }

    public func now() -> Instant {
        let machine = SystemClock().now()
        return machine + offset.withLock { $0 }
    }

    /// Milliseconds from the machine's clock.
    public var offsetMilliseconds: Int64 { offset.withLock { $0 } }

    /// Moves the clock to a later instant; an earlier one is refused, for time never goes back.
    public func move(to instant: Instant) {
        let machine = SystemClock().now()
        offset.withLock { $0 = max($0, instant - machine) }
    }
}

extension DataFolder {
    /// The clock of the city: the machine's, or a demo city's own.
    public func clock() -> any NiangjiaCore.Clock {
        guard let text = try? String(contentsOfFile: demoClock, encoding: .utf8),
            let offset = Int64(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return SystemClock() }
        return DemoClock(offset: offset)
    }

    /// Whether this is a demo city, whose clock is its own.
    public var isDemo: Bool { FileManager.default.fileExists(atPath: demoClock) }

    func save(_ clock: DemoClock) throws {
        do {
            try "\(clock.offsetMilliseconds)\n".write(toFile: demoClock, atomically: true, encoding: .utf8)
        } catch {
            throw NiangjiaError(
                .store, zh: "无法写入演示城市的时钟。", en: "The demo city's clock can't be written.", place: demoClock,
                cause: "\(error)")
        }
    }
}
