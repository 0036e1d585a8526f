import NiangjiaCore

/// Something of which there is so much in all and so much for each: bytes of bodies, bytes on the disk, open streams.
final class Shares: Sendable {
    private struct State {
        var all = 0
        var byName: [String: Int] = [:]
    }

    private let most: Int
    private let mostByName: Int
    private let state = Guarded(State())

    init(most: Int, byName: Int) {
        self.most = most
        mostByName = byName
    }

    /// How much is taken.
    var taken: Int { state.withLock { $0.all } }

    /// Takes some of it. False: there is none left, in all or for this one, and none was taken.
    func take(_ amount: Int, for name: String) -> Bool {
        let (most, mostByName) = (most, mostByName)
        return state.withLock { state in
            let own = state.byName[name, default: 0] + amount
            guard state.all + amount <= most, own <= mostByName else { return false }
            state.all += amount
            state.byName[name] = own
            return true
        }
    }

    /// Gives back what was taken.
    func give(_ amount: Int, of name: String) {
        state.withLock { state in
            state.all -= amount
            let left = state.byName[name, default: 0] - amount
            state.byName[name] = left > 0 ? left : nil
        }
    }
}
