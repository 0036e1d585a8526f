import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

@Suite("What several ask for at the same moment, and what each is told") struct AtOnceTests {
    /// The answers, or the codes of the refusals, of one operation asked for several times at once.
    private func atOnce(
        _ times: Int, _ operation: String, _ arguments: Value, as account: String, _ city: TestCity
    ) async throws -> (answers: [Value], refused: [NiangjiaError.Code]) {
        let (host, signedIn) = (city.host, try await city.account(account))
        return await withTaskGroup(of: Result<Value, NiangjiaError>.self) { group in
            for _ in 0..<times {
                group.addTask {
                    let sink = CollectingSink()
                    do {
                        try await Operations.perform(
                            operation, arguments, on: host, as: signedIn, output: Output(sink, language: .zh))
                        return .success(sink.answer ?? .null)
                    } catch { return .failure(Operations.describe(error)) }
                }
            }
            var (answers, refused): ([Value], [NiangjiaError.Code]) = ([], [])
            for await one in group {
                switch one {
                case .success(let answer): answers.append(answer)
                case .failure(let error): refused.append(error.code)
                }
            }
            return (answers, refused)
        }
    }

    @Test("A run that four begin at once is begun, or gone on with: nobody hears that it has ended")
    func runs() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let started = try await atOnce(
            4, "run.start", ["program": "summer-cooling-2026", "form": "package"], as: "office", city)
        #expect(started.refused.isEmpty && started.answers.count == 4, "\(started)")
        #expect(started.answers.allSatisfy { $0["run"].text != nil })
        try await city.host.close()
    }

    @Test("An import that three undo at once: who undid it tells what came of it")
    func undoing() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        // A member's card is another one.
        let people = city.temporary.file("files/people.csv")
        let lines = try String(contentsOfFile: people, encoding: .utf8).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let card = try #require(lines[0].firstIndex(of: "银行卡号"))
        var member = try #require(lines.dropFirst().first { !$0[card].isEmpty })
        member[card] = "6200000009000000084"
        let file = try city.write([lines[0], member].map { $0.joined(separator: ",") }, "cards.csv")
        let taken = try await city.run(
            "register.import",
            [
                "kind": "person", "file": .text(file),
                "mapping": .text(city.temporary.file("files/people.mapping.yaml")),
            ], as: "office")
        #expect(taken.answer?["changed"] == 1, "\(taken.lines)")
        let undone = try await atOnce(
            3, "import.undo", ["import": taken.answer?["import"] ?? .null], as: "office", city)
        #expect(undone.answers.count == 1 && undone.answers.first?["restored"] == 1, "\(undone)")
        #expect(undone.refused.allSatisfy { [.conflict, .notFound].contains($0) } && undone.refused.count == 2)
        try await city.host.close()
    }

    @Test(
        "A daily action and the job that it is due by end in one transaction: it isn't done twice"
    )
    func daily() async throws {
        let city = try await TestCity()
        let host = city.host
        let context = host.context("host")
        try await host.store.write(.interactive) {
            try Jobs.schedule(.dailyAction, "hazard-report-2026/remind", at: context.now, context, in: $0)
        }
        let job = try #require(
            try await host.store.read { try Jobs.due(at: context.now, limit: 500, in: $0) }.first {
                $0.kind == .dailyAction
            })
        @Sendable func perform() async throws -> ActionOutcome.State {
            try await host.actions.run(
                program: "hazard-report-2026", action: "remind", input: [:], by: .host, due: job
            ).state
        }
        let heard = await withTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do { return try await perform().rawValue } catch {
                        return (error as? NiangjiaError)?.code.rawValue ?? "\(error)"
                    }
                }
            }
            var heard: [String] = []
            for await one in group { heard.append(one) }
            return heard.sorted()
        }
        #expect(heard == ["conflict", "conflict", "conflict", "done"])
        let (runs, due) = try await host.store.read { reader in
            (
                try reader.integer("SELECT COUNT(*) FROM action_run WHERE name = 'remind'"),
                try reader.integer("SELECT COUNT(*) FROM job WHERE kind = 'daily_action' AND state = 'due'")
            )
        }
        #expect(runs == 1 && due == 0)
        try await host.close()
    }

    @Test("Under a key that is at work another request is another one; the same is told to wait")
    func keys() async throws {
        let city = try await TestCity(approved: false)
        let (web, account) = (HostWeb(host: city.host), try await city.account("office"))
        let done = try await web.once("d", [1], of: "test", as: account) {
            let other = await code { _ = try await web.once("d", [2], of: "test", as: account) { 6 } }
            let same = await code { _ = try await web.once("d", [1], of: "test", as: account) { 7 } }
            return [.text(other?.rawValue ?? "done"), .text(same?.rawValue ?? "done")]
        }
        #expect(done.value == ["conflict", "in_progress"])
        #expect(await code { _ = try await web.once("d", [2], of: "test", as: account) { 8 } } == .conflict)
        try await city.host.close()
    }
}
