/// Payees' bank accounts as the registers have them.
public enum PayeeAccounts {
    /// The account of a person (the card that the member gave) or of an organisation; nil where none is known.
    ///
    /// The holder is who the register says the card belongs to, else the payee's own name: banks compare it with the account.
    public static func account(
        of payee: Entitlement.Payee, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> BankAccount? {
        guard let id = payee.id else { return nil }
        let isPerson = payee.kind == .person
        let (table, column) = isPerson ? ("person", "card_sealed") : ("organization", "account_sealed")
        let holder = isPerson ? "card_holder" : "account_name"
        let found = try reader.first(
            "SELECT \(column), COALESCE(\(holder), name), bank_name FROM \(table) WHERE id = $1", [.int(id)]
        ) { (sealed: $0.blobOrNil(0), holder: $0.text(1), bank: $0.textOrNil(2)) }
        guard let found, let sealed = found.sealed else { return nil }
        let number = try PersonIdentifiers.open(sealed, table: table, row: id, column: column, crypto)
        return BankAccount(number: number, holder: found.holder, bank: found.bank)
    }
}
