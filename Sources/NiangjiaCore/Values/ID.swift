/// What has ids: names the two- to four-letter prefix by which a person tells a case from a payment.
public protocol Identified: Sendable {
    /// Lower-case letters, unique in the system.
    static var idPrefix: String { get }
}

/// A 64-bit id: 42 bits of milliseconds since 2020-01-01Z, 9 bits of leased host number, 12 bits of sequence; positive.
///
/// Outside the store an id is always text (``text``): JavaScript and Excel round integers of this size.
public struct ID<Entity: Identified>: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 64-bit number that the store keeps.
    public var rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// Whether an id is smaller; ids grow with time, but who comes first is never decided by them.
    public static func < (a: ID, b: ID) -> Bool { a.rawValue < b.rawValue }

    /// `case-01h455vb4pex-k`: prefix, Crockford base32, check character (modulo 31).
    public var text: String { IDText.encode(prefix: Entity.idPrefix, number: rawValue) }

    /// Reads what ``text`` writes; letter case, and O/I/L for 0/1/1, are forgiven. Nil for another prefix or a wrong check.
    public init?(_ text: some StringProtocol) {
        guard let number = IDText.decode(String(text), prefix: Entity.idPrefix) else { return nil }
        rawValue = number
    }

    /// The same as ``text``.
    public var description: String { text }

    /// When it was made, by its source's clock.
    public var madeAt: Instant { Instant(milliseconds: (rawValue >> 21) + IDSource.epoch) }
}

/// How an id is written outside the store.
public enum IDText {
    /// The digit of each value.
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    /// The value of each byte that is a digit, else 255. Letter case, and O/I/L for 0/1/1, are forgiven.
    static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digits) in ["0oO", "1iIlL"].enumerated() {
            for digit in digits.utf8 { values[Int(digit)] = UInt8(value) }
        }
        for (value, digit) in alphabet.enumerated() {
            values[Int(digit)] = UInt8(value)
            if digit >= UInt8(ascii: "a") { values[Int(digit ^ 0x20)] = UInt8(value) }
        }
        return values
    }()

    /// The text of an id of a kind.
    public static func encode(prefix: String, number: Int64) -> String {
        let number = UInt64(bitPattern: number)
        let count = max(1, (64 - number.leadingZeroBitCount + 4) / 5)
        return String(unsafeUninitializedCapacity: prefix.utf8.count + count + 2) { out in
            var at = 0
            func add(_ byte: UInt8) {
                out[at] = byte
                at += 1
            }
            for byte in prefix.utf8 { add(byte) }
            add(UInt8(ascii: "-"))
            for place in (0..<count).reversed() { add(alphabet[Int(number >> UInt64(5 * place) & 31)]) }
            add(alphabet[Int(check(number))])
            return at
        }
    }

    /// Whether a text is an id of a kind, its check character included.
    public static func isID(_ text: String, prefix: String) -> Bool { decode(text, prefix: prefix) != nil }

    /// Weighted sum modulo 31: finds every swap of neighbours and every single wrong digit but 0 for z, which look apart.
    private static func check(_ number: UInt64) -> UInt8 {
        var sum: UInt64 = 0
        var rest = number
        var weight: UInt64 = 2
        while rest > 0 {
            sum += (rest & 31) * weight
            rest >>= 5
            weight += 1
        }
        return UInt8(sum % 31)
    }

    static func decode(_ text: String, prefix: String) -> Int64? {
        let head = Array(prefix.utf8) + [UInt8(ascii: "-")]
        let bytes = Array(text.utf8)
        // A letter's case is one bit, and a hyphen has that bit.
        guard bytes.count > head.count, zip(bytes, head).allSatisfy({ $0 | 0x20 == $1 && $0 >= 0x2D })
        else { return nil }
        let digits = bytes[head.count...].map { values[Int($0)] }
        guard let mark = digits.last, (2...14).contains(digits.count) else { return nil }
        var number: UInt64 = 0
        for digit in digits.dropLast() {
            guard digit < 32, number >> 59 == 0 else { return nil }
            number = number << 5 | UInt64(digit)
        }
        guard check(number) == mark, number <= UInt64(Int64.max) else { return nil }
        return Int64(number)
    }
}

/// Makes ids: unique for a leased host number, rising with time, never from a clock of its own.
public final class IDSource: Sendable {
    private struct State { var last: Int64 = 0 }

    /// 2020-01-01T00:00:00Z in Unix milliseconds.
    static let epoch: Int64 = 1_577_836_800_000

    private let host: Int64
    private let clock: any Clock
    private let state = Guarded(State())

    /// A source for one host number, 0…511, which the caller holds a lease on.
    public init(host: Int, clock: any Clock) {
        self.host = Int64(host & 511)
        self.clock = clock
    }

    /// The present moment, by the clock of which ids are made.
    var now: Instant { clock.now() }

    /// The next id. When the clock stands still or goes back, ids go on from the last one.
    public func next<Entity>(_ type: Entity.Type = Entity.self) -> ID<Entity> {
        let milliseconds = max(0, clock.now().milliseconds - IDSource.epoch)
        let number = state.withLock { state in
            let floor = milliseconds << 12
            state.last = max(floor, state.last + 1)
            return state.last
        }
        return ID(rawValue: raw(number))
    }

    /// The next ids, so many at once, rising.
    func next<Entity>(_ count: Int, _ type: Entity.Type = Entity.self) -> [ID<Entity>] {
        let milliseconds = max(0, clock.now().milliseconds - IDSource.epoch)
        let last = state.withLock { state in
            state.last = max(milliseconds << 12, state.last + 1) + Int64(count - 1)
            return state.last
        }
        return (0..<Int64(count)).map { ID(rawValue: raw(last - Int64(count) + 1 + $0)) }
    }

    /// No id that was given at an instant or later lies below this: ids rise with the time, and never lag behind it.
    static func least(at instant: Instant) -> Int64 { max(0, instant.milliseconds - epoch) << 21 }

    /// The sequence is the low 12 bits; the host number stands between time and sequence.
    private func raw(_ number: Int64) -> Int64 { (number >> 12) << 21 | host << 12 | (number & 0xFFF) }
}

/// The time, injected: nothing in Core reads a clock of the machine.
public protocol Clock: Sendable {
    /// The present instant.
    func now() -> Instant
}

/// A clock that stands where it is put: for tests, fixtures and the demo's calendar.
public final class FixedClock: Clock {
    private let current: Guarded<Instant>

    public init(_ instant: Instant) { current = Guarded(instant) }

    /// The moment that the clock was set to.
    public func now() -> Instant { current.withLock { $0 } }

    /// Moves the clock to an instant.
    public func set(_ instant: Instant) { current.withLock { $0 = instant } }

    /// Moves the clock forward by milliseconds.
    public func advance(milliseconds: Int64) { current.withLock { $0 = $0 + milliseconds } }
}
