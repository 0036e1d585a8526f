import NiangjiaCore

/// The line of the manifest that mends a problem, and where it goes.
public struct PluginFix: Hashable, Sendable {
    /// `plugins/tuition/plugin.yaml:14`
    public var place: String
    /// As it is written: `subject: [exposure, occupation]`. Nothing: what stands there is taken away.
    public var line: String
}

/// Finds the very line to write in `plugin.yaml` for something that a script asks for and nobody declares.
struct ManifestLines {
    let manifest: Manifest
    /// The line of a path of keys in the file; nil where nothing stands or nobody knows.
    let line: @Sendable (String) -> Int?

    private var file: String { "plugins/\(manifest.id)/plugin.yaml" }

    /// The place of a path, or of what is nearest above it.
    func place(_ path: String) -> String { number(path).map { "\(file):\($0)" } ?? file }

    func number(_ path: String) -> Int? {
        var at = path
        while !at.isEmpty {
            if let number = line(at) { return number }
            guard let cut = at.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            at = String(at[..<cut])
        }
        return nil
    }

    /// What to write so that a script may ask a table of its facts or settings for a name.
    /// - Parameter type: what a setting or a field seems to be.
    func declaring(_ name: String, as type: String, in table: String, for form: FormDefinition?) -> PluginFix? {
        if table == "settings" { return entry("\(name): \(type)", under: "settings") }
        let only = manifest.forms.count == 1 ? manifest.forms.values.first : nil
        guard let form = form ?? only else { return nil }
        let base = "forms.\(form.name)"
        switch table {
        case "facts.subject":
            let kinds: [SubjectKind] = [.person, .organization, .station, .household]
            guard kinds.contains(where: { FactCatalogue.fact(name, of: $0) != nil }) else { return nil }
            return list("subject", form.facts.subject + [name], base)
        case "facts.household":
            guard FactCatalogue.fact(name, of: .household) != nil else { return nil }
            return list("household", form.facts.household + [name], base)
        case "facts.look":
            let look = entry("\(name): {in: decisions, per: subject, within: season}", under: base + ".facts.look")
            let hasFacts = line(base + ".facts") != nil || line(base) == nil
            return hasFacts ? look : PluginFix(place: look.place, line: "facts: {\(look.line)}")
        case "facts.application": return entry("\(name): \(type)", under: base + ".fields")
        default: return kept(name, in: table, form)
        }
    }

    /// The names that may be declared for a table of facts; nil where it isn't one of the register's.
    func catalogue(of table: String, for form: FormDefinition?) -> [String]? {
        let only = manifest.forms.count == 1 ? manifest.forms.values.first : nil
        switch table {
        case "facts.household": return FactCatalogue.facts(of: .household).map(\.name)
        case "facts.subject":
            guard let form = form ?? only else { return nil }
            guard case .applicant = form.subject else { return nil }
            let kinds: [String: SubjectKind] = [
                "persons": .person, "households": .household, "organizations": .organization, "stations": .station,
            ]
            return kinds[form.population?.of ?? "persons"].map { FactCatalogue.facts(of: $0).map(\.name) }
        default: return nil
        }
    }

    /// A list of facts as it should read.
    func list(_ key: String, _ names: [String], _ base: String) -> PluginFix {
        let path = "\(base).facts.\(key)"
        let text = "\(key): [\(names.joined(separator: ", "))]"
        let hasFacts = line(base + ".facts") != nil || line(base) == nil
        return PluginFix(place: place(path), line: hasFacts ? text : "facts: {\(text)}")
    }

    /// `facts.look.<look>.last.<name>`: the form that is looked at keeps it.
    private func kept(_ name: String, in table: String, _ form: FormDefinition) -> PluginFix? {
        let steps = table.split(separator: ".").map(String.init)
        guard steps.count == 4, ["last", "sum"].contains(steps[3]),
            let look = form.facts.look.first(where: { $0.name == steps[2] }), look.source == .decisions
        else { return nil }
        let owner = look.of.first ?? form.name
        guard manifest.forms[owner] != nil else { return nil }
        return entry("\(name): money", under: "forms.\(owner).keeps")
    }

    /// The code of a reason with a place for its words.
    func reason(_ code: String, _ params: [String]) -> PluginFix {
        let words = params.map { "{\($0):integer}" }.joined(separator: " ")
        let text = words.isEmpty ? "…" : "\"… \(words)\""
        return entry("\(code): {zh-CN: \(text), en: \(text)}", under: "reasons")
    }

    /// A member of a table; with the table's own key where it isn't there yet.
    private func entry(_ text: String, under path: String) -> PluginFix {
        let key = path.split(separator: ".").last.map(String.init) ?? path
        let isThere = line(path) != nil || line("id") == nil
        return PluginFix(place: place(path), line: isThere ? text : "\(key): {\(text)}")
    }
}
