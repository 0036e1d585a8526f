import Testing

@testable import NiangjiaCore
@testable import NiangjiaExchange

@Suite("What a file says of who has died or left") struct DeathTests {
    private static let zhang = "张三,990101198506120016"
    private static let standing = """
        SELECT p.status || ' ' || COALESCE(p.died_on, 0) || ' ' || COALESCE(m.status, '-') || ' ' || COALESCE(m.left_on, 0)
        FROM person p LEFT JOIN membership m ON m.person = p.id ORDER BY p.id, m.organization
        """

    /// A city with one member, who is no member of 99010102.
    private func city(_ row: String = "\(DeathTests.zhang),99010101,正常,,") async throws -> TestCity {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        #expect(try await take(row, in: city).count(.new) == 1)
        return city
    }

    private static let title = "姓名,身份证号,所属工会代码,会籍状态,退会日期,确认"

    private func take(_ row: String, _ title: String = DeathTests.title, in city: TestCity) async throws
        -> ImportSummary
    {
        try await city.take(.person, "\(title)\n\(row)\n", "\(row.hashValue).csv")
    }

    private func stands(_ city: TestCity) async throws -> [String] { try await city.texts(Self.standing) }

    @Test("A death ends every membership and is a fact about the person; undone, all is as before")
    func aDeath() async throws {
        let city = try await city()
        let before = try await stands(city)
        #expect(before == ["active 0 active 0"])
        let day = CivilDate(days: 19_990)
        let died = try await take("\(Self.zhang),99010101,去世,\(day),", in: city)
        #expect(died.count(.changed) == 1)
        #expect(try await stands(city) == ["deceased 19990 deceased 19990"])
        // The day before, the register had them, as far as is known today; on the day it hasn't.
        for (date, status) in [(CivilDate(days: 19_989), nil), (day, "deceased")] {
            let then = try await city.store.read { reader in
                var versions = RegisterVersions(on: date, in: reader)
                let person = try #require(try reader.integer("SELECT id FROM person"))
                return try versions.version(PeopleSchema.person, of: person).map {
                    versions.value("status", $0, PeopleSchema.person)
                }
            }
            #expect(then == status.map { .text($0) })
        }
        _ = try await city.importer().undo(try #require(died.batch))
        #expect(try await stands(city) == before)
    }

    @Test("A list of deaths needs no union, and says the same twice only once", arguments: [true, false])
    func aListOfDeaths(byDate: Bool) async throws {
        let city = try await city()
        let (title, row) =
            byDate
            ? ("姓名,身份证号,去世日期", "\(Self.zhang),\(CivilDate(days: 19_990))") : ("姓名,身份证号,会籍状态", "\(Self.zhang),去世")
        let told = try await take(row, title, in: city)
        #expect(told.count(.changed) == 1)
        #expect(
            try await stands(city)
                == [byDate ? "deceased 19990 deceased 19990" : "deceased 0 deceased 20000"])
        #expect(try await take(row + ",", title + ",备注", in: city).count(.unchanged) == 1)
        _ = try await city.importer().undo(try #require(told.batch))
        #expect(try await stands(city) == ["active 0 active 0"])
    }

    @Test("Who had left before has left; a day to come, and a member with a day of death, are refused")
    func whatADeathLeaves() async throws {
        let city = try await city("\(Self.zhang),99010101,退会,\(CivilDate(days: 19_000)),")
        #expect(try await take(Self.zhang + ",去世", "姓名,身份证号,会籍状态", in: city).count(.changed) == 1)
        #expect(try await stands(city) == ["deceased 0 left 19000"])
        let title = "姓名,身份证号,会籍状态,去世日期"
        let later = try await take("\(Self.zhang),去世,\(CivilDate(days: 20_100))", title, in: city)
        #expect(later.issues.map(\.code) == ["DEATH_TO_COME"])
        let differs = try await take("\(Self.zhang),正常,\(CivilDate(days: 19_990))", title, in: city)
        #expect(differs.issues.map(\.code) == ["DEATH_DIFFERS"])
    }

    @Test("A file without a state leaves an ended membership ended, and says so", arguments: ["去世", "退会", "失效"])
    func noState(word: String) async throws {
        let city = try await city("\(Self.zhang),99010101,\(word),\(CivilDate(days: 19_990)),")
        let before = try await stands(city)
        let phones = try await take(
            "\(Self.zhang),99010101,13900009999", "姓名,身份证号,所属工会代码,手机号", in: city)
        #expect(phones.count(.changed) == 1)
        #expect(phones.issues.map(\.code) == ["MEMBERSHIP_ENDED"])
        #expect(try await stands(city) == before)
        // A column that is empty says no more.
        #expect(try await take("\(Self.zhang),99010101,,,", in: city).count(.unchanged) == 1)
        #expect(try await stands(city) == before)
    }

    @Test(
        "Who left or died comes back by a person's word only", arguments: [("去世", "WAS_DECEASED"), ("退会", "REJOINS")])
    func comingBack(word: String, code: String) async throws {
        let city = try await city("\(Self.zhang),99010101,\(word),\(CivilDate(days: 19_990)),")
        let before = try await stands(city)
        let again = try await take("\(Self.zhang),99010101,正常,,", in: city)
        #expect(again.count(.conflicting) == 1)
        #expect(again.issues.map(\.code) == [code])
        #expect(try await stands(city) == before)
        let confirmed = try await take("\(Self.zhang),99010101,正常,,是", in: city)
        #expect(confirmed.count(.changed) == 1)
        #expect(try await stands(city) == ["active 0 active 0"])
        _ = try await city.importer().undo(try #require(confirmed.batch))
        #expect(try await stands(city) == before)
    }

    @Test("Entered as dead by mistake, they have back what that ended, and nothing that ended or changed otherwise")
    func comingBackWhole() async throws {
        let city = try await city()
        // Of two more unions: one that they have asked to join, and one that they had left.
        let day = CivilDate(days: 19_000)
        for row in ["99010102,申请", "990101,退会"] {
            _ = try await take("\(Self.zhang),\(row),\(row.hasSuffix("退会") ? "\(day)" : ""),", in: city)
        }
        let before = try await stands(city)
        let list = (title: "姓名,身份证号,去世日期", row: "\(Self.zhang),\(CivilDate(days: 19_990))")
        _ = try await take(list.row, list.title, in: city)
        // The day of the death is told better: it is the same death.
        _ = try await take("\(Self.zhang),\(CivilDate(days: 19_980))", list.title, in: city)
        let back = "\(Self.zhang),,正常,,是"
        let confirmed = try await take(back, in: city)
        #expect(confirmed.count(.changed) == 1, "\(confirmed.issues)")
        #expect(try await stands(city) == before)
        _ = try await city.importer().undo(try #require(confirmed.batch))
        #expect(try await stands(city).allSatisfy { $0.hasPrefix("deceased 19980 ") })
        // Whoever gives one of them another number since has looked at it: it stays as they left it.
        _ = try await take("\(Self.zhang),99010101,A7", "姓名,身份证号,所属工会代码,会员证号", in: city)
        let partly = try await take(back + ",", Self.title + ",备注", in: city)
        #expect(partly.count(.changed) == 1)
        let changed = try await stands(city)
        #expect(changed.contains("active 0 deceased 19980"))
        #expect(changed.count { !before.contains($0) } == 1)
    }

    @Test("Who comes back to a union and belongs to another is told both before one 是 confirms both")
    func comingBackFromElsewhere() async throws {
        let city = try await city("\(Self.zhang),99010101,退会,\(CivilDate(days: 19_990)),")
        #expect(try await take("\(Self.zhang),99010102,正常,,", in: city).count(.changed) == 1)
        let before = try await stands(city)
        let again = try await take("\(Self.zhang),99010101,正常,,", in: city)
        #expect(again.count(.conflicting) == 1)
        #expect(Set(again.issues.map(\.code)) == ["REJOINS", "MEMBER_ELSEWHERE"])
        #expect(try await stands(city) == before)
        let confirmed = try await take("\(Self.zhang),99010101,正常,,是", in: city)
        #expect(confirmed.count(.changed) == 1)
        #expect(try await stands(city) == ["active 0 active 0", "active 0 left 20000"])
        _ = try await city.importer().undo(try #require(confirmed.batch))
        #expect(try await stands(city) == before)
    }

    @Test("Whoever belongs to no union and was entered as dead by mistake comes back by a person's word")
    func comingBackWithoutUnion() async throws {
        let city = try await city("\(Self.zhang),,去世,\(CivilDate(days: 19_990)),")
        let before = try await stands(city)
        #expect(before == ["deceased 19990 - 0"])
        // Without a state a row says nothing of it.
        #expect(try await take("\(Self.zhang),,,,", in: city).count(.unchanged) == 1)
        let again = try await take("\(Self.zhang),,正常,,", in: city)
        #expect(again.count(.conflicting) == 1)
        #expect(again.issues.map(\.code).contains("WAS_DECEASED"))
        #expect(try await stands(city) == before)
        let confirmed = try await take("\(Self.zhang),,正常,,是", in: city)
        #expect(confirmed.count(.changed) == 1)
        #expect(try await stands(city) == ["active 0 - 0"])
        _ = try await city.importer().undo(try #require(confirmed.batch))
        #expect(try await stands(city) == before)
    }

    @Test("Who has died joins no other union unasked; who has left does")
    func anotherUnion() async throws {
        let row = "\(Self.zhang),99010102,,,"
        let dead = try await take(row, in: try await city("\(Self.zhang),99010101,去世,,"))
        #expect(dead.issues.map(\.code) == ["WAS_DECEASED"])
        let left = try await city("\(Self.zhang),99010101,退会,\(CivilDate(days: 19_990)),")
        #expect(try await take(row, in: left).count(.changed) == 1)
        #expect(try await stands(left) == ["active 0 left 19990", "active 0 active 0"])
    }
}
