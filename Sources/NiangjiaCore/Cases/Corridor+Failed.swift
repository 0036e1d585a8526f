/// Cases whose rule failed: what they were judged by was broken, so they are judged again by what is in force (decision 0071).
extension CaseRecord {
    /// Whether the rule failed at one of its lines, and nothing has judged it since.
    public var hasFailed: Bool { lines.contains { $0.judgement?.kind == .failed } }
}

extension Corridor {
    /// The form under the bundle in force, where a case that failed leaves its own for it; nil: the case keeps its bundle.
    func renewal(of record: CaseRecord, _ action: CaseAction?) async throws -> FormContext? {
        guard record.hasFailed, let action else { return nil }
        switch action {
        case .approve, .resubmit, .retry: break
        default: return nil
        }
        let active = try await bundles.active()
        guard active.digest != record.bundle, active.programs[record.program]?.plugin == record.plugin,
            active.plugins[record.plugin]?.manifest.forms[record.form] != nil
        else { return nil }
        return try FormContext(bundle: active, program: record.program, form: record.form)
    }

    /// Pins a case to the bundle by which it has been judged now.
    func pin(_ id: ID<CaseFile>, to context: FormContext, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE case_file SET bundle = $1, plugin_digest = $2 WHERE id = $3",
            [.text(context.bundle.digest), .text(context.plugin.digest), .id(id)])
    }

    /// What the step says where nobody wrote a note: the reason that was waived; by which version it was judged instead of its own; or,
    /// of an approval, that the rule gives another amount than the reviewer saw. `changed` are the lines where they differ.
    static func note(
        _ action: CaseAction?, _ renewal: FormContext?, before: Money, _ changed: [JudgedLine]?
    ) -> String? {
        if let plugin = renewal?.plugin.manifest {
            let version = "\(plugin.id) \(plugin.version)"
            return "改按现行版本判定:\(version) / judged by the version in force: \(version)"
        }
        if case .waive(let code) = action { return code }
        guard action == .approve, let changed else { return nil }
        let after = changed.reduce(Money.zero) { $0 + ($1.judgement.gives ? $1.judgement.amount : .zero) }
        guard after != before else { return nil }
        return "金额由 \(before) 元变为 \(after) 元,须重新审核 / \(before) has become \(after) yuan, to be reviewed anew"
    }
}
