extension Entitlement {
    /// Programs of the host itself, whose entitlements pay what is owed already: to a supplier for goods that were handed over, to a
    /// union for its own dues, to a union that was promised a grant.
    private static let debts: Set<String> = [Suppliers.program, Dues.program, Grants.program]

    /// Whether it is paid because it is owed, and not because somebody may come for it: no year's end makes it lapse.
    ///
    /// Beside the host's own programs these are fees to be refunded, supplements that a correction found missing, and what a
    /// payee paid in for a claim whose payment came back afterwards.
    func isDebt(in reader: any StoreReader) throws -> Bool {
        if Entitlement.debts.contains(program) || revises != nil || isRefund { return true }
        guard revision > 1 else { return false }
        let returned = try reader.integer(
            "SELECT 1 FROM payment WHERE entitlement = $1 AND state = 'returned' AND revision < $2 LIMIT 1",
            [.id(id), .int(Int64(revision))])
        return returned != nil
    }
}
