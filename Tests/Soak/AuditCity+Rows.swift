import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

/// Rows in every sealed table.
extension AuditCity {
    /// Grants that are paid through the bank: one fails and is paid again, one is claimed back.
    static func pay(_ store: SQLiteStore, _ context: (String) -> ChangeContext) async throws {
        let (treasurer, payer, second) = (context("treasurer"), context("payer"), context("second"))
        try await store.write(.interactive) { writer in
            let grants = (1...12).map { n in
                NewEntitlement(
                    decision: treasurer.ids.next(), caseID: nil, kind: .money, payee: .person(ID(rawValue: Int64(n))),
                    shares: [.init(line: "cooling-2026", amount: Money(fen: Int64(5_000 + n)))], program: "soak",
                    series: "soak", on: treasurer.today)
            }
            let held = try Entitlements.hold(grants, about: "soak", treasurer, in: writer)
            try Entitlements.approve(held, about: "soak", treasurer, in: writer)
            for round in 0..<2 {
                let open = try writer.all("SELECT id FROM entitlement WHERE program = 'soak' AND state = 'approved'") {
                    $0.id(0, Entitlement.self)
                }
                let batch = try Batches.build(
                    program: "soak", only: open, remark: "soak",
                    accountOf: { payee, _ in
                        BankAccount(number: "990100\(1_000_000 + (payee.id ?? 0))", holder: "示例\(payee.id ?? 0)")
                    }, payer, in: writer)
                _ = try Batches.check(batch.batch, luhn: { _ in true }, payer, in: writer)
                try Batches.approve(batch.batch, second, in: writer)
                _ = try Batches.export(batch.batch, payer, in: writer)
                let lines = try Batches.lines(of: batch.batch, in: writer, payer.crypto).lines
                let results = lines.map {
                    BankResult(
                        n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: round > 0 || $0.n % 4 != 0,
                        message: "")
                }
                _ = try Batches.result(batch.batch, results, treasurer, in: writer)
                for id in held {
                    let last = try Payments.of(id, in: writer).last
                    if let last, last.state == .failed {
                        _ = try Batches.reissue(last.id, reason: "换卡", treasurer, in: writer)
                    }
                }
            }
            try Entitlements.clawBack(
                held[0], keeping: Money(fen: 1_000), reason: "CORRECTED", about: "soak", treasurer, in: writer)
        }
    }

    /// July's books are closed.
    static func close(_ bundle: Bundle, _ store: SQLiteStore, _ context: ChangeContext) async throws {
        guard let july = FundPeriod("2026-07") else { return }
        try await store.write(.interactive) {
            _ = try Periods.close(
                july, funds: bundle.funds, lapsing: { _ in false }, decision: "纪要〔2026〕8号", context, in: $0)
        }
    }

    /// Accounts, which events of the chain tell of as well: they can't be made up.
    static func admit(_ access: Access) async throws {
        for (n, role) in [Role.systemAdmin, .programAdmin, .auditor].enumerated() {
            let account = Account(id: "account\(n)", display: "第\(n)人", roles: [RoleGrant(role)])
            _ = try await access.add(account, password: "ten letters at least", by: "host")
        }
    }

    /// The files of a bundle by their digests, as a host keeps them.
    static func keep(
        _ files: [String: [UInt8]], of bundle: Bundle, _ crypto: SoftwareCrypto, in writer: any StoreWriter
    ) throws {
        for (path, content) in files.sorted(by: { $0.key < $1.key }) {
            let digest = SQLValue.blob(crypto.digest(content))
            try writer.execute(
                "INSERT INTO bundle_file (digest, content) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [digest, .blob(content)])
            try writer.execute(
                "INSERT INTO bundle_member (bundle, path, file) VALUES ($1, $2, $3)",
                [.text(bundle.digest), .text(path), digest])
        }
    }

    /// Rows that the columns' own constraints allow, where nothing of the above left any: what they say is all the same to the
    /// proof. They are written, some of them changed, one is deleted, in several transactions, as the host does it.
    static func fill(_ store: SQLiteStore, seed: UInt64) async throws {
        for (number, table) in MutationCampaign.sealedTables.enumerated() {
            try await store.write(.interactive) { writer in
                guard try writer.integer("SELECT count(*) FROM \(table.name)") == 0 else { return }
                var dice = Dice(seed: seed &+ UInt64(number))
                for n in 1...9 {
                    try writer.insert(
                        into: table.name, columns: table.columns.map(\.name),
                        values: table.columns.map { filler($0, table.key, n, &dice) })
                }
            }
            try await store.write(.interactive) { writer in
                guard
                    let column = table.sealedColumns.last(where: { !table.key.contains($0.name) && $0.type == .text }),
                    let key = table.key.first
                else { return }
                try writer.execute(
                    """
                    UPDATE \(table.name) SET "\(column.name)" = "\(column.name)" WHERE "\(key)" IN
                    (SELECT "\(key)" FROM \(table.name) ORDER BY 1 LIMIT 2)
                    """, [])
            }
        }
        try await store.write(.interactive) { _ = try $0.execute("DELETE FROM donation WHERE id = 9", []) }
    }

    private static func filler(_ column: Column, _ key: [String], _ n: Int, _ dice: inout Dice) -> SQLValue {
        if column.nullable, dice.below(3) == 0 { return .null }
        // Nobody pays back more than is claimed, and no more is claimed than was given.
        if column.name == "recovered" { return .int(Int64(n)) }
        if column.name == "claimed" { return .int(Int64(n + 1)) }
        return switch column.type {
        case .bool: .int(Int64(n % 2))
        case .int: .int(key.contains(column.name) ? Int64(n) : Int64(n + 1 + dice.below(1_000_000)))
        case .text: .text("\(column.name) 第\(n)行/\(dice.below(1_000))")
        case .blob: .blob((0..<12).map { _ in UInt8(dice.below(256)) })
        }
    }
}
