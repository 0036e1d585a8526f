import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

/// Every route on a real server over the demo city, each answer compared with the document that this server serves.
@Suite(.serialized) struct APIStoryTests {
    /// What a story needs: the client, and everybody's token.
    struct Cast: Sendable {
        var client: DocumentedClient
        var tokens: [String: String] = [:]
        var binary: Binary

        subscript(name: String) -> String? { tokens[name] }
    }

    private static let people = [
        "office", "city", "treasurer", "payer", "keeper", "auditor", "admin", "m-t6-father",
    ]

    /// Operations that the story only sees refused, and why.
    private static let onlyRefused: [String: String] = [
        "actionShow": "no action of the demo city's programs asks for a second person",
        "actionConfirm": "no action of the demo city's programs asks for a second person",
        "drawShow": "the demo city has no draw", "drawVerify": "the demo city has no draw",
        "drawValue": "the demo city has no draw", "programPause": "the demo's runs end at once",
        "programCancel": "the demo's runs end at once", "configApprove": "a demo city approves by itself",
        "pluginApprove": "a demo city approves by itself",
        "accountPassword": "the demo's accounts keep theirs; SecondFactorTests change one",
        "accountTotpEnrol": "SecondFactorTests enrol, confirm and remove",
        "accountTotpConfirm": "SecondFactorTests confirm",
        "accountTotpRemove": "SecondFactorTests remove",
        "fundReceive": "every fee of the demo has come in",
        "grantReport": "an instalment must have been paid", "grantAccept": "an instalment must have been paid",
        "grantSendBack": "an instalment must have been paid", "duesYearEnd": "the year has not ended",
        "duesReturn": "the demo's unions have no accounts", "supplierSettle": "the demo has no supplier",
        "supplierDispute": "the demo has no supplier", "supplierResolve": "the demo has no supplier",
        "transferDecide": "no account of the demo city is bound to a part of it",
        "donationReceive": "the campaign is in September", "donationPublish": "the campaign is in September",
        "donationReverse": "the campaign is in September", "donationList": "the campaign is in September",
        "batchLate": "no payment of the demo arrives late", "duesUndo": "a return may be under way",
        "reportImport": "no figure is asked of the demo",
        "batchConfirm": "no account has changed", "fundSharingConfirm": "nobody was served elsewhere",
        "fundSharingWithdraw": "nobody was served elsewhere",
        "duesAssign": "the payer may be known", "programCorrectPropose": "nothing differs",
        "programCorrectApprove": "nothing differs", "programCorrectWithdraw": "nothing differs",
    ]

    @Test("Each route succeeds and is refused as the document says", .timeLimit(.minutes(5)))
    func everything() async throws {
        let binary = try Binary()
        let told = try binary.run("demo", "--members", "1000", "--stations", "48", "--data", binary.city)
        try #require(told.status == 0, "\(told.errors)")
        // Limits by account are for people; here one asks as fast as it can.
        let settings = try FileHandle(forUpdating: URL(fileURLWithPath: binary.city + "/config/niangjia.yaml"))
        try settings.seekToEnd()
        try settings.write(
            contentsOf: Data(
                "limits: {requests_per_minute: 1000000, anonymous_per_minute: 1000000, sign_ins_per_minute: 1000000}\n"
                    .utf8))
        try settings.close()
        let limits = try binary.run("config", "propose", "--as", "office")
        try #require(limits.status == 0, "\(limits.errors)")
        let (server, port) = try binary.serving()
        defer {
            server.terminate()
            server.waitUntilExit()
        }
        var cast = Cast(client: try await DocumentedClient(port: port), binary: binary)
        for name in Self.people {
            let answer = try await cast.client.ask(
                "accountLogin", body: ["account": .text(name), "password": "niangjia-demo"])
            let token: String = try #require(answer.body["token"].text, "\(name)")
            cast.tokens[name] = token
        }
        try await APIStory.programs(cast)
        try await APIStory.cases(cast)
        try await APIStory.stages(cast)
        try await APIStory.registers(cast)
        try await APIStory.imports(cast)
        try await APIStory.money(cast)
        try await APIStory.flows(cast)
        try await APIStory.runs(cast)
        try await APIStory.config(cast)
        try await APIStory.audit(cast)
        try await APIStory.chain(cast)
        try await APIStory.pages(cast)
        try await APIStory.examples(cast)
        try await APIRefusals.all(cast)
        try await APIStory.signIns(cast)
        let out = try await cast.client.ask("accountLogout", as: cast["keeper"])
        #expect(out.status == 200)
        #expect(try await cast.client.ask("caseList", as: cast["keeper"]).status == 401)
        #expect(cast.client.differences == [])
        let statuses = cast.client.statuses
        for operation in cast.client.operations.keys.sorted() {
            let seen = statuses[operation] ?? []
            #expect(
                seen.contains { (200...299).contains($0) } || Self.onlyRefused[operation] != nil,
                "\(operation) never succeeded: \(seen.sorted())")
            #expect(seen.contains { $0 >= 400 }, "\(operation) was never refused")
        }
    }
}

