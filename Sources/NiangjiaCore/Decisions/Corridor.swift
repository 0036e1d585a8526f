/// The corridor from a form to an approved amount: gather → judge → settle → apply → tell. One direction, for one application
/// or a million; there is no second way to a payment.
public struct Corridor: Sendable {
    /// Where everything is kept.
    public let store: any Store
    /// Who runs the rules.
    public var judge: any RuleJudge
    /// What tells now: the core reads no clock of its own.
    public let clock: any Clock
    /// Where new ids come from.
    public let ids: IDSource
    /// What digests, seals and opens.
    public let crypto: any CryptoProvider
    /// The bundle in force, and earlier ones by digest (open cases keep theirs).
    public let bundles: any BundleSource
    /// The runs that are at work here, by an id for each time that somebody works on one. What the store calls at work and isn't here
    /// was killed: the folder has one host.
    let atWork = Guarded<[ID<Run>: ID<Run>]>([:])

    public init(
        store: any Store, judge: any RuleJudge, clock: any Clock, ids: IDSource, crypto: any CryptoProvider,
        bundles: any BundleSource
    ) {
        self.store = store
        self.judge = judge
        self.clock = clock
        self.ids = ids
        self.crypto = crypto
        self.bundles = bundles
    }
}

/// Where bundles come from.
public protocol BundleSource: Sendable {
    /// The approved bundle in force.
    func active() async throws -> Bundle
    /// The same; nil in a new city, where nothing was approved yet.
    func activeIfAny() async throws -> Bundle?
    /// A bundle that was once approved, by digest.
    func bundle(digest: String) async throws -> Bundle
}

extension BundleSource {
    /// A source that always has a bundle in force need not say more.
    public func activeIfAny() async throws -> Bundle? { try await active() }
}

/// An application as it comes in.
public struct Submission: Sendable {
    /// The program's id.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// Whom it is for; nil where the form's subject is an organisation or nobody.
    public var applicant: ID<Person>?
    /// The unit that files it (`by: unit`), or the organisation whose counter or station serves it.
    public var unit: ID<Organization>?
    /// The organisation whose counter or station serves it; nil: none does.
    public var serving: ID<Organization>?
    /// The form's fields by name, as the schema types them; references are id texts (`p-…`), money is integer fen.
    public var fields: [String: Value]
    /// The channel by which it came: a role of the manifest's `by` (member, unit, clerk, scan, keeper …).
    public var channel: String

    public init(
        program: String, form: String, applicant: ID<Person>? = nil, fields: [String: Value] = [:], channel: String
    ) {
        self.program = program
        self.form = form
        self.applicant = applicant
        self.fields = fields
        self.channel = channel
    }
}

/// Who does something: an account, in a role.
public struct Actor: Hashable, Sendable {
    /// The account's id; `host` for the host itself.
    public var account: String
    /// The role in which it acts, its level behind it (`reviewer:county`).
    public var role: String
    /// The person behind the account, where it is one.
    public var person: ID<Person>?
    /// The organisation whose subtree the account may see and act in; nil: the whole city.
    public var scope: ID<Organization>?

    public init(account: String, role: String, person: ID<Person>? = nil, scope: ID<Organization>? = nil) {
        self.account = account
        self.role = role
        self.person = person
        self.scope = scope
    }

    /// The host itself: scheduler, recheck.
    public static let host = Actor(account: "host", role: "host")
}
