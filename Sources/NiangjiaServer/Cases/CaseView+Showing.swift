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
    struct ToldFields: Sendable {
        var fields: [String: Value]
        var stages: [Value]
        var told: FactFilter.Told
        /// The same as it is kept, for people's eyes: `application`, and `stages` by name.
        var plain: Value
    }

    /// - Parameter isStored: see ``shownFields(isStored:in:)``.
    func toldFields(_ filter: FactFilter, isStored: Bool = false, in reader: any StoreReader) throws -> ToldFields {
        let shown = try shownFields(isStored: isStored, in: reader)
        var told = filter.told(["application": .map(shown.fields)])
        // That there is something is told, or whoever reviews would think that it is missing.
        for kept in try keptFields(in: reader) { told.leftOut[kept.label] = kept.field.read }
        let fields = told.facts["application"].map ?? [:]
        var plain: [String: Value] = [:]
        let stages = shown.stages.map { stage -> Value in
            guard case .map(var members) = stage, let name = members["stage"]?.text, let fields = members["fields"]
            else { return stage }
            let part = filter.told(["stages": .map([name: fields])])
            told.add(part)
            let visible = part.facts["stages"][name].map ?? [:]
            plain[name] = .map(visible)
            members["fields"] = .map(
                FormMoney.answered(visible, form?.stages.first { $0.name == name }?.fields ?? []))
            return .map(members)
        }
        return ToldFields(
            fields: FormMoney.answered(fields, form?.fields ?? []), stages: stages, told: told,
            plain: ["application": .map(fields), "stages": .map(plain)])
    }
}
