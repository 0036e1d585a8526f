import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What of the facts behind a decision is told to whom, and that a look at private ones is written down.
@Suite(.serialized) struct ExplainedFactsTests {
    /// A stay in hospital that nobody was insured for, filed for the own part's person: refused as it is handed in.
    private func refusedClaim(_ city: AccessCity) async throws -> String {
        let sheet = try await city.city.host.evidence.add(Array("%PDF-1.4 sheet".utf8), by: "office")
        let filed = try await city.city.run(
            "case.submit",
            [
                "program": "mutual-aid-2026", "form": "claim", "channel": "clerk",
                "applicant": .text(city.own.person.text),
                "fields": [
                    "admitted_on": "2026-06-01", "discharged_on": "2026-06-20", "cause": "illness",
                    "self_pay": "8000", "settlement": .text(sheet),
                ],
            ], as: "office")
        #expect(filed.answer?["state"].text == "refused", "\(filed.lines)")
        return try #require(filed.answer?["case"].text)
    }

    private func looks(_ city: AccessCity, at reason: String = "decision explain") async throws -> [Value] {
        let officer = try await city.account(.securityOfficer, bound: false)
        let told = try await city.perform("access.log", [:], as: officer).answer?.list ?? []
        return told.filter { $0["reason"].text == reason }
    }

    @Test("A case as it is shown tells what its explanation tells, and a look at it is written down")
    func shownCases() async throws {
        let city = try await AccessCity()
        let claim = try await refusedClaim(city)
        let shown: Value = ["case": .text(claim)]
        for role in [Role.programAdmin, .treasurer] {
            let told = try await city.perform("case.show", shown, as: city.account(role, bound: false))
            let answer = try #require(told.answer)
            #expect(!answer.json.contains("illness") && !told.lines.contains { $0.contains("illness") }, "\(role)")
            #expect(answer["fields"]["self_pay"] == .null && answer["fields"]["self_pay_fen"] == .null)
            #expect(answer["left_out"]["facts"].list?.contains("application.cause") == true)
            #expect(answer["left_out"]["needs"] == ["see_journal", "see_registers"])
            #expect(told.lines.contains { $0.contains("没有显示") && $0.contains("see_registers") })
        }
        #expect(try await looks(city, at: "case show").isEmpty)
        for role in [Role.clerk, .reviewer, .auditor] {
            let account = try await city.account(role)
            let told = try await city.perform("case.show", shown, as: account)
            #expect(told.answer?["fields"]["cause"] == "illness" && told.answer?["left_out"] == .null, "\(role)")
            let look = try #require(try await looks(city, at: "case show").first)
            #expect(look["account"].text == account.id && look["about"].text == city.own.person.text)
            #expect(look["fields"].text?.contains("application.cause") == true)
        }
        let own = try await city.perform("case.show", shown, as: city.account(.member))
        #expect(own.answer?["fields"]["cause"] == "illness" && own.answer?["left_out"] == .null)
        #expect(try await looks(city, at: "case show").count == 3)
        try await city.city.host.close()
    }

