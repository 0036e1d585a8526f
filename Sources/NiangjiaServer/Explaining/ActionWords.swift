import NiangjiaCore

/// What an action that waits would do, in words: a second person sees amounts in yuan, whom they concern and from which line.
struct ActionWords: Sendable {
    /// A line for the action, and one for each thing that it would do.
    let lines: [LocalText]
    /// The same for `--json`.
    let value: Value

    init(_ pending: PendingAction, in reader: any StoreReader) throws {
        var lines = [
            LocalText(
                zh: "\(pending.program) 的动作 \(pending.action),由 \(pending.askedBy) 于 \(pending.at.date) 提出,将:",
                en:
                    "The action \(pending.action) of \(pending.program), asked for by \(pending.askedBy) on \(pending.at.date), would:"
            )
        ]
        var effects: [Value] = []
        for effect in pending.effects {
            let sums = try effect.sums.map { (sum: $0, name: try ActionWords.name($0.whom, in: reader)) }
            let words = ActionWords.words(effect, sums, pending.plugin)
            lines.append(LocalText(zh: "  " + words.zh, en: "  " + words.en))
            effects.append([
                "deed": .text(effect.deed.rawValue), "case": effect.caseID.map { .text($0.text) } ?? .null,
                "name": .text(effect.name), "code": effect.code.map { .text($0) } ?? .null,
                "words": ["zh-CN": .text(words.zh), "en": .text(words.en)],
                "sums": .list(
                    sums.map { sum, name in
                        [
                            "change": .text(sum.change.rawValue), "amount_fen": .int(sum.amount.fen),
                            "whom": sum.whom.map { .text($0.description) } ?? .null, "name": .text(name),
                            "lines": .list(sum.lines.map { .text($0) }),
                        ]
                    }),
            ])
        }
        let total = LocalText(zh: "涉及金额合计", en: "money, in all")
        for (change, verb) in ActionWords.changes where change != .written {
            let sums = pending.effects.flatMap(\.sums).filter { $0.change == change }
            guard sums.count > 1 else { continue }
            let amount = sums.reduce(Money.zero) { $0 + $1.amount }
            lines.append(
                LocalText(
                    zh: "  \(total.zh):\(verb.zh) \(amount) 元(\(sums.count) 笔)",
                    en: "  \(total.en): \(verb.en) \(amount) yuan (\(sums.count))"))
        }
        self.lines = lines
        value = [
            "run": .text(pending.id.text), "program": .text(pending.program), "action": .text(pending.action),
            "by": .text(pending.askedBy), "at": .text(pending.at.description), "effects": .list(effects),
        ]
    }

    private static let changes: KeyValuePairs<ActionEffect.Sum.Change, LocalText> = [
        .given: LocalText(zh: "审核通过后给付", en: "to give, once reviewed,"),
        .approved: LocalText(zh: "可以发放", en: "to pay or deliver"),
        .released: LocalText(zh: "撤销预留", en: "to release"), .claimed: LocalText(zh: "追回已付", en: "to claim back"),
        .written: LocalText(zh: "登记金额", en: "to write down"),
    ]

    private static func words(
        _ effect: ActionEffect, _ sums: [(sum: ActionEffect.Sum, name: String)], _ manifest: Manifest
    ) -> LocalText {
        let what = deed(effect)
        var (zh, en) = (what.zh, what.en)
        if let code = effect.code {
            let reason = ReasonText.text(code, effect.params, plugin: manifest, stacking: nil)
            zh += "(\(reason.zh))"
            en += " (\(reason.en))"
        }
        let money = sums.map { words($0.sum, $0.name) }
        if !money.isEmpty {
            zh += ":" + money.map(\.zh).joined(separator: ";")
            en += ": " + money.map(\.en).joined(separator: "; ")
        }
        return LocalText(zh: zh, en: en)
    }

    private static func deed(_ effect: ActionEffect) -> LocalText {
        let id = effect.caseID?.text ?? ""
        return switch effect.deed {
        case .open: LocalText(zh: "提出申请 \(effect.name)", en: "open a case \(effect.name)")
        case .move: LocalText(zh: "申请 \(id) 转到 \(effect.name)", en: "move the case \(id) to \(effect.name)")
        case .revoke: LocalText(zh: "取消申请 \(id) 的待遇", en: "revoke what the case \(id) was granted")
        case .put: LocalText(zh: "登记 \(effect.name)", en: "write a row of \(effect.name)")
        case .remove: LocalText(zh: "删除登记 \(effect.name)", en: "remove a row of \(effect.name)")
        case .notify:
            LocalText(
                zh: "就申请 \(id) 通知 \(effect.recipients) 人:\(effect.name)",
                en: "tell \(effect.recipients) about the case \(id): \(effect.name)")
        }
    }

    private static func words(_ sum: ActionEffect.Sum, _ name: String) -> LocalText {
        let verb = changes.first { $0.key == sum.change }?.value ?? LocalText(zh: "", en: "")
        let field = sum.field.map { LocalText(zh: "\($0.zh) ", en: "\($0.en) ") } ?? LocalText(zh: "", en: "")
        var (zh, en) = ("\(field.zh)\(verb.zh) \(sum.amount) 元", "\(field.en)\(verb.en) \(sum.amount) yuan")
        if let whom = sum.whom {
            zh += ",对象 \(name)(\(whom))"
            en += ", of \(name) (\(whom))"
        }
        if !sum.lines.isEmpty {
            zh += ",资金 \(sum.lines.joined(separator: "、"))"
            en += ", line \(sum.lines.joined(separator: ", "))"
        }
        return LocalText(zh: zh, en: en)
    }

    /// A person's name is masked.
    private static func name(_ whom: SubjectRef?, in reader: any StoreReader) throws -> String {
        guard let whom else { return "" }
        let table: String? =
            switch whom.kind {
            case .person: "person"
            case .organization: "organization"
            case .station: "station"
            case .household, .record, .nobody: nil
            }
        guard let table else { return "" }
        let name = try reader.first("SELECT name FROM \(table) WHERE id = $1", [.int(whom.id)]) { $0.text(0) } ?? ""
        return whom.kind == .person ? Masking.name(name) : name
    }
}
