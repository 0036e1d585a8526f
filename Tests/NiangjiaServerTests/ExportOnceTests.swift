import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("A batch is exported once", .serialized) struct ExportOnceTests {
    @Test(
        "Of two cashiers at the same moment one has the file, the other hears so; with --again both keep away from the answer"
    )
    func race() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(3)
        try await city.add("payer2", .payer)
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer")
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        _ = try await city.run("batch.approve", batch, as: "payer")
        let payers = ["payer", "payer2"]
        let failures = await withTaskGroup(of: (String, NiangjiaError.Code?).self) { group in
            for payer in payers {
                group.addTask { (payer, await code { _ = try await city.run("batch.export", batch, as: payer) }) }
            }
            return await group.reduce(into: [String: NiangjiaError.Code]()) { $0[$1.0] = $1.1 }
        }
        #expect(failures.count == 1 && failures.values.first == .conflict, "\(failures)")
        let late = try #require(failures.keys.first)
        let id = try #require(batch["batch"].text.flatMap { ID<PayBatch>($0) })
        let crypto = city.host.crypto
        let sent = SentBatch(
            id: id, lines: try await city.host.store.read { try Batches.lines(of: id, in: $0, crypto).lines })
        let file = try city.answerFile(sent)
        func enter(_ account: String) async -> NiangjiaError.Code? {
            await code {
                _ = try await city.run(
                    "batch.result", ["batch": .text(id.text), "file": .text(file)], as: account)
            }
        }
        for payer in payers where payer != late { #expect(await enter(payer) == .forbidden) }
        // Whoever has the file written again holds it, too.
        let again: Value = ["batch": .text(id.text), "again": true]
        #expect(try await city.run("batch.export", again, as: late).answer?["again"].bool == true)
        #expect(await enter(late) == .forbidden)
        #expect(await enter("treasurer") == nil)
        try await city.host.close()
    }
}
