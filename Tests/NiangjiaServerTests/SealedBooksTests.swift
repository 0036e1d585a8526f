import Foundation
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

@Suite("Who filed a sealed case is named nowhere", .serialized) struct SealedBooksTests {
    @Test("The books name whoever booked, but not the reporter of a sealed case; nor does the log of looks name them")
    func books() async throws {
        let city = try await TestCity()
        let (person, unit) = try await city.peopleWhoSeeHazards()
        try await city.addTreasury()
        let filed = try await city.reportHazard(in: unit, "major")
        let id = try #require(filed.text.flatMap { ID<CaseFile>($0) })
        let isSealed = try await city.host.store.read { try Cases.load(id, in: $0).isSealed }
        #expect(isSealed)
        for account in ["worker", "officer"] {
            let context = city.host.context(account)
            try await city.host.store.write(.interactive) { writer in
                let new = NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                    shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: 50_000))], program: "tuition-2026",
                    series: "tuition", on: context.today)
                _ = try Entitlements.hold([new], about: id.text, context, in: writer)
            }
        }
        let told = try #require(
            try await city.run("fund.statement", ["line": "tuition-2026"], as: "treasurer").answer?.list)
        let actors = Set(told.filter { $0["about"].text == id.text }.compactMap { $0["actor"].text })
        #expect(actors == ["-", "officer"])
        let report: Value = ["kind": "statement", "line": "tuition-2026"]
        let rows = try #require(try await city.run("fund.report", report, as: "treasurer").answer?["rows"].list)
        #expect(Set(rows.filter { $0["about"].text == id.text }.compactMap { $0["actor"].text }) == ["-", "officer"])

        let read: Value = ["case": .text(id.text), "file": "photo"]
        _ = try await city.run("case.evidence_file", read, as: "worker")
        let looks = try await city.host.store.read {
            try $0.integer("SELECT COUNT(*) FROM access_log WHERE account = 'worker'")
        }
        #expect(looks == 0)
        try await city.host.close()
    }

    @Test(
        "Corrections, claims, files, refusals and patterns tell no more of whom a sealed case hides than the case does")
    func sideDoors() async throws {
        let city = try await TestCity()
        let (person, unit) = try await city.peopleWhoSeeHazards()
        try await city.addTreasury()
        try await city.add("auditor", .auditor)
        let id = try #require(try await city.reportHazard(in: unit, "major").text.flatMap { ID<CaseFile>($0) })
        let crypto = city.host.crypto

        // The photo: by its place, with nothing that another case of the same account has as well.
        let stored = try await city.host.store.read { reader in
            try Cases.fields(of: id, crypto: crypto, in: reader)["photo"]?.text ?? ""
        }
        let shown = try #require(try await city.run("case.show", ["case": .text(id.text)], as: "auditor").answer)
        #expect(shown["is_sealed"] == true && shown["fields"]["photo"] == "photo" && !shown.json.contains(stored))
        let files = try #require(try await city.run("case.evidence", ["case": .text(id.text)], as: "officer").answer)
        let photo = try #require(files.list?.first)
        #expect(photo["file"] == "photo" && photo["media_type"] == "application/pdf")
        #expect(photo["sm3"] == .null && photo["size"] == .null && photo["at"] == .null)
        let named: Value = ["case": .text(id.text), "file": .text(stored)]
        #expect(await code { _ = try await city.run("case.evidence_file", named, as: "officer") } == .notFound)
        let placed: Value = ["case": .text(id.text), "file": "photo"]
        let read = try await city.run("case.evidence_file", placed, as: "officer").answer
        #expect(read?["file"] == "photo" && read?["content"].text != nil)
        let own = try await city.run("case.show", ["case": .text(id.text)], as: "worker").answer
        #expect(own?["fields"]["photo"].text == stored, "the filer sends it back as it is")

        // A correction whose gap is the sealed case's decision, and money claimed back from it.
        try city.edit(
            "config/programs/hazard-report-2026.yaml", "severity: major, amount: 200", "severity: major, amount: 250")
        try await city.approve()
        let draft = try await city.run("program.correct", ["program": "hazard-report-2026"], as: "auditor")
        let gap = try #require(draft.answer?["gaps"].list?.first)
        #expect(gap["subject"] == "-" && !draft.lines.contains { $0.contains(person.text) }, "\(draft.lines)")
        let context = city.host.context("office")
        try await city.host.store.write(.interactive) { writer in
            let new = NewEntitlement(
                decision: context.ids.next(), caseID: id, kind: .money, payee: .person(person),
                shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: 50_000))], program: "tuition-2026",
                series: "tuition", on: context.today)
            let held = try Entitlements.hold([new], about: id.text, context, in: writer)
            try writer.execute(
                "UPDATE entitlement_row SET state = 'clawed_back', claimed = 50000 WHERE id = $1", [.id(held[0])])
        }
        let claim = try #require(try await city.run("fund.claims", [:], as: "auditor").answer?.list?.first)
        #expect(claim["case"].text == id.text && claim["name"] == "-")
        // Whoever may not know who applies by the form is told the entitlement, here as in a batch.
        let byEntitlement = try #require(
            try await city.run("fund.claims", [:], as: "treasurer").answer?.list?.first)
        #expect(byEntitlement["case"] == .null && byEntitlement["name"] == "-")
        #expect(byEntitlement["entitlement"] == claim["entitlement"])

        // Whoever may not review hears one thing, whatever the reason.
        let record = try await city.host.store.read { try Cases.load(id, in: $0) }
        #expect(record.isSealed)
        func refusal(_ actor: Actor, _ record: CaseRecord) async throws -> String {
            try await city.host.store.read { reader in
                do {
                    try ReviewRights.check(.reject("不符"), record, actor, in: reader)
                    return ""
                } catch let error as NiangjiaError { return error.message.zh }
            }
        }
        let county = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM organization WHERE code = '990103'") { $0.id(0, Organization.self) }
        }
        let relative = Actor(account: "r", role: "reviewer", person: person)
        let stranger = Actor(account: "s", role: "reviewer", scope: county)
        let told = try await refusal(relative, record)
        #expect(told.contains("已封存") && !told.contains("申请人"))
        #expect(try await refusal(stranger, record) == told)
        var open = record
        open.isSealed = false
        #expect(try await refusal(relative, open).contains("申请人"))

        // Patterns name no filer.
        let patterns = try await city.host.store.write(.interactive) { writer in
            try writer.execute("UPDATE case_file SET channel = 'scan' WHERE id = $1", [.id(id)])
            var limits = PatternLimits()
            limits.burstCount = 1
            let days = DateRange(from: context.today + -30, to: context.today + 30)
            return try AuditPatterns.find(days, [], limits, in: writer)
        }
        #expect(patterns.bursts.map(\.who) == ["-"])
        try await city.host.close()
    }

    @Test("That there is a paper which is for others to read is told; of a sealed case nothing")
    func papers() async throws {
        let city = try await TestCity(approved: false)
        try city.edit("plugins/hazard-report/plugin.yaml", "photo: {type: file,", "photo: {type: file, read: [safety],")
        try await city.approve()
        let (_, unit) = try await city.peopleWhoSeeHazards()
        try await city.add("auditor", .auditor)
        let sealed = try await city.reportHazard(in: unit, "major")
        let path = city.temporary.file("photo.pdf")
        let filed = try await city.run(
            "case.submit",
            [
                "program": "hazard-report-2026", "form": "report",
                "fields": ["unit": .text(unit), "severity": "minor", "open_name": true],
                "files": ["photo": .text(path)],
            ], as: "worker")
        let id = try #require(filed.answer?["case"])
        let listed = try await city.run("case.evidence", ["case": id], as: "auditor")
        #expect(listed.lines.contains { $0.contains("有 1 份附件您不能查看:photo(限 safety)") }, "\(listed.lines)")
        let row = try #require(listed.answer?.list?.first)
        #expect(row["field"] == "photo" && row["file"] == .null && row["read"] == ["safety"] && row["sm3"] == .null)
        let reading: Value = ["case": id, "file": "photo"]
        #expect(await code { _ = try await city.run("case.evidence_file", reading, as: "auditor") } == .forbidden)
        let shown = try await city.run("case.show", ["case": id], as: "auditor")
        #expect(shown.answer?["left_out"]["facts"] == ["application.photo"])
        #expect(shown.answer?["left_out"]["needs"] == ["safety"])
        #expect(shown.lines.contains { $0.contains("限 safety 查看") }, "\(shown.lines)")
        let officer = try await city.run("case.evidence", ["case": id], as: "officer").answer?.list?.first
        #expect(officer?["file"].text?.count == 64 && officer?["read"] == .null)
        #expect(try await city.run("case.evidence", ["case": sealed], as: "auditor").answer?.list?.isEmpty == true)
        try await city.host.close()
    }
}
