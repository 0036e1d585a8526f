/// A draw that nobody can steer and anybody can repeat.
///
/// Entries close: the list of entrants is fixed and its SM3 goes into the chain, in an event whose own digest (the *head*) covers
/// everything that the host did before. Then the public value that was named beforehand becomes known. Both make the seed:
/// whoever runs the host can't know the value when the list closes, and whoever makes the value doesn't know the head.
///
///     seed      = SM3(head ‖ "\n" ‖ value)             head, seed and keys as 64 lower-case hexadecimal digits
///     key(e)    = SM3(seed ‖ "\n" ‖ e)                 e: the entrant as the list names it, `c-…/0` or `e-…`
///     order     = by rank where the form orders by it (none last), then by key
public enum Draw {
    /// Somebody in the list of a draw of places, or of a run.
    public struct Entrant: Hashable, Sendable {
        /// The case's number, a slash, and the line of the case; in a run, the token of whom the decision is about.
        public var name: String
        /// How many places it asks for.
        public var take: Int64
        /// The script's rank; smaller comes first.
        public var rank: Int64?
        /// When the case was handed in.
        public var at: Instant

        /// An entrant as the list names it.
        public init(name: String, take: Int64, rank: Int64?, at: Instant) {
            self.name = name
            self.take = take
            self.rank = rank
            self.at = at
        }
    }

    /// The list as it is published: sorted by name, one line each: name, places wanted, rank or `-`, instant of entry.
    public static func list(_ entrants: [Entrant]) -> String {
        entrants.sorted { $0.name < $1.name }.map { entrant in
            "\(entrant.name) \(entrant.take) \(entrant.rank.map { String($0) } ?? "-") \(entrant.at)\n"
        }.joined()
    }

    /// Reads a published list; nil where a line is none.
    public static func entrants(_ list: String) -> [Entrant]? {
        var found: [Entrant] = []
        for line in list.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 4, let take = Int64(parts[1]), let at = Instant(String(parts[3])),
                parts[2] == "-" || Int64(parts[2]) != nil
            else { return nil }
            found.append(Entrant(name: String(parts[0]), take: take, rank: Int64(parts[2]), at: at))
        }
        return found
    }

    /// The seed that a head (32 bytes) and the public value make.
    public static func seed(head: [UInt8], value: String, crypto: any CryptoProvider) -> String {
        Hex.text(crypto.digest(Array((Hex.text(head) + "\n" + value).utf8)))
    }

    /// An entrant's key under a seed; who has the smallest is served first.
    public static func key(_ name: String, seed: String, crypto: any CryptoProvider) -> String {
        Hex.text(digest(name, seed: seed, crypto: crypto))
    }

    static func digest(_ name: String, seed: String, crypto: any CryptoProvider) -> [UInt8] {
        crypto.digest(Array((seed + "\n" + name).utf8))
    }

    /// The order in which entrants are served. Ties of all that is declared (two handed in within a millisecond) are told apart by
    /// keys under the list's own SM3, never by a number that says who was entered first.
    public static func order(
        _ entrants: [Entrant], by ordering: [PlacesRule.Order], seed: String?, crypto: any CryptoProvider
    ) -> [Entrant] {
        let seed = seed ?? Hex.text(crypto.digest(Array(list(entrants).utf8)))
        let keys = entrants.map { digest($0.name, seed: seed, crypto: crypto) }
        let sorted = entrants.indices.sorted { a, b in
            for criterion in ordering {
                switch criterion {
                case .rank:
                    let (x, y) = (entrants[a].rank ?? .max, entrants[b].rank ?? .max)
                    if x != y { return x < y }
                case .submitted: if entrants[a].at != entrants[b].at { return entrants[a].at < entrants[b].at }
                case .drawn: break
                }
            }
            if keys[a] != keys[b] { return keys[a].lexicographicallyPrecedes(keys[b]) }
            return entrants[a].name < entrants[b].name
        }
        return sorted.map { entrants[$0] }
    }

    /// Serves entrants in their order: places, then the waiting list, then nothing. Nobody overtakes somebody who waits.
    public static func serve(_ ordered: [Entrant], count: Int64, room: Int64, used: Int64 = 0) -> [PlaceState] {
        var (held, waiting) = (used, Int64(0))
        return ordered.map { entrant in
            if waiting == 0, held + entrant.take <= count {
                held += entrant.take
                return .held
            }
            guard waiting + entrant.take <= room else { return .out }
            waiting += entrant.take
            return .waiting
        }
    }
}
