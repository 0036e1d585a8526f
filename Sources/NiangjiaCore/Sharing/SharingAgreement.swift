/// How unions share what members cost who are served elsewhere (`sharing` in `config/funds.yaml`).
public struct SharingAgreement: Hashable, Sendable {
    /// A union that takes part, with the line from which it pays and into which it is paid.
    public struct Party: Hashable, Sendable {
        /// The union's code; everything below it is its own.
        public var organization: String
        /// Lines of all parties are of one source.
        public var line: String

        /// A party and its line.
        public init(organization: String, line: String) {
            self.organization = organization
            self.line = line
        }
    }

    /// Of what a delivered case cost, what the home union pays.
    public var rate: Rate
    /// What a scanned visit to a station counts; nil: visits aren't shared.
    public var perVisit: Money?
    /// Who takes part.
    public var parties: [Party]

    /// An agreement.
    public init(rate: Rate, perVisit: Money? = nil, parties: [Party]) {
        self.rate = rate
        self.perVisit = perVisit
        self.parties = parties
    }
}
