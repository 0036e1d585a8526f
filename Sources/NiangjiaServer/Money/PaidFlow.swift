import NiangjiaCore

/// What batches are built of: a program, or a flow of money between unions that no program decides.
struct PaidFlow: Sendable {
    /// The program's id, under which its entitlements stand.
    var id: String
    /// The remark on each payment, unless another is given.
    var title: String

    /// Flows without a program.
    static let all = [
        PaidFlow(id: Dues.program, title: "工会经费回拨"), PaidFlow(id: Grants.program, title: "补助"),
        PaidFlow(id: Suppliers.program, title: "货款结算"),
    ]

    static func named(_ id: String) -> PaidFlow? { all.first { $0.id == id } }

    /// Instalments whose day has come are paid with the next batch.
    static func unlockGrants(_ context: ChangeContext, in writer: any StoreWriter) throws {
        for grant in try Grants.list(limit: 10_000, in: writer) where grant.state == "granted" {
            try Grants.unlock(grant.id, context, in: writer)
        }
    }
}
