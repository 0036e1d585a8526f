import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaDemo

/// The files of a city in a folder of their own, read back as rows.
private struct Files {
    let folder: URL

    init(_ city: DemoCity) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("niangjia-demo-\(UUID().uuidString)")
        try city.write(to: folder)
    }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

    /// Rows as title → cell. The files of the demo hold no quoted cells but those with commas.
    func rows(_ name: String) throws -> [[String: String]] {
        var text = String(decoding: try bytes(name), as: UTF8.self)
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        var lines = text.components(separatedBy: "\r\n").filter { !$0.isEmpty }.map { $0.components(separatedBy: ",") }
        let titles = lines.removeFirst()
        return try lines.map { cells in
            try #require(cells.count == titles.count, "\(name): \(cells)")
            return Dictionary(uniqueKeysWithValues: zip(titles, cells))
        }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

@Suite("The demo city")
struct DemoCityTests {
    static let today = CivilDate(year: 2026, month: 5, day: 20)!

    @Test("the same seed gives the same bytes, another seed others")
    func isDeterministic() throws {
        let first = try Files(DemoCity(seed: 7, members: 2_000, stations: 48))
        let again = try Files(DemoCity(seed: 7, members: 2_000, stations: 48))
        let other = try Files(DemoCity(seed: 8, members: 2_000, stations: 48))
        defer { [first, again, other].forEach { $0.remove() } }
        for name in DemoCity.importOrder { #expect(try first.bytes(name) == again.bytes(name), "\(name)") }
        #expect(try first.bytes("people.csv") != other.bytes("people.csv"))
    }

    @Test("every number is right by its standard and nobody else's", arguments: [2_000, 30_000])
    func numbersAreRight(members: Int) throws {
        let files = try Files(DemoCity(seed: 3, members: members, stations: 48))
        defer { files.remove() }
        var seen: Set<String> = []
        var activeMembers = 0
        for row in try files.rows("people.csv") {
            let number = try #require(row["证件号码"])
            let checked = IdentityNumber.check(number, document: .residentID, today: Self.today)
            #expect(checked.number?.text == number)
            #expect(checked.findings.worst != .error, "\(number) \(checked.findings)")
            #expect(number.hasPrefix("9901"))
            #expect(seen.insert(number).inserted, "twice: \(number)")
            #expect(PersonName.check(row["姓名"] ?? "").name == row["姓名"])
            if let mobile = row["手机号码"], !mobile.isEmpty {
                #expect(MobileNumber.check(mobile).number == mobile)
                #expect(seen.insert(mobile).inserted, "twice: \(mobile)")
            }
            if let card = row["银行卡号"], !card.isEmpty {
                #expect(BankCard.passesLuhn(card))
                #expect(seen.insert(card).inserted, "two people's: \(card)")
            }
            if row["会籍状态"] == "正常" { activeMembers += 1 }
        }
        #expect(activeMembers == members)
        var codes: Set<String> = []
        for row in try files.rows("organizations.csv") {
            let checked = CreditCode.check(row["统一社会信用代码"] ?? "")
            let inside = try #require(checked.code).text.dropFirst(8).prefix(9)
            #expect(checked.code?.isUnchecked == false, "\(row)")
            #expect(CreditCode.organizationCheck(inside.prefix(8)) == inside.last, "\(row)")
            #expect(codes.insert(row["组织代码"] ?? "").inserted)
        }
    }

    @Test("parents come before children, and every reference is in the files")
    func referencesHold() throws {
        let files = try Files(DemoCity(seed: 5, members: 5_000, stations: 60))
        defer { files.remove() }
        var codes: Set<String> = []
        var credits: Set<String> = []
        for row in try files.rows("organizations.csv") {
            let parent = row["上级代码"] ?? ""
            #expect(parent.isEmpty || codes.contains(parent), "\(row)")
            codes.insert(row["组织代码"] ?? "")
            credits.insert(row["统一社会信用代码"] ?? "")
        }
        let households = Set(try files.rows("households.csv").compactMap { $0["档案号"] })
        var heads: [String: Int] = [:]
        var counted: [String: Int] = [:]
        for row in try files.rows("people.csv") {
            if let union = row["所属工会编码"], !union.isEmpty {
                #expect(codes.contains(union))
                counted[union, default: 0] += 1
            }
            if let employer = row["单位统一社会信用代码"], !employer.isEmpty { #expect(credits.contains(employer)) }
            if let household = row["家庭档案号"], !household.isEmpty {
                #expect(households.contains(household), "\(household)")
                if row["与户主关系"] == "户主" { heads[household, default: 0] += 1 }
            }
        }
        #expect(Set(heads.keys) == households && heads.values.allSatisfy { $0 == 1 })
        for row in try files.rows("organizations.csv") where !(row["会员人数"] ?? "").isEmpty {
            #expect(counted[row["组织代码"] ?? ""] == Int(row["会员人数"] ?? ""), "\(row)")
        }
    }

    @Test("stations come in GB18030, people in UTF-8, organisations with a byte order mark")
    func encodings() throws {
        let files = try Files(DemoCity(seed: 5, members: 1_000, stations: 48))
        defer { files.remove() }
        #expect(try files.bytes("organizations.csv").prefix(3) == Data([0xEF, 0xBB, 0xBF]))
        #expect(String(data: try files.bytes("people.csv"), encoding: .utf8) != nil)
        let stations = try files.bytes("stations.csv")
        #expect(String(data: stations, encoding: .utf8) == nil)
        // 站 is D5 BE in GB18030.
        #expect(stations.prefix(2) == Data([0xD5, 0xBE]))
    }

    @Test("every reference of the story is in the files, in the shape that the story needs")
    func casesHold() throws {
        let city = try DemoCity(seed: 990_100, members: 3_000, stations: 48)
        let files = try Files(city)
        defer { files.remove() }
        let people = try files.rows("people.csv")
        let byNumber = Dictionary(uniqueKeysWithValues: people.map { ($0["证件号码"] ?? "", $0) })
        let organizations = Dictionary(
            uniqueKeysWithValues: try files.rows("organizations.csv").map { ($0["组织代码"] ?? "", $0) })
        for item in city.cases {
            if let applicant = item.applicant { #expect(byNumber[applicant] != nil, "\(item.id)") }
            for reference in item.references {
                switch reference {
                case .person(let number): #expect(byNumber[number] != nil, "\(item.id) \(number)")
                case .organization(let code): #expect(organizations[code] != nil, "\(item.id) \(code)")
                case .station, .file: break
                }
            }
        }
        let father = try #require(city.cases.first { $0.id == "T6-father" }?.applicant)
        let mother = try #require(city.cases.first { $0.id == "T6-mother" }?.applicant)
        #expect(byNumber[father]?["家庭档案号"] == byNumber[mother]?["家庭档案号"])
        #expect(byNumber[father]?["所属工会编码"] != byNumber[mother]?["所属工会编码"])
        for item in city.cases where item.form == "enrol" {
            let unit = try #require(item.unit)
            let all = try #require(Int(organizations[unit]?["会员人数"] ?? ""))
            let taking = item.references.count { if case .person = $0 { true } else { false } }
            #expect(
                (taking * 100 >= all * 80) == (item.expected.outcome == "granted"), "\(item.id): \(taking) of \(all)")
        }
        let enrolled = Set(
            city.cases.filter { $0.form == "enrol" && $0.expected.outcome == "granted" }.flatMap(\.references))
        for item in city.cases where item.form == "claim" {
            #expect(enrolled.contains(.person(item.applicant ?? "")), "\(item.id)")
        }
    }

    @Test("a size out of bounds is refused with its reason")
    func refusesSizes() {
        #expect(throws: NiangjiaError.self) { try DemoCity(members: 10) }
        #expect(throws: NiangjiaError.self) { try DemoCity(stations: 1) }
    }
}
