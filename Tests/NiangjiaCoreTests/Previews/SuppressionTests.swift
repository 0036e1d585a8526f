import NiangjiaCore
import Testing

@Suite("What a preview tells of groups") struct SuppressionTests {
    private func table(_ rows: [String: (Int, Int, Int)]) -> GroupTable {
        GroupTable(
            .organization,
            rows.mapValues {
                GroupCount(considered: $0.0, granted: $0.1, leftOut: $0.2, amount: Money(fen: Int64($0.1) * 5_000))
            })
    }

    @Test("A group of four is hidden, and with it the smallest other: the total minus the rest doesn't give it away")
    func complement() {
        let told = Suppression(table(["a": (100, 50, 0), "b": (60, 30, 0), "c": (20, 10, 0), "d": (4, 4, 0)]))
        #expect(told.rows.map(\.name) == ["a", "b"])
        #expect(told.hiddenGroups == 2)
        #expect(told.hiddenConsidered == 24)
    }

    @Test("Where 1 to 4 of a group are granted, or are not, the number isn't told; nor does it follow from the others")
    func parts() {
        let told = Suppression(table(["a": (100, 50, 0), "b": (60, 30, 0), "c": (50, 48, 0), "d": (40, 20, 0)]))
        #expect(told.rows.map(\.considered) == [100, 60, 50, 40])
        #expect(told.rows.map { $0.granted == nil } == [false, false, true, true])
        #expect(told.rows.map { $0.amount == nil } == [false, false, true, true])
    }

    @Test("Where nothing is left to hide it behind, everything is hidden; whoever has the right sees everything")
    func whole() {
        let small = table(["a": (3, 1, 0)])
        #expect(Suppression(small).rows.isEmpty)
        #expect(Suppression(small, isOpen: true).rows.first?.granted == 1)
        #expect(Suppression(table(["a": (30, 10, 0), "b": (20, 0, 0)])).rows.count == 2)
        #expect(Suppression.told([["X": 2, "Y": 90, "Z": 40]]).shown == ["Y": 90])
    }

    @Test("How many are refused is known, and how many wait: a small reason is hidden among its own")
    func reasons() {
        let told = Suppression.told([["X": 2, "Y": 2_555], ["Z": 1_440], ["Q": 40, "R": 30]])
        #expect(told.shown == ["Z": 1_440, "Q": 40, "R": 30])
        #expect(told.hidden == 2)
        #expect(told.sum == 2_557)
        // What is hidden among the refused isn't told among the others either, and takes company along.
        let both = Suppression.told([["X": 2, "Y": 90], ["Y": 40, "Z": 30, "Q": 50]])
        #expect(both.shown == ["Q": 50])
    }

    @Test("Nor is a group of which one is neither served nor left out: the rest of its people tells")
    func rest() {
        let told = Suppression(table(["a": (523, 308, 214), "b": (300, 150, 100), "c": (200, 100, 50)]))
        #expect(told.rows.first { $0.name == "a" }?.granted == nil)
        #expect(told.rows.count { $0.granted == nil } == 2)
    }

    @Test("Random tables: no sum that follows from what is told holds one to four people")
    func subtraction() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var rows: [String: (Int, Int, Int)] = [:]
            for n in 0..<Int.random(in: 1...9, using: &random) {
                let considered = Int.random(in: 0...(Bool.random(using: &random) ? 8 : 60), using: &random)
                let granted = Int.random(in: 0...considered, using: &random)
                rows["\(n)"] = (considered, granted, Int.random(in: 0...considered - granted, using: &random))
            }
            let told = Suppression(table(rows))
            func isSmall(_ count: Int) -> Bool { (1...4).contains(count) }
            let all = rows.values.reduce((0, 0, 0)) { ($0.0 + $1.0, $0.1 + $1.1, $0.2 + $1.2) }
            // What anybody computes: totals minus everything that stands there.
            #expect(told.rows.allSatisfy { !isSmall($0.considered) })
            let rest = all.0 - told.rows.reduce(0) { $0 + $1.considered }
            #expect(told.rows.isEmpty || (rest == told.hiddenConsidered && !isSmall(rest)))
            let open = told.rows.filter { $0.granted != nil }
            guard !open.isEmpty else { continue }
            #expect(open.allSatisfy { !isSmall($0.granted ?? 0) && !isSmall($0.considered - ($0.granted ?? 0)) })
            let veiled = all.0 - open.reduce(0) { $0 + $1.considered }
            let granted = all.1 - open.reduce(0) { $0 + ($1.granted ?? 0) }
            let leftOut = all.2 - open.reduce(0) { $0 + ($1.leftOut ?? 0) }
            #expect(![granted, veiled - granted, leftOut, veiled - leftOut].contains(where: isSmall), "\(rows)")
            #expect(!isSmall(veiled - granted - leftOut), "\(rows)")
            #expect(open.allSatisfy { !isSmall($0.considered - ($0.granted ?? 0) - ($0.leftOut ?? 0)) })
        }
    }
}
