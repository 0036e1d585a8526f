import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What tests of money between unions, donors and suppliers share.
protocol FlowSuite {}

extension FlowSuite {
    /// A city with a treasurer, a payer, and unions and a supplier with accounts.
    func city(at now: String = "2026-09-15T09:00:00+08:00") async throws -> TestCity {
        let city = try await TestCity(at: now)
        try await city.addTreasury()
        try await city.addUnions(
            "工会代码,工会名称,上级代码,层级,银行账号,开户名",
            [
                "990100,示范市总工会,,市级,6222990100000001,示范市总工会", "990101,甲区总工会,990100,区县,6222990100000002,甲区总工会",
                "990102,乙区总工会,990100,区县,6222990100000003,乙区总工会", "99010101,甲厂工会,990101,基层,6222990100000004,甲厂工会",
                "99010201,乙厂工会,990102,基层,6222990100000005,乙厂工会", "990100F1,快递联合会,990100,工会联合会,6222990100000006,快递联合会",
                "GYS01,清凉物资公司,990100,供应商,6222990100000007,清凉物资公司",
            ])
        return city
    }
}
