import NiangjiaCore

extension Operations {
    static let clockOperations: [Operation] = [
        Operation("clock.confirm", .permission(.manageAccounts), opens: .look, confirmClock)
    ]

    /// A system administrator says that the clock is right now and was ahead when a host was last seen: the host opens again. What was
    /// written meanwhile stays, with its times.
    private static func confirmClock(_ call: Call) async throws {
        let reason = try call.arguments.reason()
        let context = call.context
        let (seen, booked) = try await call.host.store.write(.interactive) { writer in
            guard let seen = try Lease.lastSeen(in: writer), Host.clockFault(seen, context.now) != nil else {
                throw NiangjiaError(
                    .conflict, zh: "系统时间没有倒退,不需要确认。", en: "Time has not gone back: there is nothing to confirm.")
            }
            try Lease.setBack(to: context.now, in: writer)
            // By a clock that was ahead they would go on for as long as it was; whoever asks signs in again.
            try Access.endLater(than: context.now, in: writer)
            try Jobs.setBack(to: context.now, in: writer)
            try Outbox.setBack(to: context.now, in: writer)
            try context.record(
                "clock.confirmed", about: "",
                body: ["seen": .text(seen.description), "reason": .text(reason)], in: writer)
            return (seen, try Ledger.lastBooking(in: writer))
        }
        call.output.line(
            "已确认现在的时间 \(context.now);上次工作到 \(seen) 的时间当时超前。那以后的登录已结束。",
            en:
                "\(context.now) is confirmed; the clock was ahead when the host worked until \(seen). Sign-ins of then have ended."
        )
        if let booked, Ledger.waits(for: booked, context.now) {
            call.output.line(
                "注意:最近一笔记账在 \(booked),超前一天以上:到那一天之前不能记账。请恢复时间出错之前的备份,或等到那时。",
                en:
                    "Mind: the last booking is of \(booked), more than a day ahead: nothing can be booked before. Restore a backup from before the clock went wrong, or wait."
            )
        }
        call.output.answer([
            "seen": .text(seen.description), "now": .text(context.now.description),
            "last_booking": booked.map { .text($0.description) } ?? .null,
            "can_book": .bool(!(booked.map { Ledger.waits(for: $0, context.now) } ?? false)),
        ])
    }
}
