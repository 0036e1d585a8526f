import NiangjiaCore

/// Accounts that somebody exchanged or altered in the store's file: they can't be opened, and are entered anew.
extension Planner {
    /// What a register's row has where a draft has a number; nil where that is nothing, or can't be read.
    func opened(_ secret: Draft.Secret, of id: Int64, _ old: [SQLValue]) -> String? {
        guard case .blob(let sealed) = old[secret.column] else { return nil }
        let column = table.columns[secret.column].name
        return try? PersonIdentifiers.open(sealed, table: table.name, row: id, column: column, context.crypto)
    }

    /// Whether the account that a row brought when it was taken is the register's still, and can't be read: the row isn't taken any
    /// more. Who was given another account since isn't given the old one.
    func isSpoiled(_ draft: Draft, _ existing: Existing) -> Bool {
        guard let secret = draft.secrets.first(where: \.isAccount),
            let old = existing.lookups(of: draft).lazy.compactMap({ existing.rows[$0] }).first,
            case .int(let id) = old[0], old[secret.column] != .null, !isElsewhere(old, existing)
        else { return false }
        if let mac = secret.macColumn, draft.values[mac] != old[mac] { return false }
        return opened(secret, of: id, old) == nil
    }
}
