import Glibc
import NiangjiaCore

/// The machine's time for logs and heads; what the city does goes by the host's clock.
enum Timestamp {
    /// A second, as it is spelled: once for all that happens in it.
    private struct Second {
        var epoch = Int.min
        /// `2026-07-15T01:02:03`
        var log = ""
        /// `Wed, 15 Jul 2026 01:02:03 GMT` (RFC 9110 §5.6.7)
        var head = ""
    }

    private static let last = Guarded(Second())

    /// `2026-07-15T01:02:03.004Z`
    static func now() -> String {
        let (second, nanoseconds) = present()
        return "\(second.log).\(digits(nanoseconds / 1_000_000, 3))Z"
    }

    /// `Wed, 15 Jul 2026 01:02:03 GMT`
    static func head() -> String { present().second.head }

    private static func present() -> (second: Second, nanoseconds: Int) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let epoch = time.tv_sec
        let second = last.withLock { last in
            if last.epoch != epoch { last = spelled(epoch) }
            return last
        }
        return (second, time.tv_nsec)
    }

    private static func spelled(_ epoch: Int) -> Second {
        var (epoch, parts) = (epoch, tm())
        gmtime_r(&epoch, &parts)
        let (year, month, day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon), digits(Int(parts.tm_mday), 2))
        let clock = "\(digits(Int(parts.tm_hour), 2)):\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))"
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        return Second(
            epoch: epoch, log: "\(digits(year, 4))-\(digits(month + 1, 2))-\(day)T\(clock)",
            head: "\(days[Int(parts.tm_wday)]), \(day) \(months[month]) \(digits(year, 4)) \(clock) GMT")
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
