import Foundation
import NiangjiaCore

/// A city that does not exist, of any size, as the files that it would hand in: the same seed gives the same bytes.
///
/// Area codes are 9901xx, which GB/T 2260 does not know; ID numbers, cards, phones and credit codes carry right check digits
/// and belong to nobody. Memory grows with the number of units, never with the number of people.
public struct DemoCity: Sendable {
    /// The day up to which the files are true; ages, terms and hardship files are counted from it.
    public static let asOf = CivilDate(year: 2026, month: 5, day: 20) ?? CivilDate(days: 20_593)

    /// The bounds within which a city can be asked for.
    public static let memberRange = 1_000...1_200_000
    public static let stationRange = 48...3_000

    public let seed: UInt64
    /// Active members of unions. The city has more people than these: workers outside the unions, spouses, children.
    public let members: Int
    public let stations: Int
    let plan: CityPlan

    /// A city of about the size of Guyuan's mutual aid by default.
    ///
    /// Throws ``NiangjiaError`` where a number lies outside ``memberRange`` or ``stationRange``.
    public init(seed: UInt64 = 990_100, members: Int = 27_000, stations: Int = 48) throws {
        guard DemoCity.memberRange.contains(members), DemoCity.stationRange.contains(stations) else {
            throw NiangjiaError(
                .invalid, zh: "示例城市须有 1000–1200000 名会员、48–3000 个站点",
                en: "a demo city has 1,000 to 1,200,000 members and 48 to 3,000 stations",
                place: "--members \(members) --stations \(stations)")
        }
        self.seed = seed
        self.members = members
        self.stations = stations
        plan = CityPlan(seed: seed, members: members)
    }

    /// What was written.
    public struct Written: Sendable {
        /// File name → number of rows below the titles.
        public var rows: [String: Int]
    }

    /// Writes the import files into a folder, which is made if need be; files of the same names are replaced.
    ///
    /// `progress` is called now and then with the number of people written so far.
    @discardableResult
    public func write(to folder: URL, progress: (Int) -> Void = { _ in }) throws -> Written {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try writeMappings(to: folder)
        var written = Written(rows: [:])
        written.rows["organizations.csv"] = try writeOrganizations(to: folder)
        let people = try writePeople(to: folder, progress: progress)
        written.rows["people.csv"] = people.people
        written.rows["households.csv"] = people.households
        written.rows["stations.csv"] = try writeStations(to: folder)
        written.rows["fund_openings.csv"] = try writeFundOpenings(to: folder)
        return written
    }

    func random(_ stream: Stream, _ index: Int) -> SeededRandom {
        SeededRandom(seed: seed, stream: stream.rawValue, index: index)
    }

    enum Stream: UInt64 { case person = 1, household, relative, outsider, station, employer }
}

/// A district of the city.
struct County: Sendable {
    var code: String
    var name: String
    var towns: [String]

    static let names: [(code: String, name: String, towns: [String])] = [
        ("990101", "城东区", ["东关", "锦绣", "春晖", "望江", "长乐", "景阳", "迎宾", "新城"]),
        ("990102", "河西县", ["西河", "清溪", "柳林", "石桥", "高坪", "龙泉", "双塔", "沙湾"]),
        ("990103", "南山县", ["南山", "云台", "竹园", "松岭", "青石", "白马", "枫林", "茶园"]),
    ]
}
