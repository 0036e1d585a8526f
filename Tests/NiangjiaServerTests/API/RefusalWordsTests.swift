import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What somebody hears who may not, must do something else first, or asks for what can't be: its code, its words, its place.
@Suite struct RefusalWordsTests {
    @Test("Where roles rest for want of a second factor every route says so, in a code of its own")
    func mustEnrol() async throws {
        let city = try await TestCity(approved: false)
        try city.edit("config/niangjia.yaml", "# second_factor: [", "second_factor: [")
        try await city.approve()
        try await city.addTreasury()
        try await city.serving { port in
            let (money, session) = try await CityClient(port: port).signedIn("treasurer")
            #expect(session["must_enrol"] == true)
            for (method, path, body) in [
                ("GET", "/funds", nil), ("GET", "/batches", nil), ("GET", "/config/active", nil),
                ("GET", "/cases", nil),
                ("POST", "/batches", ["program": "tuition-2026"]), ("GET", "/me/programs", nil),
                ("GET", "/organizations/names?text=99", nil),
            ] as [(String, String, Value?)] {
                let told = try await money.ask(method, path, body)
                #expect(told.status == 403 && told.body["code"] == "must_enrol", "\(path) \(told.body.json)")
                #expect(told.body["detail"].text?.contains("/api/v1/me/second-factor") == true, "\(told.body.json)")
            }
            #expect(
                try await money.ask("POST", "/me/second-factor", ["password": .text(TestCity.password)]).status == 200)
        }
    }

    @Test("Who may not is told everybody who may")
    func everybody() async throws {
        let city = try await TestCity()
        try await city.addTreasury()
        try await city.serving { port in
            let payer = try await CityClient(port: port).signedIn("payer").client
            for (path, permissions) in [
                ("/cases", [Permission.seeOwn, .seeCases]),
                ("/config/proposals", [.propose, .approveProposal, .seeAccounts]),
            ] {
                let told = try await payer.ask("GET", path)
                #expect(told.status == 403 && told.body["code"] == "forbidden", "\(told.body.json)")
                for role in Set(permissions.flatMap(\.roles)) {
                    #expect(told.body["detail"].text?.contains(role.title.zh) == true, "\(role) \(told.body.json)")
                }
            }
        }
    }

    @Test(
        "Days that are written the wrong way round, a head that is none, the same password again, a form without a batch"
    )
    func places() async throws {
        let city = try await TestCity()
        try await city.add("auditor", .auditor)
        try await city.serving { port in
            let office = try await CityClient(port: port).signedIn("office").client
            let auditor = try await CityClient(port: port).signedIn("auditor").client
            let days = try await auditor.ask("GET", "/reports/year?from=2026-12-31&to=2026-01-01")
            #expect(days.status == 422 && days.body["detail"].text?.contains("2026-12-31") == true, "\(days.body.json)")
            let head = try await auditor.ask("POST", "/audit/verifications", ["heads": ["1-abc"]])
            #expect(head.status == 422 && head.body["place"] == "/heads/0", "\(head.body.json)")
            let same: Value = ["password": .text(TestCity.password), "new_password": .text(TestCity.password)]
            let password = try await office.ask("POST", "/me/password", same)
            #expect(password.status == 422 && password.body["place"] == "/new_password", "\(password.body.json)")
            #expect(try await office.ask("GET", "/runs").body["items"] == [], "still signed in")
            let told = try await office.ask("POST", "/programs/tuition-2026/runs", ["form": "apply"])
            #expect(told.status == 422 && told.body["place"] == "/form", "\(told.body.json)")
            #expect(try await office.ask("GET", "/runs").body["items"] == [], "nothing was begun")
            let log = try await office.ask("GET", "/config/proposals")
            #expect(log.body["items"].list?.isEmpty == false && log.body.map?["next"] == .null)
        }
    }

    @Test("A stale proposal is told in a sentence, over HTTP too; one that wasn't previewed has no place")
    func proposals() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try city.edit("config/programs/summer-cooling-2026.yaml", "value: 50", "value: 60")
        let first = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        try city.edit("config/programs/summer-cooling-2026.yaml", "value: 60", "value: 70")
        let second = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        for language in [Language.zh, .en] {
            let log = try await city.run("config.log", [:], as: "office", in: language).answer?["items"].list
            let told = log?.first { $0["digest"].text == second.digest }?["changes"].list?.compactMap(\.text)
            #expect(told == second.summary.map { $0[language] } && told?.isEmpty == false)
        }
        let digest = (first: first.digest, second: second.digest)
        try await city.preview(second)
        try await city.serving { port in
            let chief = try await CityClient(port: port).signedIn("chief").client
            let early = try await chief.ask("POST", "/config/proposals/\(digest.first)/approval")
            #expect(early.status == 409 && early.body.map?["place"] == .null, "\(early.body.json)")
            #expect(try await chief.ask("POST", "/config/proposals/\(digest.second)/approval").status == 200)
            let stale = try await chief.ask("POST", "/config/proposals/\(digest.first)/approval")
            let words = try #require(stale.body["detail"].text)
            #expect(stale.status == 409 && words.contains("重新提交:POST /api/v1/config/proposals;"), "\(words)")
            #expect(!words.contains("主机上办理"), "\(words)")
        }
    }

    @Test("What is paid needs no word for an account: nobody shall believe that theirs has moved a payment")
    func confirmation() async throws {
        let city = try await TestCity()
        let paid = try await city.entitle(1)[0]
        let crypto = city.host.crypto
        let account = try await city.host.store.read { reader in
            try #require(try PayeeAccounts.account(of: paid.payee, in: reader, crypto))
        }
        let word: Value = ["ending": .text(String(account.number.suffix(4))), "how": "电话核实"]
        try await city.add("desk", .clerk)
        try await city.pay("tuition-2026")
        try await city.serving { port in
            let desk = try await CityClient(port: port).signedIn("desk").client
            let told = try await desk.ask("POST", "/entitlements/\(paid.id)/account-confirmation", word)
            #expect(told.status == 409 && told.body["detail"].text?.contains("没有要付的款") == true, "\(told.body.json)")
        }
    }

    @Test("Rows of an import are named by what its sender called the file, without its path")
    func imports() async throws {
        let city = try await TestCity()
        try await city.serving { port in
            let office = try await CityClient(port: port).signedIn("office").client
            let begun = try await office.ask(
                "POST", "/imports", ["kind": "organization", "name": "C:\\\\工作\\\\新建工会.csv"])
            let id = try #require(begun.body["import"].text, "\(begun.body.json)")
            let sent = try await office.ask(
                "PUT", "/imports/\(id)/file", content: "工会代码,工会名称,上级工会代码,层级\r\n,没有代码,990100,基层\r\n")
            #expect(sent.status == 202, "\(sent.body.json)")
            var shown = try await office.ask("GET", "/imports/\(id)").body
            while shown["is_ended"] != true { shown = try await office.ask("GET", "/imports/\(id)").body }
            #expect(shown["findings"]["issues"].list?.first?["place"] == "新建工会.csv:2", "\(shown.json)")
        }
    }
}
