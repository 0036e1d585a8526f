import Testing

@testable import NiangjiaCore

@Suite struct CoordinatesTests {
    /// Place, WGS-84, GCJ-02 and the shift in metres, as in the domain reference.
    @Test(arguments: [
        (39.901050, 116.420790, 39.902446, 116.427022, 554.0), (36.015800, 106.242500, 36.015616, 106.246695, 378),
        (19.520900, 109.580800, 19.518926, 109.584810, 474), (20.044000, 110.199900, 20.041886, 110.204192, 506),
        (33.347700, 120.161600, 33.346265, 120.166549, 487), (30.572800, 104.066800, 30.570346, 104.069305, 363),
        (51.507400, -0.127800, 51.507400, -0.127800, 0),
    ])
    func vectors(_ lat: Double, _ lon: Double, _ gLat: Double, _ gLon: Double, _ shift: Double) throws {
        let gps = try #require(Coordinate(latitude: lat, longitude: lon, frame: .wgs84))
        let shifted = gps.converted(to: .gcj02)
        #expect(abs(shifted.latitude - gLat) < 1e-6)
        #expect(abs(shifted.longitude - gLon) < 1e-6)
        for frame in CoordinateFrame.allCases {
            let back = gps.converted(to: frame).converted(to: .wgs84)
            #expect(abs(back.latitude - lat) < 1e-7)
            #expect(abs(back.longitude - lon) < 1e-7)
        }
        var asIfGPS = shifted
        asIfGPS.frame = .wgs84
        #expect(abs(gps.metres(to: asIfGPS) - shift) < 1)
        #expect(gps.metres(to: shifted) < 0.001)
    }

    @Test func baiduLiesOneShiftFurther() throws {
        let gps = try #require(Coordinate(latitude: 36.0158, longitude: 106.2425, frame: .wgs84))
        let amap = gps.converted(to: .gcj02)
        let baidu = gps.converted(to: .bd09)
        #expect((0.0055...0.0075).contains(baidu.longitude - amap.longitude))
        #expect((0.005...0.007).contains(baidu.latitude - amap.latitude))
    }

    @Test func aDegreeOfLatitude() throws {
        let a = try #require(Coordinate(latitude: 36, longitude: 106, frame: .wgs84))
        let b = try #require(Coordinate(latitude: 37, longitude: 106, frame: .wgs84))
        #expect(abs(a.metres(to: b) - 111_195) <= 1)
        #expect(Coordinate(latitude: 91, longitude: 0, frame: .wgs84) == nil)
    }
}

@Suite struct OpeningHoursTests {
    static let domain: Value = [
        ["days": "mon-fri", "open": ["08:30-11:00", "13:30-17:00"]], ["days": "sat-sun", "open": []],
        ["season": "06-01..09-30", "days": "all", "open": ["06:00-22:00"]],
        ["date": "2027-02-08", "open": [], "reason": "春节"],
    ]

    @Test(arguments: [
        ("2026-05-12T10:59:00", true), ("2026-05-12T11:00:00", false), ("2026-05-12T13:30:00", true),
        ("2026-05-16T10:00:00", false), ("2026-07-11T21:59:00", true), ("2026-07-11T22:00:00", false),
        ("2027-02-08T09:00:00", false), ("2027-02-09T09:00:00", true),
    ])
    func vectors(_ at: String, _ open: Bool) throws {
        let hours = try OpeningHours(Self.domain)
        #expect(hours.isOpen(at: try #require(Instant(at))) == open)
    }

    @Test func nightsSpanMidnight() throws {
        let hours = try OpeningHours([
            ["days": "fri", "open": ["22:00-06:00"]], ["date": "2026-05-16", "open": []],
        ])
        func open(_ text: String) throws -> Bool { hours.isOpen(at: try #require(Instant(text))) }
        #expect(try open("2026-05-15T23:30:00"))
        #expect(try open("2026-05-16T05:59:00"))
        #expect(try !open("2026-05-16T06:00:00"))
        #expect(try !open("2026-05-15T21:59:00"))
        #expect(try !open("2026-05-15T05:00:00"))
    }

    @Test func roundTheClock() throws {
        let hours = try OpeningHours([
            ["days": "all", "open": ["00:00-24:00"], "mode": "unattended", "entry": ["qr", "idcard"]]
        ])
        #expect(hours.isOpen(at: try #require(Instant("2026-05-16T03:00:00"))))
        #expect(hours.rules[0].entry == ["qr", "idcard"])
    }

    @Test func aWinterSeasonRunsOverTheNewYear() throws {
        let hours = try OpeningHours([
            ["days": "all", "open": ["6:00–18:00"]], ["season": "11-15..03-15", "open": ["09:00-16:00"]],
        ])
        #expect(!hours.isOpen(at: try #require(Instant("2026-12-31T07:00:00"))))
        #expect(!hours.isOpen(at: try #require(Instant("2027-01-01T07:00:00"))))
        #expect(hours.isOpen(at: try #require(Instant("2027-03-16T07:00:00"))))
    }

    @Test func mistakesNameTheirPlace() {
        func place(_ value: Value) -> String? {
            do {
                _ = try OpeningHours(value)
                return nil
            } catch { return error.place }
        }
        #expect(place([["days": "mon-fri", "open": ["08:30-11:00", "25:00-26:00"]]]) == "/0/open/1")
        #expect(place([["days": "funday", "open": []]]) == "/0/days")
        #expect(place([["days": "mon", "open": []], ["season": "06-31..07-01", "open": []]]) == "/1/season")
        #expect(place([["days": "mon", "opens": []]]) == "/0/opens")
        #expect(place([["open": []]]) == "/0")
    }
}
