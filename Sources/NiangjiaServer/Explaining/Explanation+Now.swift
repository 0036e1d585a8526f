import NiangjiaCore

/// What stands of a decision now.
extension Decisions {
    /// Its amount after what fell of it and what corrections made of it, as caps count it, but for what still waits for money, which is
    /// told beside it with its turn; nothing where it has fallen as a whole.
    static func standing(_ row: Row, in reader: any StoreReader) throws -> (amount: Money, queued: MoneyQueue.Place?) {
        guard !["reversed", "lapsed", "annulled"].contains(row.state) else { return (.zero, nil) }
        let whole = try reader.first(
            "SELECT COALESCE(kept, amount + queued) FROM decision WHERE id = $1", [.id(row.id)]
        ) { $0.money(0) }
        let queued = try MoneyQueue.place(of: row, in: reader)
        return ((whole ?? row.outcome.amount) - (queued?.amount ?? .zero), queued)
    }
}

extension MoneyQueue.Place {
    /// For people.
    var words: LocalText {
        LocalText(
            zh: "\(amount) 元排队等资金,第 \(turn) 位;资金到位后按次序预留",
            en: "\(amount) yuan wait for money, number \(turn) of the queue: held in turn when there is money")
    }

    /// For `--json` and the API.
    var value: Value { ["amount_fen": .int(amount.fen), "turn": .int(turn)] }
}

extension WaitingCases {
    /// Of a case that waits for money, for people.
    static func words(turn: Int64) -> LocalText {
        LocalText(
            zh: "候补等资金,第 \(turn) 位;项目期间内资金到位的,按次序再次核定",
            en: "waits for money, number \(turn) of the list: decided again in turn when it comes within the season")
    }

    /// Of a decision for which money had come, for people.
    static func words(cameOn day: CivilDate) -> LocalText {
        LocalText(zh: "\(day) 资金到位,候补后核定", en: "decided from the waiting list when there was money, \(day)")
    }
}

extension Fallen {
    /// States by which a case takes back what it gave.
    static let ended: Set<CaseState> = [.withdrawn, .rejected, .clawedBack]

    /// That the case of a decision ended after it, taken back or turned down by a person: nothing of it stands any more.
    static func ended(_ record: CaseRecord?, in reader: any StoreReader) throws -> Fallen? {
        guard let record, ended.contains(record.state) else { return nil }
        let state = record.state.rawValue
        guard let step = try Cases.steps(of: record.id, in: reader).last(where: { $0.to == state && $0.from != state })
        else { return nil }
        let note = step.note ?? ""
        return Fallen(
            at: step.at, code: state,
            text: LocalText(
                zh: "申请\(record.state.title.zh)" + (note.isEmpty ? "" : ":\(note)"),
                en: "the application was \(record.state.title.en)" + (note.isEmpty ? "" : ": \(note)")),
            keep: .zero)
    }
}

extension Explanation {
    /// Says what has become of a decision since: what fell of it, with what its case did, what corrections made of it, what stands.
    mutating func tellSince(
        _ row: Decisions.Row, _ record: CaseRecord?, _ plugin: Plugin?, _ bundle: Bundle, _ filter: FactFilter,
        _ host: Host
    ) async throws {
        fallen = try await Fallen.of(row, plugin, bundle, filter, host)
        for one in fallen { told.add(one.told) }
        amended = try await Amended.of(row, plugin, bundle, filter, host)
        let (ended, stands, turn, came) = try await host.store.read { reader in
            let waits = row.state == "waitlisted" && row.outcome.waitsForMoney
            return (
                try Fallen.ended(record, in: reader), try Decisions.standing(row, in: reader),
                try waits ? record.flatMap { try WaitingCases.turn(of: $0, in: reader) } : nil,
                try row.outcome.stands ? WaitingCases.moneyCame(for: row, in: reader) : nil
            )
        }
        (moneyTurn, moneyCame) = (turn, came)
        // A lapse or an action says so itself.
        if row.state == "reversed", fallen.first?.keep != .zero, let ended { fallen.insert(ended, at: 0) }
        (amountNow, queued) = (stands.amount, stands.queued)
    }

    /// Of what is queued for want of money, also the reason that the rule itself gave for its amount.
    mutating func addRulesOwn(
        _ row: Decisions.Row, _ record: CaseRecord?, _ filter: FactFilter, _ plugin: Plugin?, _ bundle: Bundle
    ) {
        let judged = record?.lines.first { $0.line == row.line }?.judgement
        guard row.outcome.queued > .zero, let judged, let code = judged.code, code != row.outcome.code else { return }
        reasons.append((code, filter.reason(code, judged.params, plugin?.manifest, bundle.stacking)))
    }
}
