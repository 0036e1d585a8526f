import NiangjiaCore
import NiangjiaCrypto
import Testing

@Suite struct DrawTests {
    private let crypto: SoftwareCrypto

    init() throws { crypto = try SoftwareCrypto(KeyRing(created: Instant(milliseconds: 0))) }

    private func entrant(_ name: String, take: Int64 = 1, rank: Int64? = nil, at: Int64 = 0) -> Draw.Entrant {
        Draw.Entrant(name: name, take: take, rank: rank, at: Instant(milliseconds: at))
    }

    @Test("The published list is read again as it was")
    func list() {
        let entrants = [entrant("c-b/0", take: 2, rank: 1, at: 5), entrant("c-a/0", at: 7)]
        let text = Draw.list(entrants)
        #expect(text == "c-a/0 1 - 1970-01-01T08:00:00.007+08:00\nc-b/0 2 1 1970-01-01T08:00:00.005+08:00\n")
        #expect(Draw.entrants(text) == [entrants[1], entrants[0]])
        #expect(Draw.entrants("c-a/0 1 x\n") == nil)
    }

    @Test("Seed and keys are SM3 as anybody can compute it: the vectors of docs/reference/draws.md")
    func vectors() {
        let head = [UInt8](repeating: 0xAB, count: 32)
        let seed = Draw.seed(head: head, value: "03 11 15 22 28 31", crypto: crypto)
        #expect(seed == DrawTests.seed)
        #expect(Draw.key("c-a/0", seed: seed, crypto: crypto) == DrawTests.keyA)
        #expect(Draw.key("c-b/0", seed: seed, crypto: crypto) == DrawTests.keyB)
    }

    @Test("Rank, then the draw; the same list in any order is drawn the same; another value draws another order")
    func order() {
        let entrants = (0..<200).map { entrant("c-\($0)/0", rank: $0 % 4 == 0 ? 1 : 2, at: Int64($0)) }
        let first = Draw.order(entrants, by: [.rank, .drawn], seed: "a", crypto: crypto)
        #expect(first.prefix(50).allSatisfy { $0.rank == 1 })
        #expect(Draw.order(entrants.reversed(), by: [.rank, .drawn], seed: "a", crypto: crypto) == first)
        let other = Draw.order(entrants, by: [.rank, .drawn], seed: "b", crypto: crypto)
        #expect(other != first)
        #expect(Set(other.prefix(50).map(\.name)) == Set(first.prefix(50).map(\.name)))
        #expect(Draw.order(entrants, by: [.submitted], seed: nil, crypto: crypto) == entrants)
    }

    @Test("Over many draws everybody is about as often among the first")
    func fair() {
        let entrants = (0..<10).map { entrant("c-\($0)/0") }
        var firsts: [String: Int] = [:]
        for n in 0..<2_000 {
            for one in Draw.order(entrants, by: [.drawn], seed: "seed \(n)", crypto: crypto).prefix(3) {
                firsts[one.name, default: 0] += 1
            }
        }
        // 600 expected of each; five deviations are 102.
        #expect(firsts.count == 10)
        #expect(firsts.values.allSatisfy { (498...702).contains($0) })
    }

    @Test("Places, then the waiting list, then nothing; nobody overtakes somebody who waits")
    func serve() {
        let wants: [Int64] = [1, 2, 3, 1, 1, 1]
        let entrants = wants.enumerated().map { entrant("c-\($0.offset)/0", take: $0.element) }
        #expect(Draw.serve(entrants, count: 4, room: 4) == [.held, .held, .waiting, .waiting, .out, .out])
        #expect(Draw.serve(entrants, count: 4, room: 0) == [.held, .held, .out, .held, .out, .out])
        #expect(Draw.serve(entrants, count: 4, room: 0, used: 4) == [.out, .out, .out, .out, .out, .out])
    }
}

extension DrawTests {
    /// Made with `printf '%s\n%s' … | openssl dgst -sm3`.
    static let seed = "b3864b1ffc4dd345e7fccb3f2da7852b5eef337754aa1c4103de56b256520b97"
    static let keyA = "d433d361959c6e492e837aa73402dcdf31fc6001355ded819a9e8e3a95799d3e"
    static let keyB = "013f8ba8849be0650d2ccf47bddd0cd9b10e7bbd70080eac8ca1bc087dbeac07"
}
