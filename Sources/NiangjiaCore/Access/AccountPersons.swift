/// People behind accounts: what two accounts of one person do counts as done by one (不相容岗位).
enum AccountPersons {
    /// The accounts themselves and every other account of the persons behind them.
    static func expand(_ accounts: Set<String>, in reader: any StoreReader) throws -> Set<String> {
        var found = accounts
        for account in accounts {
            found.formUnion(
                try reader.all(
                    "SELECT b.id FROM account a JOIN account b ON b.person = a.person WHERE a.id = $1", [.text(account)]
                ) { $0.text(0) })
        }
        return found
    }

    /// Refuses whoever is one of these, under whatever account: who proposed or reported doesn't approve (不相容岗位).
    static func another(than accounts: Set<String>, _ context: ChangeContext, in reader: any StoreReader) throws {
        guard try !expand(accounts, in: reader).contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "须由另一人办理:提出的人不能自己批准。", en: "Another person must do this: nobody approves their own.")
        }
    }
}
