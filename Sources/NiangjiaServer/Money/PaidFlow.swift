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

extension Arguments {
    /// An amount in yuan.
    func money(_ name: String) throws -> Money {
        guard let money = Money(yuan: try text(name)) else {
            throw NiangjiaError(.invalid, zh: "\(name) 须写作 50.00。", en: "Write \(name) like 50.00.", place: "/\(name)")
        }
        return money
    }

    /// A day that must be named.
    func day(_ name: String) throws -> CivilDate {
        guard let day = try date(name) else {
            throw NiangjiaError(.invalid, zh: "缺少 \(name)(日期)。", en: "\(name), a day, is missing.", place: "/\(name)")
        }
        return day
    }

    /// From the first to the last day.
    func period() throws -> DateRange {
        let period = DateRange(from: try day("from"), to: try day("to"))
        guard period.from <= period.to else {
            throw NiangjiaError(.invalid, zh: "起止日期颠倒。", en: "The period ends before it begins.", place: "/to")
        }
        return period
    }
}
