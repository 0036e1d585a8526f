import Foundation
import NiangjiaCore
import Testing

/// The demo's story with the real binary, and what survives a kill.
@Suite(.serialized) struct DemoTests {
    private static let demo = ["demo", "--members", "1000", "--stations", "48"]

    /// The books of a city, as the commands tell them.
    private func books(_ binary: Binary) throws -> (balance: Value?, verified: Bool, chain: Bool) {
        (
            try binary.run("fund", "balance", "--json").value,
            try binary.run("fund", "verify", "--json").value?["ok"].bool == true,
            try binary.run("audit", "verify", "--json").value?["ok"].bool == true
        )
    }

    @Test("Killed again and again, the story ends with the same books to the fen", .timeLimit(.minutes(5)))
    func killedDemo() throws {
        let whole = try Binary()
        let told = try whole.run("demo", "--members", "1000", "--stations", "48", "--data", whole.city)
        #expect(told.status == 0, "\(told.errors)")
        for word in ["【10】", "发票 26990001 已核对", "逐字节相同", "账目相符", "DUPLICATE_CHILD", "失败 1 笔"] {
            #expect(told.output.contains(word))
        }
        let expected = try books(whole)
        #expect(expected.verified && expected.chain)

        let killed = try Binary()
        var kills = 0
        for delay in [0.4, 0.9, 1.6, 2.2, 2.9, 3.4] {
            guard try killed.kill(Self.demo + ["--data", killed.city], after: delay) else { break }
            kills += 1
            if FileManager.default.fileExists(atPath: killed.city + "/store/niangjia.sqlite"), kills > 1 {
                #expect(try killed.run("fund", "verify").status == 0)
            }
        }
        #expect(kills > 2)
        let again = try killed.run("demo", "--members", "1000", "--stations", "48", "--data", killed.city)
        #expect(again.status == 0, "\(again.errors)")
        let found = try books(killed)
        #expect(found.verified && found.chain)
        #expect(found.balance == expected.balance)

        try reportsAgree(whole)
        try explains(whole)
        try bankFiles(whole)
        try serverKilled(whole)
    }

    /// Budget execution, sources and uses, and balances say the same of every line, to the fen.
    private func reportsAgree(_ binary: Binary) throws {
        func rows(_ kind: String) throws -> [Value] {
            try binary.run("fund", "report", kind, "--year", "2026", "--json", "--as", "auditor").value?["rows"].list
                ?? []
        }
        let (budget, sources) = (try rows("budget"), try rows("sources"))
        let balances = try books(binary).balance?.list ?? []
        #expect(budget.count > 10)
        for line in budget {
            let uses = sources.filter { $0["line"] == line["line"] }
            let balance = try #require(balances.first { $0["line"] == line["line"] })
            for column in ["committed_fen", "paid_fen"] {
                #expect(uses.reduce(0) { $0 + ($1[column].int ?? 0) } == line[column].int, "\(line) \(uses)")
            }
            #expect(uses.reduce(0) { $0 + ($1["free_fen"].int ?? 0) } == line["available_fen"].int, "\(line) \(uses)")
            let committed = ["held_fen", "in_transit_fen", "owed_fen"].reduce(0) { $0 + (balance[$1].int ?? 0) }
            #expect(committed == line["committed_fen"].int, "\(line) \(balance)")
            #expect(balance["paid_fen"] == line["paid_fen"] && balance["available_fen"] == line["available_fen"])
        }
        // The demo settles an invoice: that is where the reports once told the same goods twice.
        #expect(sources.contains { $0["program"] == "supplier-settlement" })
    }

    /// A batch is exported once; a lost file is written again as it was; a file that answers nothing is refused.
    private func bankFiles(_ binary: Binary) throws {
        let batches = try binary.run("batch", "list", "--json", "--as", "treasurer").value?.list ?? []
        let batch = try #require(batches.first { $0["state"].text == "settled" }?["batch"].text)
        let second = try binary.run("batch", "export", batch, "--as", "payer")
        #expect(second.status == 1 && second.errors.contains("已导出过"), "\(second.errors)")
        let again = try binary.run("batch", "export", batch, "--again", "--json", "--as", "payer")
        let digest = try #require(again.value?["digest"].text)
        #expect(again.status == 0 && second.errors.contains(digest), "\(again.errors)")
        let hello = binary.temporary.file("hello.txt")
        try "hello\n".write(toFile: hello, atomically: true, encoding: .utf8)
        let refused = try binary.run("batch", "result", batch, hello, "--as", "treasurer")
        #expect(refused.status == 1 && refused.errors.contains("hello.txt"), "\(refused.errors)")
        let empty = try binary.run("person", "show", "p-0000000000000", "--reason", "", "--as", "office")
        #expect(empty.status == 2)
    }

    /// A server that is killed while it decides: started again, the run goes on, and the sums agree.
    private func serverKilled(_ binary: Binary) throws {
        let password = ["NIANGJIA_PASSWORD": "niangjia-demo"]
        try binary.moveClock(to: "2026-08-20")
        let server = try binary.serve()
        #expect(try binary.run("fund", "verify", "--json").value?["ok"].bool == true)
        let second = try binary.run("serve")
        #expect(second.status == 1 && second.errors.contains("\(server.processIdentifier)"))
        let arguments = ["program", "decide", "summer-cooling-2026", "--form", "package", "--as", "office", "--json"]
        let decide = binary.process(arguments, environment: password)
        decide.standardOutput = FileHandle.nullDevice
        decide.standardError = FileHandle.nullDevice
        try decide.run()
        Thread.sleep(forTimeInterval: 0.15)
        Foundation.kill(server.processIdentifier, SIGKILL)
        server.waitUntilExit()
        decide.waitUntilExit()
        let restarted = try binary.serve()
        let decided = try binary.run(all: arguments, environment: password)
        #expect(decided.status == 0, "\(decided.errors)")
        let books = try books(binary)
        #expect(books.verified && books.chain)
        // Nobody was granted twice for the day, however far the killed run had come.
        let again = try binary.run(all: arguments, environment: password)
        #expect(again.value?["applied"].int == 0 || again.value?["granted"].int == 0, "\(again.output)")
        restarted.terminate()
        restarted.waitUntilExit()
    }

    /// The father's explanation, as himself, tells nothing about the mother; a stranger is told that there is no such case.
    private func explains(_ binary: Binary) throws {
        let password = ["NIANGJIA_PASSWORD": "niangjia-demo"]
        let cases = try binary.run("case", "list", "--json", "--as", "m-t6-father", environment: password)
        let id = try #require(cases.value?.list?.first?["case"].text)
        let told = try binary.run("decision", "explain", id, "--json", "--as", "m-t6-father", environment: password)
        #expect(told.value?["reasons"].list?.first?["code"].text == "DUPLICATE_CHILD")
        for word in ["古丽娜尔", "艾合买提", "2026-07-24", "500000", "99010300100007"] {
            #expect(!told.output.contains(word), "\(word)")
        }
        let stranger = try binary.run("decision", "explain", id, "--as", "m-m2", environment: password)
        #expect(stranger.status == 2)
        let decisions = try binary.run(
            "decision", "list", "--program", "tuition-2026", "--result", "granted", "--json", "--as", "auditor")
        let decision = try #require(decisions.value?.list?.first?["decision"].text)
        #expect(try binary.run("decision", "replay", decision, "--json", "--as", "auditor").value?["same"].bool == true)
    }
}
