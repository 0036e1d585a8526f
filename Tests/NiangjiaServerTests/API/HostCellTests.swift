import Foundation
import NiangjiaCore
import NiangjiaWeb
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

@Suite struct HostCellTests {
    @Test("What the table says of operations that need no sign-in at the host is what HTTP does, role by role")
    func overHTTP() async throws {
        let city = try await AccessCity()
        var tokens: [Role: String] = [:]
        for role in Role.allCases {
            let id = role.rawValue.replacing("_", with: "-") + "-city"
            tokens[role] = try await city.city.host.access.signIn(id, password: TestCity.password).token
        }
        let asked = tokens
        try await city.city.serving { port in
            for (operation, path) in [
                ("audit.head", "/api/v1/audit/head"), ("fund.balance", "/api/v1/funds"),
                ("config.show", "/api/v1/config/active"), ("config.log", "/api/v1/config/proposals"),
                ("report", "/api/v1/reports/year?from=2026-01-01&to=2026-12-31"), ("program.list", "/api/v1/programs"),
            ] {
                let one = try #require(Operations.byName[operation])
                for (role, token) in asked {
                    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
                    request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
                    let (_, response) = try await URLSession.shared.data(for: request)
                    let status = (response as? HTTPURLResponse)?.statusCode
                    let cell = AccessTable.cell(one, role)
                    #expect(status == (cell == .host ? 403 : 200), "\(operation) by \(role): \(cell)")
                }
            }
        }
    }

    @Test("A preview's totals are the whole city's: an account that is bound to a part of it is refused them")
    func preview() async throws {
        let city = try await AccessCity()
        let package: Value = ["program": "summer-cooling-2026", "form": "package"]
        for operation in ["program.preview", "program.diff"] {
            let bound = try await city.account(.clerk)
            #expect(await city.failure(operation, package, as: bound)?.code == .forbidden, "\(operation)")
            let free = try await city.account(.clerk, bound: false)
            #expect(await city.failure(operation, package, as: free) == nil, "\(operation)")
        }
        try await city.city.host.close()
    }
}