    @Test("The numbers and days of a rule's reason are told to those who may see all that the rule was told")
    func values() async throws {
        let city = try await AccessCity()
        let manifest = try #require(
            try await city.city.host.bundles.active().plugins["summer-cooling"]?.manifest)
        let form = try #require(manifest.forms["package"])
        let subject = SubjectRef(.person, city.own.person.rawValue)
        func words(_ role: Role, home: ID<Organization>, _ code: String = "SEASON_CAP") async throws -> String {
            try await FactFilter(
                subject, home: home, form: form, record: nil, for: city.account(role), city.city.host
            ).reason(code, ["count": 7], manifest, nil).zh
        }
        for role in [Role.clerk, .reviewer, .auditor, .member] {
            #expect(try await words(role, home: city.own.county) == "本季已领7份,达到上限", "\(role)")
        }
        for role in [Role.programAdmin, .treasurer] {
            #expect(try await words(role, home: city.own.county) == "本季已领…份,达到上限", "\(role)")
        }
        // Of somebody of another part not even a clerk is told, and what the host says of itself is for everybody.
        #expect(try await words(.clerk, home: city.other.county) == "本季已领…份,达到上限")
        #expect(
            try await words(.treasurer, home: city.own.county, HostReason.budgetShort)
                == words(.clerk, home: city.own.county, HostReason.budgetShort))
        try await city.city.host.close()
    }

    @Test("Whoever files for somebody of another part is told what was filled in, and nothing that the registers say")
    func filedElsewhere() async throws {
        let city = try await AccessCity()
        let clerk = try await city.account(.clerk)
        let sheet = try await city.city.host.evidence.add(Array("%PDF-1.4 sheet".utf8), by: clerk.id)
        let filed = try await city.perform(
            "case.submit",
            [
                "program": "mutual-aid-2026", "form": "claim", "channel": "clerk",
                "applicant": .text(city.other.person.text),
                "fields": [
                    "admitted_on": "2026-06-01", "discharged_on": "2026-06-20", "cause": "illness",
                    "self_pay": "0.01", "settlement": .text(sheet),
                ],
            ], as: clerk)
        let id = try #require(filed.answer?["case"].text.flatMap { ID<CaseFile>($0) })
        let record = try await city.city.host.store.read { try Cases.load(id, in: $0) }
        let view = try await CaseView(of: record, for: clerk, on: city.city.host)
        let filter = try await FactFilter(of: record, view, for: clerk, city.city.host)
        let told = filter.told([
            "application": ["cause": "illness"], "subject": ["sex": "female"],
            "household": ["yearly_income": 1_200_000], "look": ["term": ["count": 1, "amount": 86_000]],
        ])
        #expect(told.facts == ["application": ["cause": "illness"]])
        #expect(told.leftOut.keys.sorted() == ["household.yearly_income", "look.term", "subject.sex"])
        #expect(!filter.tellsValues && !filter.tellsAdvice)
        let manifest = try await city.city.host.bundles.active().plugins["mutual-aid"]?.manifest
        let words = filter.reason("BELOW_DEDUCTIBLE", ["total": 86_000, "deductible": 100_000], manifest, nil)
        #expect(!words.zh.contains("860") && words.zh.contains("…"), "\(words.zh)")
        try await city.city.host.close()
    }

    @Test("A member isn't told what others of the household received, neither by a look nor in a reason, and hears so")
    func household() async throws {
        let city = try await AccessCity()
        let manifest = try #require(
            try await city.city.host.bundles.active().plugins["summer-cooling"]?.manifest)
        var form = try #require(manifest.forms["package"])
        var look = LookDefinition(name: "home", source: .decisions)
        look.per = "household"
        form.facts.look.append(look)
        let facts: Value = [
            "subject": ["exposure": "outdoor"],
            "look": ["packs": ["count": 1, "amount": 5_000], "home": ["count": 2, "amount": 75_000]],
        ]
        let member = try await city.account(.member)
        func filter(_ form: FormDefinition) async throws -> FactFilter {
            try await FactFilter(
                SubjectRef(.person, city.own.person.rawValue), home: city.own.county, form: form, record: nil,
                for: member, city.city.host)
        }
        let told = try await filter(form).told(facts)
        #expect(told.facts["look"] == ["packs": ["count": 1, "amount": 5_000]])
        #expect(told.leftOut.keys.sorted() == ["look.home"] && told.looked.isEmpty)
        #expect(told.words?.zh.contains("家庭其他成员") == true && told.leftOutValue["facts"] == ["look.home"])
        #expect(try await filter(form).reason("SEASON_CAP", ["count": 7], manifest, nil).zh == "本季已领…份,达到上限")
        #expect(try await filter(form).tellsAdvice)
        // Of themselves alone they are told everything.
        let own = try #require(manifest.forms["package"])
        #expect(try await filter(own).reason("SEASON_CAP", ["count": 7], manifest, nil).zh == "本季已领7份,达到上限")
        try await city.city.host.close()
    }

    @Test("Codes of the registers are told by what they are called")
    func codes() {
        let facts: Value = ["subject": ["exposure": "outdoor", "occupation": "office"]]
        #expect(
            ExplanationWords(form: nil, fields: [], language: .zh).lines(facts) == [
                "作业环境(subject.exposure) = 户外露天(outdoor)", "职业(subject.occupation) = 办公室职员(office)",
            ])
        let settings = [Field("exposures", .list(.string)), Field("kinds", .list(.string))]
        #expect(
            ExplanationWords(settings: settings, language: .en).lines([
                "exposures": ["outdoor", "key_project"], "kinds": ["outdoor", "a"],
            ]) == ["exposures = outdoors (outdoor), key project (key_project)", "kinds = outdoor, a"])
    }

    @Test("A case shows what was filled in, by the form's titles and in yuan")
    func filled() async throws {
        let city = try await AccessCity()
        let shown = try await city.perform(
            "case.show", ["case": .text(city.own.caseID)], as: city.account(.clerk))
        let line = try #require(shown.lines.first { $0.contains("子女") })
        #expect(line.contains("学费 5,000.00 元") || line.contains("学费 5000.00 元"), "\(line)")
        #expect(line.contains("录取或在读证明 已附") && !line.contains(city.own.proof), "\(line)")
        let treasurer = try await city.perform(
            "case.show", ["case": .text(city.own.caseID)], as: city.account(.treasurer, bound: false))
        #expect(!treasurer.lines.contains { $0.contains("学费") })
        try await city.city.host.close()
    }

    @Test(
        "Without the right to the registers no private fact is told, and it is said what is left out and what it takes")
    func leftOut() async throws {
        let city = try await AccessCity()
        let claim = try await refusedClaim(city)
        for role in [Role.programAdmin, .treasurer] {
            let account = try await city.account(role, bound: false)
            let told = try await city.perform("decision.explain", ["decision": .text(claim)], as: account)
            let answer = try #require(told.answer)
            #expect(answer["reasons"].list?.isEmpty == false)
            #expect(!answer.json.contains("illness") && !told.lines.contains { $0.contains("illness") })
            #expect(answer["facts"].at(path: "application.self_pay") == .null)
            #expect(answer["facts"]["look"] == .null)
            let facts = answer["left_out"]["facts"].list ?? []
            #expect(facts.contains("application.cause") && facts.contains("look.cover"), "\(facts)")
            #expect(answer["left_out"]["needs"] == ["see_journal", "see_registers"])
            #expect(told.lines.contains { $0.contains("没有显示") && $0.contains("see_registers") && $0.contains("审核人") })
            let english = CollectingSink()
            try await Operations.perform(
                "decision.explain", ["decision": .text(claim)], on: city.city.host, as: account,
                output: Output(english, language: .en))
            #expect(english.lines.contains { $0.contains("left out") && $0.contains("see_journal") })
        }
        #expect(try await looks(city).isEmpty)
        // What a run was told of somebody that isn't private stays to be seen, and is no look.
        let admin = try await city.account(.programAdmin, bound: false)
        let batch = try await city.perform("decision.explain", ["decision": .text(city.own.decision)], as: admin)
        #expect(batch.answer?["facts"].at(path: "subject.exposure").text != nil)
        #expect(try await looks(city).isEmpty)
        try await city.city.host.close()
    }

    @Test("Whoever may see registers and journal sees all in their part of the city, and the look is written down")
    func looked() async throws {
        let city = try await AccessCity()
        let claim = try await refusedClaim(city)
        for role in [Role.clerk, .reviewer, .auditor] {
            let account = try await city.account(role)
            let told = try await city.perform("decision.explain", ["decision": .text(claim)], as: account)
            #expect(told.answer?["facts"].at(path: "application.self_pay").int == 800_000, "\(role)")
            #expect(told.answer?["left_out"] == .null, "\(role)")
            let look = try #require(try await looks(city).first)
            #expect(look["account"].text == account.id && look["about"].text == city.own.person.text)
            #expect(look["fields"].text?.contains("application.cause") == true)
        }
        #expect(try await looks(city).count == 3)
        // The member's own is told whole, and is no look.
        let member = try await city.account(.member)
        let own = try await city.perform("decision.explain", ["decision": .text(claim)], as: member)
        #expect(own.answer?["facts"].at(path: "application.self_pay").int == 800_000)
        #expect(own.answer?["left_out"] == .null)
        #expect(try await looks(city).count == 3)
        try await city.city.host.close()
    }

    @Test("What the register knows follows the right to it, fact by fact, and only in the subject's own union")
    func registers() async throws {
        let city = try await AccessCity()
        let form = try #require(
            try await city.city.host.bundles.active().plugins["summer-cooling"]?.manifest.forms["package"])
        let facts: Value = [
            "subject": ["exposure": "outdoor", "sex": "female", "ref": "p-1"],
            "household": ["hardship_class": "deep", "yearly_income": 1_200_000, "size": 3],
            "look": ["before": ["count": 1, "amount": 5_000]],
        ]
        let subject = SubjectRef(.person, city.own.person.rawValue)
        func told(_ role: Role, home: ID<Organization>) async throws -> FactFilter.Told {
            try await FactFilter(
                subject, home: home, form: form, record: nil, for: city.account(role), city.city.host
            ).told(facts)
        }
        for role in [Role.programAdmin, .treasurer] {
            let seen = try await told(role, home: city.own.county)
            #expect(seen.facts == ["subject": ["exposure": "outdoor", "ref": "p-1"]], "\(role)")
            #expect(
                seen.leftOut.keys.sorted() == [
                    "household.hardship_class", "household.size", "household.yearly_income", "look.before",
                    "subject.sex",
                ])
            #expect(seen.leftOut["household.size"] == ["see_registers"])
        }
        let clerk = try await told(.clerk, home: city.own.county)
        #expect(clerk.facts == facts && clerk.leftOut.isEmpty && clerk.looked.count == 5)
        // Served in one union, at home in another: its register isn't open to the first one's clerk.
        let elsewhere = try await told(.clerk, home: city.other.county)
        #expect(elsewhere.facts == ["subject": ["exposure": "outdoor", "ref": "p-1"]])
        let member = try await told(.member, home: city.own.county)
        #expect(member.facts == facts && member.looked.isEmpty)
        try await city.city.host.close()
    }
}
