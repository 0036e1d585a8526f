/// An account that changed after an approval is paid only once its owner has said that it is theirs: a card that is swapped
/// between approval and export is how money is stolen (decision 0038).
extension PayeeAccounts {
    /// Notes that the payee of an entitlement confirmed the account that the register has now, named by its last four digits.
    ///
    /// Who put the account into the register doesn't confirm it, under whatever account: else one person could send a payment
    /// wherever they like. The payee's own word is always heard.
    ///
    /// - Parameter how: by what the payee was heard: `本人持卡到窗口`, `电话核实`.
    /// Throws `not_found` where the register has no account, `invalid` when it ends otherwise, `forbidden` for who changed it,
    /// `conflict` where nothing is left to pay. Twice is once.
    public static func confirm(
        _ one: Entitlement, ending: String, how: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let payee = one.payee
        guard let id = payee.id, let account = try account(of: payee, in: writer, context.crypto) else {
            throw NiangjiaError(.notFound, zh: "登记册里没有收款账号。", en: "The register has no account.")
        }
        guard ending.count == 4, account.number.hasSuffix(ending) else {
            throw NiangjiaError(
                .invalid, zh: "尾号不符:登记的账号不是以 \(ending) 结尾,请先更正登记。",
                en: "The account in the register doesn't end in \(ending): put the register right first.",
                place: "/ending")
        }
        try refuseChanger(of: one, context, in: writer)
        try refuseEnded(one)
        let mac = PersonIdentifiers.mac(bankCard: account.number, context.crypto)
        let inserted = try writer.execute(
            """
            INSERT INTO account_confirmation (payee_kind, payee, account_mac, confirmed_by, confirmed_at, how)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            [
                .text(payee.kind.rawValue), .int(id), .blob(mac), .text(context.actor), .instant(context.now),
                .text(how),
            ])
        guard inserted == 1 else { return }
        let about = payee.kind == .person ? ID<Person>(rawValue: id).text : ID<Organization>(rawValue: id).text
        try context.record("payee.account_confirmed", about: about, body: ["how": .text(how)], in: writer)
    }

    /// Refuses what no payment waits for: nobody shall believe that their word has moved one.
    private static func refuseEnded(_ one: Entitlement) throws {
        let waits: Set<Entitlement.State> = [.queued, .held, .approved, .batched, .exported, .failed]
        guard one.kind != .money || !waits.contains(one.state) else { return }
        throw NiangjiaError(
            .conflict, zh: "这笔待遇\(one.kind == .money ? "现为“\(one.state.title.zh)”" : "不是付款"),没有要付的款,不必确认账号。",
            en: one.kind == .money
                ? "This entitlement is \(one.state.title.en): no payment waits for an account."
                : "This entitlement is no money: no payment waits for an account.")
    }

    /// Refuses whoever has handed in the payee's row, or undone an import of it, since a batch last had this entitlement, or since it
    /// was approved.
    private static func refuseChanger(
        of one: Entitlement, _ context: ChangeContext, in reader: any StoreReader
    ) throws {
        let own = try reader.integer("SELECT person FROM account WHERE id = $1", [.text(context.actor)])
        guard one.payee.kind != .person || own == nil || own != one.payee.id else { return }
        let last = try reader.integer(
            "SELECT max(l.batch) FROM pay_line l JOIN payment p ON p.id = l.payment WHERE p.entitlement = $1",
            [.id(one.id)])
        let since = try last.map { ID<PayBatch>(rawValue: $0).madeAt } ?? approvedAt(one, in: reader)
        let changers = try reader.all(
            """
            SELECT DISTINCT d.actor FROM import_row r JOIN import_deed d ON d.import_batch = r.import_batch
            WHERE r.entity = $1 AND (d.ended_at IS NULL
              OR CASE WHEN $2 > 0 THEN d.id > $2 OR d.ended_at > $3 ELSE d.ended_at >= $3 END)
            """, [.optional(one.payee.id), .int(last ?? 0), .instant(since)]
        ) { $0.text(0) }
        guard try AccountPersons.expand(Set(changers), in: reader).contains(context.actor) else { return }
        throw NiangjiaError(
            .forbidden, zh: "登记这个账号的人不能自己确认:须由另一人向收款人核实后登录办理。",
            en: "Who entered this account can't confirm it: another person hears the payee and signs in.")
    }

    /// Whether a payee has confirmed an account.
    static func isConfirmed(
        _ payee: Entitlement.Payee, mac: [UInt8], in reader: any StoreReader
    ) throws -> Bool {
        try reader.integer(
            "SELECT 1 FROM account_confirmation WHERE payee_kind = $1 AND payee = $2 AND account_mac = $3",
            [.text(payee.kind.rawValue), .optional(payee.id), .blob(mac)]) == 1
    }

    /// Whether nobody has confirmed this account, and it is another than an entitlement's last batch had, or than the payee had
    /// when the entitlement was approved.
    static func needsConfirmation(
        _ one: Entitlement, mac: [UInt8], in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> Bool {
        let last = try reader.first(
            """
            SELECT l.account_mac FROM payment p JOIN pay_line l ON l.payment = p.id WHERE p.entitlement = $1
            ORDER BY l.batch DESC LIMIT 1
            """, [.id(one.id)]
        ) { $0.blob(0) }
        let isOther =
            if let last { last != mac } else { try isNewer(mac, than: one, in: reader, crypto) }
        return try isOther && !isConfirmed(one.payee, mac: mac, in: reader)
    }
}
