/// What an audit of a whole store found.
public struct AuditReport: Sendable, Hashable {
    /// The chain of events, and the heads that were given.
    public var chain: ChainReport
    /// The books by themselves: entry sets, balances, holds.
    public var ledger: LedgerReport
    /// Vouchers and entries that are not what the chain tells.
    public var vouchers: [LocalText]
    /// Calls and blocks against what the chain was told of them.
    public var journal: JournalReport
    /// Steps of cases, decisions and accounts.
    public var rows: RowsReport
    /// Rows whose every write is sealed.
    public var sealed: SealedRowsReport
    /// Closed periods that are no longer what they were.
    public var closed: [LocalText]
    /// Facts that lie as columns and aren't what the registers hold.
    public var facts: [LocalText]
    /// Stored files of the configuration, of any version, that aren't what they were.
    public var configuration: [LocalText]

    /// Whether nothing is wrong.
    public var isSound: Bool {
        chain.isWhole && chain.unsealed == 0 && ledger.isOK && vouchers.isEmpty && journal.faults.isEmpty
            && rows.faults.isEmpty
            && sealed.faults.isEmpty && closed.isEmpty && facts.isEmpty && configuration.isEmpty
    }

    /// Everything that is wrong, in words.
    public var faults: [LocalText] {
        (chain.firstBreak.map { [$0.text] } ?? []) + unsealed + vouchers + ledger.faults + journal.faults.words
            + rows.faults.words + sealed.faults.words + closed + facts + configuration
    }

    private var unsealed: [LocalText] { chain.unsealed > 0 ? [ChainReport.outside(chain.unsealed)] : [] }
}

/// The proof that an auditor asks for: on a copy, offline, against heads that left the machine.
public enum Audit {
    /// Recomputes the chain, the books, and the journal, and compares each with the others.
    ///
    /// Any change of a sealed event, a voucher, an entry, a journaled call or block, a step of a case, a decision's outcome or
    /// amount, an account's roles, a row of a sealed table (``Table/proof``), a stored file of the configuration is found; what was cut off at the end, only
    /// with a head that was taken after it. All of it is read: minutes for millions of events.
    ///
    /// Throws `conflict` where packed decisions can't be read at all, and names them: nothing else can be told then.
    public static func verify(
        in reader: any StoreReader, crypto: any CryptoProvider, against heads: [ChainHead] = []
    ) throws -> AuditReport {
        let packs = try DecisionsSchema.packing.faults(in: reader)
        let lost = packs.unreadable.map { ID<Decision>(rawValue: $0).text }
        guard lost.isEmpty else {
            let names = lost.joined(separator: ", ")
            throw NiangjiaError(
                .conflict, zh: "核定包已损坏,读不出来:\(names);其余的也就无法核对。请从备份恢复,再核对一次。",
                en:
                    "Packs of decisions can't be read: \(names). Nothing else can be verified then: restore a backup, and verify again."
            )
        }
        return AuditReport(
            chain: try Chain.verify(in: reader, crypto: crypto, against: heads), ledger: try Ledger.verify(in: reader),
            vouchers: try Ledger.verifyAgainstChain(in: reader),
            journal: try Journal.verify(in: reader, crypto: crypto),
            rows: try Commitments.verify(in: reader, crypto: crypto, misplaced: packs.misplaced),
            sealed: try RowSeals.verify(in: reader, crypto: crypto),
            closed: try Periods.verify(in: reader, crypto: crypto), facts: try FactPages.verify(in: reader),
            configuration: try BundleFiles.verify(in: reader, crypto: crypto))
    }
}
