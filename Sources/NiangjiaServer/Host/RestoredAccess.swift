import NiangjiaCore

/// What a restore tells of accounts: what it ended, and what somebody has to look at.
struct RestoredAccess {
    var forgotten: ForgottenAccess
    /// Whether the discarded store could be read.
    var isKnown: Bool

    /// Line by line.
    var words: [LocalText] {
        [
            LocalText(
                zh: "所有登录已结束,须重新登录;当前的动态口令等下一个(约一分钟)。",
                en: "Every sign-in has ended; whoever has a second factor waits for the next code, about a minute.")
        ] + voided + events
    }

    private var voided: [LocalText] {
        guard !forgotten.voided.isEmpty else { return [] }
        let names = forgotten.voided.joined(separator: " ")
        return [
            LocalText(
                zh: "恢复码已全部作废(备份之后用过哪些无从知道):\(names)。请本人移除动态口令再启用,领取新的。",
                en: """
                    All recovery codes are void, for nobody knows which were used since the backup: \(names). Each owner removes the \
                    second factor and enrols again for new ones.
                    """)
        ]
    }

    private var events: [LocalText] {
        guard isKnown else {
            return [
                LocalText(
                    zh: "原数据库不在或读不出:备份之后停用的账号、吊销的设备、改过的密码无从知道。请逐一核对 niangjia account list、niangjia device list。",
                    en: """
                        The store of before is missing or can't be read: which accounts were disabled, devices revoked or passwords changed \
                        since the backup isn't known. Go through niangjia account list and niangjia device list.
                        """)
            ]
        }
        guard !forgotten.lines.isEmpty else {
            return [
                LocalText(zh: "备份之后账号和设备没有变动。", en: "Nothing happened to accounts and devices since the backup.")
            ]
        }
        return [
            LocalText(
                zh: "备份之后账号和设备的变动(“已照办”的恢复时又做了一次,其余请逐一处理):",
                en:
                    "What happened to accounts and devices since the backup (“done again” by this restore; see to the others):"
            )
        ] + forgotten.lines.map(RestoredAccess.words)
    }

    private static func words(_ line: ForgottenAccess.Line) -> LocalText {
        let event = line.event
        let (day, what) = (event.at.description, title(event))
        let done = line.isDone ? LocalText(zh: ",已照办", en: ", done again") : LocalText(zh: "", en: "")
        return LocalText(
            zh: "  \(day) \(event.about) \(what.zh)(\(event.actor))\(done.zh)",
            en: "  \(day) \(event.about) \(what.en) (by \(event.actor))\(done.en)")
    }

    private static func title(_ event: AccessEvent) -> LocalText {
        let role = [event.plugin, event.role].compactMap { $0 }.joined(separator: " ")
        return switch event.kind {
        case "access.account_added": LocalText(zh: "添加账号(现在没有了)", en: "was added as an account (and is gone)")
        case "access.account_disabled": LocalText(zh: "停用", en: "was disabled")
        case "access.password_changed":
            LocalText(zh: "改了密码(现在又是旧密码:请本人再改)", en: "changed the password (the old one is back: change it again)")
        case "access.factor_confirmed":
            LocalText(zh: "启用了动态口令(现在没有或是以前的)", en: "enrolled a second factor (none, or an older one, is there)")
        case "access.factor_removed":
            LocalText(
                zh: "移除了动态口令(现在又是以前的:手机丢失的请再移除)",
                en: "lost the second factor (it is back: remove it again where the telephone was lost)")
        case "access.device_added": LocalText(zh: "添加设备(现在没有了)", en: "was added as a device (and is gone)")
        case "access.device_revoked": LocalText(zh: "吊销设备", en: "was revoked as a device")
        case "access.role_given": LocalText(zh: "得到角色 \(role)(现在没有了)", en: "was given \(role) (and hasn't it)")
        case "access.role_proposed":
            LocalText(
                zh: "由一人提出授予角色 \(role)(现在没有了)", en: "was given \(role) by one person (which is gone)")
        case "access.role_taken": LocalText(zh: "失去角色 \(role)", en: "was relieved of \(role)")
        default: LocalText(zh: event.kind, en: event.kind)
        }
    }
}
