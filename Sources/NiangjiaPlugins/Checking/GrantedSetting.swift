import NiangjiaCore

/// Amounts that stand in a program's settings and that a rule grants as they are: `grant(settings.value)`,
/// `grant(list.pick(settings.tiers, …).amount)`. What is computed isn't among them.
public struct GrantedSetting: Hashable, Sendable {
    /// The form whose function grants it.
    public var form: String
    /// Where they stand below `settings`, any of which is granted: `value`, `tiers[].amount`.
    public var paths: [String]
    /// What the grant is capped by (`:at_most`), as far as settings say it: the paths of each cap.
    public var caps: [[String]] = []

    /// The amounts in fen at a path (`tiers[].amount`), with the place of each (`tiers[1].amount`).
    public static func amounts(at path: String, in settings: [String: Value]) -> [(place: String, fen: Int64)] {
        let steps = path.split(separator: ".").map(String.init)
        var found: [(String, Value)] = [("", .map(settings))]
        for step in steps {
            let name = step.hasSuffix("[]") ? String(step.dropLast(2)) : step
            found = found.flatMap { place, value -> [(String, Value)] in
                let (at, inner) = (place.isEmpty ? name : "\(place).\(name)", value[name])
                guard step.hasSuffix("[]") else { return [(at, inner)] }
                return (inner.list ?? []).enumerated().map { ("\(at)[\($0.offset)]", $0.element) }
            }
        }
        return found.compactMap { place, value in value.int.map { (place, $0) } }
    }
}

extension SourceScan {
    /// `grant(settings.value)`, and what caps it: `:at_most(settings.most - look.amount)`.
    mutating func noteAmount(_ paths: [String], _ start: Int, _ end: Int, _ scope: NameScope) {
        guard let form = scope.form, form.gives.movesMoney, tokens[safe: start - 1]?.text == "(",
            let function = tokens[safe: start - 2], let next = tokens[safe: end]?.text
        else { return }
        switch function.text {
        case "grant", "limit":
            guard next == "," || next == ")" else { return }
            grants.append((start - 2, GrantedSetting(form: form.name, paths: paths)))
        case "at_most":
            // What is taken from a cap only makes it smaller. It caps the grant before it.
            guard next == "," || next == ")" || next == "-",
                let grant = tokens[..<start].lastIndex(where: {
                    $0.kind == .name && ["grant", "limit"].contains($0.text)
                }), let n = grants.lastIndex(where: { $0.at == grant })
            else { return }
            grants[n].setting.caps.append(paths)
        default: break
        }
    }
}
