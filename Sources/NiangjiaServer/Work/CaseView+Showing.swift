import NiangjiaCore

extension CaseView {
    /// A case as an account may see it.
    init(of record: CaseRecord, for account: Account, on host: Host) async throws {
        let crypto = host.crypto
        let bundle = try await host.bundles.bundle(digest: record.bundle)
        let (fields, entries, caller) = try await host.store.read { reader in
            (
                try Cases.fields(of: record.id, crypto: crypto, in: reader),
                try CaseStages.entries(of: record.id, crypto: crypto, in: reader),
                try Caller.of(account, plugin: record.plugin, in: reader)
            )
        }
        self.init(
            record, form: bundle.plugins[record.plugin]?.manifest.forms[record.form], fields: fields, entries: entries,
            for: caller)
    }
}
