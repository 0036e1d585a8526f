/// Lines of a case of which enough must pass, or none does (`together`).
extension Applier {
    /// With which lines each passes or doesn't; empty where the manifest doesn't ask for it. Lines for which the path of `per` leads
    /// nowhere are counted together.
    func groups(of lines: [JudgedLine], parties: Parties, in reader: any StoreReader) throws -> [SettleLine.Group] {
        guard let together = context.form.together else { return [] }
        let paths = lines.map { FormPath(context, $0, parties) }
        let keys = try paths.map { path -> String in
            guard together.per != "case" else { return "case" }
            return try path.value(together.per, in: reader).map { $0.text ?? $0.json } ?? ""
        }
        var needed: [String: Int64] = [:]
        for (key, path) in zip(keys, paths) where needed[key] == nil {
            switch try amount(together, path, in: reader) {
            case .count(let n): needed[key] = n
            case .share(let rate):
                let whole = try together.of.map { try count(at: $0, path, in: reader) }
                // A share rounds up: 80 % of 7 is 6.
                needed[key] = ((whole ?? Int64(keys.count { $0 == key })) * rate.basisPoints + 9_999) / 10_000
            }
        }
        return keys.map { SettleLine.Group(key: $0, atLeast: needed[$0] ?? 0) }
    }

    private func amount(_ together: Together, _ path: FormPath, in reader: any StoreReader) throws -> TogetherAmount {
        switch together.atLeast {
        case .literal(let amount): return amount
        case .setting(let name):
            guard let value = try path.settings(in: reader)[name]?.int else {
                throw NiangjiaError(.configuration, zh: "缺少设置 \(name)", en: "the setting \(name) is missing")
            }
            // A rate's basis points or a number, by the setting's declared type.
            let isRate = context.plugin.manifest.settings.contains { $0.name == name && $0.type == .rate }
            return isRate ? .share(Rate(basisPoints: value)) : .count(value)
        }
    }

    /// A number at a path: an integer field, or a count of a referenced organisation (`unit.member_count`).
    private func count(at name: String, _ path: FormPath, in reader: any StoreReader) throws -> Int64 {
        if let n = try path.value(name, in: reader)?.int { return n }
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let title = FactCatalogue.fact(last, of: .organization)?.title ?? LocalText(zh: name, en: name)
        throw NiangjiaError(
            .invalid, zh: "没有登记“\(title.zh)”", en: "there is no \(title.en)", place: path.place(of: name))
    }
}
