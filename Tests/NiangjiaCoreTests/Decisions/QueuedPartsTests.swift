import Testing

@testable import NiangjiaCore

/// What waits of a grant's parts (`short: queue`, decision 0082).
@Suite struct QueuedPartsTests {
    private func judgement(_ parts: Int64...) -> Judgement {
        var judgement = Judgement(.grant, Money(fen: parts.reduce(0, +)))
        for (n, part) in parts.enumerated() { judgement.parts["\(n + 1)"] = Money(fen: part) }
        return judgement
    }

    private func outcome(held: Int64, queued: Int64) -> Outcome {
        var outcome = Outcome(.granted, Money(fen: held))
        outcome.queued = Money(fen: queued)
        return outcome
    }

    private func rests(_ judgement: Judgement, held: Int64, queued: Int64) -> [Int64] {
        Applier.rests(of: judgement, outcome(held: held, queued: queued)).map(\.amount.fen)
    }

    @Test("Three equal parts of which a third is there: each is given its own part in the end, to the fen")
    func equals() {
        let three = judgement(100, 100, 100)
        #expect(Applier.parts(of: three, cutTo: Money(fen: 100)).map(\.1.fen) == [34, 33, 33])
        #expect(rests(three, held: 100, queued: 200) == [66, 67, 67])
        #expect(rests(three, held: 0, queued: 300) == [100, 100, 100])
        // One sum has no parts.
        #expect(rests(Judgement(.grant, Money(fen: 300)), held: 100, queued: 150) == [150])
    }

    @Test(
        "Whatever is there: no rest is below nothing, they sum to what is queued, and held and rest together to the part"
    )
    func sums() {
        for judged in [judgement(100, 100, 100), judgement(1, 2, 97), judgement(33, 33, 33, 1), judgement(7, 5)] {
            let whole = judged.amount.fen
            for total in 1...whole {
                for held in 0..<total {
                    let rests = rests(judged, held: held, queued: total - held)
                    #expect(rests.allSatisfy { $0 >= 0 } && rests.reduce(0, +) == total - held)
                    guard total == whole else { continue }
                    let there = Applier.parts(of: judged, cutTo: Money(fen: held)).map(\.1.fen)
                    let given = zip(there, rests).map { $0 + $1 }
                    let parts = judged.parts.sorted { $0.key < $1.key }.map(\.value.fen)
                    // What was held of a part stays, by a few fen more than its own where it was cut to the fen.
                    if zip(there, parts).allSatisfy({ $0 <= $1 }) { #expect(given == parts, "\(held) of \(parts)") }
                }
            }
        }
    }
}
