import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What tests of union dues share: a city with unions that pay, and files of the tax bureau.
protocol DuesSuite {}

extension DuesSuite {
    static var payer: String { "91990101MA0000111M" }
    static var small: String { "91990101MA000012XD" }
    static var unknown: String { "91990101MA0000138D" }
    static var companyOfFederation: String { "91990101MA00001468" }
    static var titles: String { "流水号,统一社会信用代码,纳税人名称,费款所属期,计费依据,实缴金额,入库日期,原流水号" }

    /// A city with a treasurer, a payer, three unions with accounts, and a federation.
    func city(at now: String = "2026-07-15T09:00:00+08:00", edit: (TestCity) throws -> Void = { _ in }) async throws
        -> TestCity
    {
        let city = try await TestCity(at: now, approved: false)
        try edit(city)
        try await city.approve()
        try await city.addTreasury()
        try await city.addUnions(
            "工会代码,工会名称,上级代码,层级,单位统一社会信用代码,银行账号,开户名",
            [
                "990100,示范市总工会,,市级,,6222990100000001,示范市总工会",
                "990101,甲区总工会,990100,区县,,6222990100000002,甲区总工会",
                "99010101,甲厂工会,990101,基层,\(Self.payer),6222990100000003,甲厂工会",
                "99010102,小店工会,990101,基层,\(Self.small),6222990100000004,小店工会",
                "990100F1,快递联合会,990100,工会联合会,,6222990100000005,快递联合会",
                "990100F1A,快递公司工会,990100F1,基层,\(Self.companyOfFederation),6222990100000006,快递公司工会",
                "99010103,新建工会,990101,基层,,6222990100000007,新建工会",
            ])
        return city
    }

    @discardableResult
    func take(_ lines: [String], _ name: String, _ city: TestCity) async throws -> Value {
        let file = try city.write([Self.titles] + lines, name)
        return try await city.run("dues.import", ["file": .text(file)], as: "treasurer").answer ?? .null
    }

    func available(_ line: String, _ city: TestCity) async throws -> Int64 {
        try await city.balance("dues-\(line)-2026")
    }

    func isSound(_ city: TestCity) async throws {
        try await city.expectSound()
        let statement = try await city.run("dues.statement", ["year": 2026], as: "treasurer").answer
        #expect(statement?["faults"].list?.isEmpty == true, "\(String(describing: statement?["faults"]))")
    }

    /// A year's lines of one payer, a month each.
    func months(_ code: String, payroll: String, amount: String) -> [String] {
        (1...12).map { month in
            let number = month < 10 ? "0\(month)" : "\(month)"
            return "T\(code.suffix(4))\(number),\(code),甲厂,2026-\(number),\(payroll),\(amount),2026-\(number)-15,"
        }
    }
}
