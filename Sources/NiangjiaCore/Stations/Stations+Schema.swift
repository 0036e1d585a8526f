/// Tables of service stations, their facilities and visits.
public enum StationsSchema {
    /// One row a station.
    public static let station = Table(
        "station", key: ["id"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("id", .int), Column("revision", .int), Column("valid_from", .int), Column("recorded_at", .int),
            Column("code", .text), Column("name", .text), Column("organization", .int, nullable: true),
            // outdoor, workers_home, service_centre, library, nursing_room, palace
            Column("kind", .text), Column("area", .text, nullable: true), Column("address", .text, nullable: true),
            // WGS-84 in units of 1e-7 degree, and the point as it was handed in with its frame (wgs84, gcj02, bd09).
            Column("latitude", .int), Column("longitude", .int),
            Column("source_latitude", .int), Column("source_longitude", .int), Column("source_frame", .text),
            // Opening hours as canonical JSON.
            Column("hours", .text, default: .text("[]")),
            Column("keeper", .int, nullable: true), Column("build_mode", .text, nullable: true),
            Column("square_metres", .int, nullable: true),
            Column("accepted_on", .int, nullable: true),
            // planned, building, accepted, open, suspended, closed
            Column("status", .text),
        ], unique: [["code"]], index: [["latitude", "longitude"], ["organization"]], countsChanges: true)

    /// What a station has, by facility code.
    public static let facility = Table(
        "station_facility", key: ["station", "code"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("station", .int), Column("code", .text), Column("quantity", .int, default: .int(1)),
            // ok, broken, removed
            Column("state", .text, default: .text("ok")), Column("checked_on", .int, nullable: true),
            Column("expires_on", .int, nullable: true), Column("note", .text, nullable: true),
        ], countsChanges: true)

    /// Who came, or how many.
    public static let visit = Table(
        "visit", key: ["id"], proof: .sealed(zh: "到站记录", en: "visit", id: "v"),
        [
            Column("id", .int), Column("station", .int), Column("person", .int, nullable: true),
            // scan, door, counter, manual
            Column("kind", .text), Column("at", .int), Column("day", .int), Column("count", .int, default: .int(1)),
            Column("organization", .int, nullable: true),
        ], index: [["station", "day"], ["person", "day"]])
}

/// A service station (服务站点, 驿站).
public enum Station: Identified { public static let idPrefix = "s" }
/// A visit to a station.
public enum Visit: Identified {
    /// `v-…`.
    public static let idPrefix = "v"
    /// What counted visits that a person didn't scan.
    public enum Counted: String, Sendable, CaseIterable { case door, counter, manual }
    /// How many days back a count may be filed: what a door could not send over a week.
    public static let daysBack = 7
    /// The largest count at once.
    public static let mostAtOnce: Int64 = 500
}
