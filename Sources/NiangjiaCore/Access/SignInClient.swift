/// From where somebody tries a password: failures are counted there.
public enum SignInClient: Hashable, Sendable {
    /// This machine, by whoever has the folder.
    case local
    /// The network, from an address (``network(_:)``).
    case address(String)
    /// A session of the account, whose owner shows the password or a code again.
    case signedIn

    /// From where the operation that is at work was asked for.
    @TaskLocal public static var current = SignInClient.local

    /// How many attempts of one address may be at work or wait at a time; one more is told to come back.
    public static let attemptsByAddress = 8
    /// How many addresses are remembered from which an account was signed in to.
    public static let mostKnown: Int64 = 20

    /// What stands for an address: itself, or of IPv6 the first 64 bits, for whoever has one of those has them all.
    public static func network(_ address: String) -> String {
        let plain = address.prefix { $0 != "%" }
        guard plain.contains(":"), !plain.contains(".") else { return address }
        let halves = plain.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0.split(separator: ":").map(String.init) }
        guard let head = halves.first else { return address }
        let tail = halves.count > 1 ? halves[1] : []
        let zeros = Array(repeating: "0", count: max(0, 8 - head.count - tail.count))
        return (head + zeros + tail).prefix(4).joined(separator: ":") + "::"
    }

    /// What its failures are counted by.
    var text: String {
        switch self {
        case .local: "local"
        case .address(let address): "address \(address)"
        case .signedIn: "signed in"
        }
    }
}
