/// A lease in the store: one holder until a time.
public enum Lease {
    /// How far a clock may stand before what was seen already (milliseconds); beyond it, that was a clock that was ahead.
    public static let clockTolerance: Int64 = 2 * 60_000

    /// Takes or renews a lease. Returns false when somebody else holds it and it has not run out.
    public static func take(
        _ name: String, holder: String, now: Instant, milliseconds: Int64, in writer: any StoreWriter
    ) throws -> Bool {
        try writer.execute(
            """
            INSERT INTO lease (name, holder, renewed_at, until) VALUES ($1, $2, $3, $4)
            ON CONFLICT (name) DO UPDATE SET holder = $2, renewed_at = $3, until = $4
            WHERE lease.holder = $2 OR lease.until <= $3
            """,
            [.text(name), .text(holder), .instant(now), .instant(now + milliseconds)]) == 1
    }

    /// Gives a lease back.
    public static func release(_ name: String, holder: String, now: Instant, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE lease SET until = $3 WHERE name = $1 AND holder = $2", [.text(name), .text(holder), .instant(now)])
    }

    /// Takes the next free host number, 0…511: never the one used last, so that a host that starts again within the same
    /// millisecond makes no id twice.
    public static func takeHostNumber(holder: String, now: Instant, milliseconds: Int64, in writer: any StoreWriter)
        throws
        -> Int
    {
        let last = try writer.integer("SELECT COUNT(*) FROM lease WHERE name LIKE 'host:%'") ?? 0
        let newest =
            try writer.first(
                "SELECT name FROM lease WHERE name LIKE 'host:%' ORDER BY renewed_at DESC, name DESC LIMIT 1", [],
                { Int($0.text(0).dropFirst(5)) ?? 0 }) ?? Int(last) - 1
        for step in 1...512 {
            let number = (newest + step) % 512
            if try take("host:\(number)", holder: holder, now: now, milliseconds: milliseconds, in: writer) {
                return number
            }
        }
        throw NiangjiaError(.busy, zh: "512 个主机号都在使用中。", en: "All 512 host numbers are in use.")
    }

    /// The latest moment at which any host of the store was seen: time before it has been booked already.
    public static func lastSeen(in reader: any StoreReader) throws -> Instant? {
        try reader.integer("SELECT MAX(renewed_at) FROM lease").map { Instant(milliseconds: $0) }
    }

    /// Forgets that a host was seen later than now: its clock was ahead. Leases that would last beyond now end.
    public static func setBack(to now: Instant, in writer: any StoreWriter) throws {
        try writer.execute(
            """
            UPDATE lease SET renewed_at = CASE WHEN renewed_at > $1 THEN $1 ELSE renewed_at END, \
            until = CASE WHEN until > $1 THEN $1 ELSE until END
            """, [.instant(now)])
    }
}
