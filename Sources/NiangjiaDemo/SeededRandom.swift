/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and the same numbers on every machine for the same seed.
struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A generator of its own for one thing among many: whoever asks for person 17 gets the same person 17, in any order.
    init(seed: UInt64, stream: UInt64, index: Int) {
        var mixer = SeededRandom(seed: seed ^ (stream &* 0xD1B5_4A32_D192_ED03))
        state = mixer.next() ^ (UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of 0..<bound. Multiply-and-shift: its bias is far below what a share in a demo city can show.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func number(in range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// True in `share` of 10,000 cases.
    mutating func happens(_ share: Int) -> Bool { below(10_000) < share }

    mutating func pick<Element>(_ items: [Element]) -> Element { items[below(items.count)] }

    /// Picks by weights, which need not sum to anything.
    mutating func pick<Element>(weighted items: [(Element, Int)]) -> Element {
        var left = below(items.reduce(0) { $0 + $1.1 })
        for (item, weight) in items {
            left -= weight
            if left < 0 { return item }
        }
        return items[items.count - 1].0
    }
}