/// The story, concept by concept.
enum APIStory {
    typealias Cast = APIStoryTests.Cast

    static func programs(_ cast: Cast) async throws {
        let client = cast.client
        #expect(try await client.ask("health").body["ok"].bool == true)
        #expect(try await client.ask("openapi").status == 200)
        let cooling = ["id": "summer-cooling-2026"]
        #expect(try await client.ask("programList", as: cast["office"]).body["items"].list?.count == 8)
        #expect(try await client.ask("programShow", cooling, as: cast["office"]).status == 200)
        let mine = try await client.ask("programMine", as: cast["m-t6-father"])
        #expect(mine.body["items"].list?.isEmpty == false, "\(mine.body.json)")
        let data = try await client.ask("personData", as: cast["m-t6-father"])
        #expect(data.body["cases"].list?.isEmpty == false && data.body["register"]["id_number"].text?.count == 18)
        let shown = try await client.ask("personCode", as: cast["m-t6-father"])
        #expect(shown.body["code"].text?.count == 8 && shown.body["person"] == data.body["person"])
        let body: Value = ["form": "package", "as_of": "2026-08-10"]
        let preview = try await client.ask("programPreview", cooling, body: body, as: cast["office"])
        #expect(preview.body["considered"].int ?? 0 > 500)
        #expect(try await client.ask("programPreview", cooling, body: body, as: cast["treasurer"]).status == 200)
        let compared = try await client.ask(
            "programDiff", cooling,
            body: ["form": "package", "from": "closed", "against": "active", "as_of": "2026-08-10", "limit": 5],
            as: cast["office"])
        #expect(compared.status == 200)
        #expect(
            try await client.ask(
                "programUnasked", cooling, query: ["form": "package", "limit": "5"], as: cast["office"]
            )
            .status == 200)
        let found = try await client.ask(
            "decisionList", query: ["program": "summer-cooling-2026", "limit": "1"], as: cast["office"])
        let subject = try #require(found.body["items"].list?.first?["subject"].text)
        let person = try #require(subject.split(separator: ":").last.map(String.init))
        let why = try await client.ask(
            "programExplanation", cooling, query: ["person": person], as: cast["auditor"])
        #expect(why.status == 200 || why.status == 400, "\(subject) \(why.body.json)")
        let waiting = try await client.ask("programWaiting", cooling, query: ["limit": "5"], as: cast["office"])
        #expect(waiting.status == 200 && waiting.body["items"].list != nil, "\(waiting.body.json)")
        #expect(try await client.ask("placeList", ["id": "training-2026"], as: cast["office"]).status == 200)
        #expect(try await client.ask("drawList", as: cast["office"]).status == 200)
        let near = try await client.ask(
            "stationNear",
            query: ["latitude": "36.0", "longitude": "106.2", "within": "50000", "limit": "3", "frame": "gcj02"])
        #expect(near.body["items"].list?.count == 3)
    }

    static func cases(_ cast: Cast) async throws {
        let (client, office) = (cast.client, cast["office"])
        let file = try await client.ask("fileAdd", content: Array("%PDF-1.4 proof".utf8), as: office)
        #expect(file.status == 201 && file.body["media_type"].text == "application/pdf")
        let unions = try await client.ask("organizationList", query: ["limit": "500"], as: office)
        let unit = try #require(unions.body["items"].list?.first { $0["level"].text == "basic" }?["code"])
        let body: Value = [
            "program": "summer-cooling-2026", "form": "site_visit", "channel": "clerk", "unit": unit,
            "fields": ["unit": unit, "headcount": 20],
        ]
        // The same key: done once, answered alike; another request with it is refused.
        let key = ["Idempotency-Key": "visit-1"]
        let first = try await client.ask("caseSubmit", body: body, headers: key, as: office)
        let again = try await client.ask("caseSubmit", body: body, headers: key, as: office)
        #expect(first.status == 201 && again.status == 201, "\(first.body.json)")
        #expect(first.bytes == again.bytes && again.headers["idempotency-replayed"] == "true")
        let other = try await client.ask(
            "caseSubmit", body: ["program": "tuition-2026", "form": "apply"], headers: key, as: office)
        #expect(other.status == 409)
        let id = try #require(first.body["case"].text)
        #expect(
            first.headers["location"] == "/api/v1/cases/\(id)" && again.headers["location"] == first.headers["location"]
        )
        let shown = try await client.ask("caseShow", ["id": id], as: office)
        let tag = try #require(shown.headers["etag"])
        #expect(shown.body["version"].int.map { "\"\($0)\"" } == tag && first.headers["etag"] == tag)
        // Pages by key: two of one are the first of two.
        let two = try await client.ask("caseList", query: ["limit": "2"], as: office)
        let one = try await client.ask("caseList", query: ["limit": "1"], as: office)
        let next = try #require(one.body["next"].text)
        let second = try await client.ask("caseList", query: ["limit": "1", "after": next], as: office)
        #expect(two.body["items"].list == (one.body["items"].list ?? []) + (second.body["items"].list ?? []))
        #expect(try await client.ask("caseList", query: ["queue": "true"], as: cast["city"]).status == 200)
        let stale = try await client.ask(
            "caseAdvance", ["id": id], body: ["action": "withdraw"], headers: ["If-Match": "\"999\""], as: office)
        #expect(stale.status == 412 && stale.body["code"].text == "stale")
        let moved = try await client.ask(
            "caseAdvance", ["id": id], body: ["action": "withdraw"], headers: ["If-Match": tag], as: office)
        #expect(moved.status == 200 && moved.body["state"].text == "withdrawn" && moved.headers["etag"] != tag)
        let all = try await client.ask(
            "decisionList", query: ["program": "tuition-2026", "result": "granted"], as: cast["auditor"])
        let decision = try #require(all.body["items"].list?.first?["decision"].text)
        #expect(try await client.ask("decisionShow", ["id": decision], as: cast["auditor"]).status == 200)
        #expect(
            try await client.ask("decisionReplay", ["id": decision], as: cast["auditor"]).body["same"].bool == true)
        let own = try await client.ask("caseList", as: cast["m-t6-father"])
        let mine = try #require(own.body["items"].list?.first?["case"].text)
        let why = try await client.ask("decisionExplain", ["id": mine], as: cast["m-t6-father"])
        #expect(why.body["reasons"].list?.first?["code"].text == "DUPLICATE_CHILD")
        #expect(try await client.ask("decisionExplain", ["id": mine], as: cast["keeper"]).status >= 400)
    }

    /// A hazard: handed in by a member, sealed, brought to a stage and unsealed by the officer.
    static func stages(_ cast: Cast) async throws {
        let (client, office) = (cast.client, cast["office"])
        let role = try cast.binary.run(
            "role", "give", "hazard-report", "safety", "office", "--as", "office",
            environment: ["NIANGJIA_PASSWORD": "niangjia-demo"])
        #expect(role.status == 0, "\(role.errors)")
        let photo = try await client.ask("fileAdd", content: Pictures.jpeg(orientation: 6), as: cast["m-t6-father"])
        #expect(photo.status == 201 && photo.body["media_type"].text == "image/jpeg")
        let unions = try await client.ask("organizationList", query: ["limit": "500"], as: office)
        let unit = try #require(unions.body["items"].list?.first { $0["level"].text == "basic" }?["code"])
        let filed = try await client.ask(
            "caseSubmit",
            body: [
                "program": "hazard-report-2026", "form": "report",
                "fields": ["unit": unit, "severity": "major", "photo": photo.body["file"]],
            ], as: cast["m-t6-father"])
        #expect(filed.status == 201, "\(filed.body.json)")
        let id = try #require(filed.body["case"].text)
        let sealed = try await client.ask("caseShow", ["id": id], as: office)
        #expect(sealed.body["is_sealed"].bool == true)
        let evidence = try await client.ask("caseEvidence", ["id": id], as: office)
        let file = try #require(evidence.body["items"].list?.first, "\(evidence.body.json)")
        // A sealed case's files go by their place in it: what they are called would tell who sent them.
        #expect(file["field"].text == "photo" && file["file"] == "photo" && file["size"].isNull)
        let read = try await client.ask("caseEvidenceFile", ["id": id, "file": file["file"].text ?? ""], as: office)
        #expect(read.status == 200 && read.headers["content-type"] == "image/jpeg")
        #expect(read.bytes.starts(with: [0xFF, 0xD8]))
        let who = try await client.ask("caseUnseal", ["id": id], body: ["reason": "核实奖励"], as: office)
        let person = try #require(who.body["applicant"].text, "\(who.body.json)")
        let moved = try await client.ask(
            "caseStage", ["id": id], body: ["stage": "assigned", "fields": ["officer": .text(person)]],
            headers: ["If-Match": sealed.headers["etag"] ?? ""], as: office)
        #expect(moved.status == 200 && moved.body["stage"].text == "assigned", "\(moved.body.json)")
        #expect(try await client.ask("actionList", ["id": "legal-aid-2026"], as: office).status == 200)
        let action = try await client.ask(
            "actionRun", ["id": "legal-aid-2026", "action": "conflicts"],
            body: ["input": ["lawyer": .text(person), "employer": unit]], as: office)
        #expect(action.status == 200 && action.body["state"].text == "done", "\(action.body.json)")
        // Nothing of the demo city's programs waits for a second person.
        let waiting = try await client.ask("actionWaiting", as: office)
        #expect(waiting.status == 200 && waiting.body["items"].list?.isEmpty == true, "\(waiting.body.json)")
    }

    static func registers(_ cast: Cast) async throws {
        let (client, office) = (cast.client, cast["office"])
        let data = try await client.ask("personData", as: cast["m-t6-father"])
        let number = try #require(data.body["register"]["id_number"].text)
        let found = try await client.ask("personFind", body: ["text": .text(number)], as: office)
        let person = try #require(found.body["items"].list?.first?["person"].text)
        let masked = try await client.ask("personShow", ["id": person], as: office)
        #expect(masked.body["id_number"].text?.contains("*") == true)
        let full = try await client.ask("personUnmask", ["id": person], body: ["reason": "核对证件"], as: office)
        #expect(full.body["id_number"].text == number)
        // Whoever is looked at may know that somebody has looked: the office, not the name.
        let looks = try await client.ask("personData", as: cast["m-t6-father"]).body["looks"].list
        #expect(looks?.contains { $0["reason"].text == "核对证件" } == true)
        let log = try await client.ask("accessLog", query: ["about": person, "limit": "1"], as: cast["auditor"])
        #expect(log.body["items"].list?.count == 1)
        let paged = try await client.ask("organizationList", query: ["limit": "2"], as: office)
        let after = try #require(paged.body["next"].text)
        let rest = try await client.ask("organizationList", query: ["limit": "2", "after": after], as: office)
        #expect(rest.body["items"].list?.first != paged.body["items"].list?.last)
        let station = try await client.ask(
            "stationNear", query: ["latitude": "36.0", "longitude": "106.2", "within": "50000", "limit": "1"])
        let code = try #require(station.body["items"].list?.first?["code"].text)
        let visit = try await client.ask("visitAdd", body: ["station": .text(code), "count": 12], as: cast["keeper"])
        #expect(visit.status == 201, "\(visit.body.json)")
    }

    static func imports(_ cast: Cast) async throws {
        let (client, office) = (cast.client, cast["office"])
        let begun = try await client.ask(
            "importBegin", body: ["kind": "organization", "name": "新建工会.csv", "source": "测试"], as: office)
        #expect(begun.status == 201 && begun.body["state"].text == "waiting")
        let id = ["id": try #require(begun.body["import"].text)]
        let unions = try await client.ask("organizationList", query: ["limit": "500"], as: office)
        let county = try #require(unions.body["items"].list?.first { $0["level"].text == "county" }?["code"].text)
        let rows = "工会代码,工会名称,上级工会代码,层级\r\n\(county)901,新建一厂工会,\(county),基层\r\n,没有代码,\(county),基层\r\n"
        #expect(
            try await client.ask("importPut", id, content: Array(rows.utf8), as: cast["treasurer"]).status == 403,
            "who pays imports nothing")
        #expect(try await client.ask("importPut", id, content: Array(rows.utf8), as: office).status == 202)
        let events = try await client.ask("importEvents", id, headers: ["Accept": "text/event-stream"], as: office)
        let text = String(decoding: events.bytes, as: UTF8.self)
        #expect(text.contains("event: ended\ndata: {"), "\(text)")
        let checked = try await client.ask("importShow", id, as: office)
        #expect(checked.body["state"].text == "checked", "\(checked.body.json)")
        #expect(checked.body["findings"]["new"].int == 1 && checked.body["findings"]["refused"].int == 1)
        #expect(try await client.ask("importConfirm", id, as: office).status == 202)
        _ = try await client.ask("importEvents", id, headers: ["Accept": "text/event-stream"], as: office)
        let taken = try await client.ask("importShow", id, as: office)
        #expect(taken.body["state"].text == "taken")
        #expect(try await client.ask("importConfirm", id, as: office).status == 409)
        let batch = try #require(taken.body["batch"].text)
        #expect(try await client.ask("importJobs", as: office).body["items"].list?.count == 1)
        #expect(try await client.ask("transferList", query: ["all": "true"], as: office).status == 200)
        #expect(try await client.ask("importList", query: ["limit": "1"], as: office).body["next"].text == batch)
        let undone = try await client.ask("importUndo", ["id": batch], as: office)
        #expect(undone.body["removed"].int == 1 && undone.body["state"].text == "undone", "\(undone.body.json)")
    }

    static func runs(_ cast: Cast) async throws {
        let (client, office) = (cast.client, cast["office"])
        let early = try await client.ask(
            "runStart", ["id": "summer-cooling-2026"], body: ["form": "package", "as_of": "2026-08-20"], as: office)
        #expect(early.status == 422 && early.body["place"].text == "/as_of", "\(early.body.json)")
        let begun = try await client.ask(
            "runStart", ["id": "summer-cooling-2026"], body: ["form": "package"], as: office)
        #expect(begun.status == 202, "\(begun.body.json)")
        let id = ["id": try #require(begun.body["run"].text)]
        let events = try await client.ask("runEvents", id, headers: ["Accept": "text/event-stream"], as: office)
        #expect(String(decoding: events.bytes, as: UTF8.self).contains("\"state\":\"applied\""))
        let shown = try await client.ask("runShow", id, as: office)
        #expect(shown.body["state"].text == "applied" && shown.body["is_ended"].bool == true)
        #expect(try await client.ask("programRuns", query: ["limit": "1"], as: office).body["next"].text == id["id"])
        #expect(try await client.ask("programPause", id, as: office).status == 409)
        #expect(try await client.ask("programCancel", id, as: office).status == 409)
        let goods = try await client.ask(
            "decisionList", query: ["program": "summer-cooling-2026", "limit": "500"], as: cast["auditor"])
        let granted = goods.body["items"].list?.first { $0["run"].text == id["id"] || $0["run"].text != nil }
        let subject = try #require(granted?["subject"].text?.split(separator: ":").last.map(String.init))
        let handed = try await client.ask(
            "caseDeliver", body: ["program": "summer-cooling-2026", "person": .text(subject)], as: cast["keeper"])
        #expect(handed.status == 200 && handed.body["delivered"].int ?? 0 > 0, "\(subject) \(handed.body.json)")
        try await withdraw(goods.body["items"].list ?? [], except: subject, cast)
    }

    /// One person of a run is taken out, once; what was said of them is replayed by the run.
    private static func withdraw(_ listed: [Value], except handed: String, _ cast: Cast) async throws {
        let other = listed.first {
            $0["run"].text != nil && $0["state"].text == "standing" && $0["subject"].text?.hasSuffix(handed) == false
        }
        let one = try #require(other)
        let (id, office) = (["id": try #require(one["decision"].text)], cast["office"])
        let person = try #require(one["subject"].text?.split(separator: ":").last.map(String.init))
        let replayed = try await cast.client.ask(
            "programReplay", ["id": "summer-cooling-2026"],
            query: ["person": person, "on": one["on"].text ?? ""], as: cast["auditor"])
        #expect(replayed.body["same"].bool == true, "\(replayed.body.json)")
        let taken = try await cast.client.ask("decisionWithdraw", id, body: ["reason": "本人已去世"], as: office)
        #expect(taken.status == 200 && taken.body["released_fen"].int ?? 0 > 0, "\(taken.body.json)")
        let again = try await cast.client.ask("decisionWithdraw", id, body: ["reason": "本人已去世"], as: office)
        #expect(again.status == 409, "\(again.body.json)")
        let back = try await cast.client.ask(
            "decisionWithdraw", id, body: ["reason": "弄错了人", "again": true], as: office)
        #expect(back.status == 200 && back.body["again"].bool == true, "\(back.body.json)")
    }
}
