/// Who of equals comes first in a batch. Everybody's key follows from a seed; the smallest is served first (``Draw``).
///
/// All rows of a batch were submitted at the same moment. What would tell them apart otherwise is their id, and whoever was entered
/// into the register first would come first in every program for ever.
struct TieBreak: Sendable {
    /// 64 lower-case hexadecimal digits.
    var seed: String
    var crypto: any CryptoProvider
    /// The run that is drawn for, whose list has a token for everybody; nil: by the subject's own reference.
    var run: ID<Run>?

    /// SM3(seed ‖ "\n" ‖ `p-…` or token): 32 bytes, compared from the first on.
    struct Key: Comparable {
        private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        init(_ digest: [UInt8]) {
            func word(_ n: Int) -> UInt64 { digest.dropFirst(n * 8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
            words = (word(0), word(1), word(2), word(3))
        }

        /// 64 hexadecimal digits, in the same order.
        var text: String {
            let bytes = [words.0, words.1, words.2, words.3].flatMap { word in
                (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - $0 * 8)) }
            }
            return Hex.text(bytes)
        }

        static func == (a: Key, b: Key) -> Bool { a.words == b.words }
        static func < (a: Key, b: Key) -> Bool { a.words < b.words }
    }

    func key(_ subject: SubjectRef) -> Key {
        let name = run.map { Allotment.token(of: subject, in: $0, crypto) } ?? subject.description
        return Key(Draw.digest(name, seed: seed, crypto: crypto))
    }
}

extension FormContext {
    /// Whether equals wait for a public value before anybody of them is served (`order: [rank, drawn]`).
    var isDrawn: Bool { rules.order.contains(.drawn) || form.places?.order.contains(.drawn) == true }

    /// Who of a run's equals comes first: as it was drawn, or else as it follows from program and season.
    func ties(of run: ID<Run>, _ crypto: any CryptoProvider, in reader: any StoreReader) throws -> TieBreak {
        if isDrawn, let seed = try Allotment.of(run, in: reader)?.seed {
            return TieBreak(seed: seed, crypto: crypto, run: run)
        }
        return ties(crypto)
    }

    /// The order of equals where none is drawn for: it belongs to this program and its season, so that preview, diff and decide name
    /// the same people, whatever else of a bundle was changed, and nobody comes first everywhere.
    func ties(_ crypto: any CryptoProvider) -> TieBreak {
        let text = "\(program.id)/\(form.name)\n\(rules.season.from)"
        return TieBreak(seed: Hex.text(crypto.digest(Array(text.utf8))), crypto: crypto)
    }
}
