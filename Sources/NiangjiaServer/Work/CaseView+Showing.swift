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

    /// What the caller may see of what was filled in, as it is answered: amounts in fen under their names.
    func toldFields(_ filter: FactFilter, in reader: any StoreReader) throws -> (
        fields: [String: Value], stages: [Value], told: FactFilter.Told
    ) {
        let shown = try shownFields(in: reader)
        var told = filter.told(["application": .map(shown.fields)])
        let fields = told.facts["application"].map ?? [:]
        let stages = shown.stages.map { stage -> Value in
            guard case .map(var members) = stage, let name = members["stage"]?.text, let fields = members["fields"]
            else { return stage }
            let part = filter.told(["stages": .map([name: fields])])
            told.add(part)
            let visible = part.facts["stages"][name].map ?? [:]
            members["fields"] = .map(
                FormMoney.answered(visible, form?.stages.first { $0.name == name }?.fields ?? []))
            return .map(members)
        }
        return (FormMoney.answered(fields, form?.fields ?? []), stages, told)
    }
}
