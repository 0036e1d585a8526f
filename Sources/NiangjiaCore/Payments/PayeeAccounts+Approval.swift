/// Accounts beside the approvals of what they are paid: whoever approved a case saw, and meant, the account that its payee had then.
extension PayeeAccounts {
    /// Whether somebody builds or approves batches, under this account or another one in use of the same person.
    public static func isTreasury(_ account: String, in reader: any StoreReader) throws -> Bool {
        try AccountPersons.expand([account], in: reader).contains { id in
            guard let one = try Access.account(id, in: reader), one.isActive else { return false }
            return one.has(.treasurer) || one.has(.payer)
        }
    }

    /// How many lines of a batch pay another account than their payees had when what is paid was approved; each of them has been
    /// confirmed since.
    public static func countNewer(
        in batch: ID<PayBatch>, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> Int {
        let lines = try reader.all(
            """
            SELECT p.entitlement, l.account_mac FROM pay_line l JOIN payment p ON p.id = l.payment
            WHERE l.batch = $1 AND l.state <> 'void' ORDER BY l.n
            """, [.id(batch)]
        ) { (entitlement: $0.id(0, Entitlement.self), mac: $0.blob(1)) }
        return try lines.filter { line in
            try isNewer(line.mac, than: Entitlements.load(line.entitlement, in: reader), in: reader, crypto)
        }.count
    }

    /// How many lines of a batch that hasn't left were built with another account than their payees have now: the export refuses them until
    /// the batch is refreshed.
    public static func countChanged(
        in batch: PayBatch, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> Int {
        guard [.built, .checked, .approved].contains(batch.state) else { return 0 }
        return try Batches.changedLines(Batches.storedLines(of: batch.id, in: reader), nil, crypto, in: reader).count
    }

    /// When an entitlement was approved: with its case, or when it was made.
    static func approvedAt(_ one: Entitlement, in reader: any StoreReader) throws -> Instant {
        let made = one.id.madeAt
        guard let caseID = one.caseID else { return made }
        // A case that is opened again, because a bank sent money back, is no new approval.
        let approved = try reader.integer(
            """
            SELECT min(at) FROM case_step WHERE case_id = $1 AND to_state = 'approved'
            AND from_state NOT IN ('approved', 'done') AND at >= $2
            """, [.id(caseID), .instant(made)])
        return approved.map { Instant(milliseconds: $0) } ?? made
    }

    /// Whether an account is another than the payee had when an entitlement was approved, or nobody can tell: what the history holds of
    /// then can't be opened.
    static func isNewer(
        _ mac: [UInt8], than one: Entitlement, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> Bool {
        guard let id = one.payee.id else { return false }
        let isPerson = one.payee.kind == .person
        let table = isPerson ? PeopleSchema.person : OrganizationsSchema.organization
        let column = isPerson ? "card_sealed" : "account_sealed"
        let approved = try approvedAt(one, in: reader)
        let learned = try reader.integer("SELECT recorded_at FROM \(table.name) WHERE id = $1", [.int(id)])
        // Nothing of the row has changed since: true of nearly all. Who is in no register has an account from elsewhere.
        guard let learned, learned > approved.milliseconds else { return false }
        let then = try reader.first(
            """
            SELECT body FROM register_history WHERE kind = $1 AND entity = $2 AND recorded_at <= $3
            ORDER BY revision DESC LIMIT 1
            """, [.text(table.name), .int(id), .instant(approved)]
        ) { try RegisterHistory.values(table, body: $0.text(0)) }
        guard let then, let place = table.columns.firstIndex(where: { $0.name == column }),
            case .blob(let sealed) = then[place]
        else { return true }
        guard let number = try? PersonIdentifiers.open(sealed, table: table.name, row: id, column: column, crypto)
        else { return true }
        return PersonIdentifiers.mac(bankCard: number, crypto) != mac
    }
}
