import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let configOperations: [Operation] = [
        Operation("config.propose", .permission(.propose), propose),
        Operation("config.approve", .permission(.approveProposal)) { call in
            let entry = try await call.host.bundles.approve(
                try call.arguments.text("bundle"), by: try signedIn(call))
            call.output.line(
                entry.state == .active
                    ? "已批准并生效:\(entry.digest.prefix(12))"
                    : "已批准,\(entry.effectiveOn?.description ?? "") 起生效:\(entry.digest.prefix(12))")
            call.output.answer(entry.value)
        },
        Operation("config.log", .shell, log),
    ]

    static func signedIn(_ call: Call) throws -> Account {
        guard let account = call.account else { throw signInFirst }
        return account
    }

    private static func propose(_ call: Call) async throws {
        let entry = try await call.host.bundles.propose(
            try ConfigFolder.files(in: call.host.folder.path), by: try signedIn(call).id,
            policy: try call.arguments.optionalText("policy"), effectiveOn: try call.arguments.date("from"))
        tell(entry, call)
    }

    static func tell(_ entry: BundleEntry, _ call: Call) {
        entry.summary.forEach { call.output.line("  " + $0) }
        switch entry.state {
        case .active: call.output.line("已生效(approval: demo):\(entry.digest.prefix(12))")
        default:
            call.output.line("已提交,待批准。另一人登录后运行:niangjia config approve \(entry.digest.prefix(12))")
        }
        call.output.answer(entry.value)
    }

    private static func log(_ call: Call) async throws {
        let state = try await call.host.bundles.look(at: call.host.folder)
        let entries = try await call.host.bundles.log()
        let words: [BundleEntry.State: String] = [
            .proposed: "待批准", .approved: "已批准", .active: "生效中", .retired: "已替换", .declined: "未批准",
        ]
        call.output.table(
            ["配置", "状态", "提交人", "提交时间", "批准人", "修改"],
            entries.map {
                [
                    String($0.digest.prefix(12)), words[$0.state] ?? "", $0.proposedBy, $0.proposedAt.date.description,
                    $0.decidedBy ?? "-", $0.summary.prefix(3).joined(separator: ";"),
                ]
            })
        if !state.errors.isEmpty {
            call.output.line("配置文件夹有误,仍按生效中的配置运行:")
            state.errors.forEach { call.output.line("  " + $0) }
        }
        call.output.answer([
            "bundles": .list(entries.map(\.value)), "folder_is_active": .bool(state.isActive),
            "folder_errors": .list(state.errors.map { .text($0) }),
        ])
    }
}
