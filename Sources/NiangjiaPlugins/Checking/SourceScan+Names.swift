import NiangjiaCore

/// Names that the script asks for and the manifest doesn't declare would be errors in the first case that comes; here they are
/// found before, through simple local names too (`local home = facts.household`).
extension SourceScan {
    /// A function of the script, with what its parameters are.
    struct Region {
        /// Nil: a function of the script's own, for any form.
        var form: FormDefinition?
        /// What the names stand for at its start.
        var names: [String: ScriptShape]
        var range: Range<Int>
    }

    /// `program.assess.<form>` and the like each for itself, and what lies between.
    var regions: [Region] {
        let shapes = ScriptShapes(manifest: manifest)
        let general = ["facts": shapes.facts(nil), "settings": shapes.settings, "context": shapes.context]
        var found: [Region] = []
        var at = 0
        var from = 0
        while at < tokens.count {
            guard tokens[at].text == "function", tokens[at].kind == .name else {
                at += 1
                continue
            }
            let end = endOfBlock(at)
            if from < at { found.append(Region(form: nil, names: general, range: from..<at)) }
            var region = Region(form: nil, names: general, range: at..<end)
            if tokens[safe: at + 1]?.text == "program", let form = manifest.forms[tokens[safe: at + 5]?.text ?? ""],
                ["assess", "recheck"].contains(tokens[safe: at + 3]?.text ?? "")
            {
                region.form = form
                region.names = [:]
                let parameters = tokens[(at + 6)...].prefix { $0.text != ")" }.filter { $0.kind == .name }
                for (name, shape) in zip(parameters, [shapes.facts(form), shapes.settings, shapes.context]) {
                    region.names[name.text] = shape
                }
            }
            if tokens[safe: at + 1]?.text == "program", tokens[safe: at + 3]?.text == "action",
                let action = manifest.actions[tokens[safe: at + 5]?.text ?? ""]
            {
                region.names = [:]
                let parameters = tokens[(at + 6)...].prefix { $0.text != ")" }.filter { $0.kind == .name }
                for (name, shape) in zip(parameters, [shapes.input(action), shapes.settings, shapes.context]) {
                    region.names[name.text] = shape
                }
            }
            found.append(region)
            (at, from) = (end, end)
        }
        if from < tokens.count { found.append(Region(form: nil, names: general, range: from..<tokens.count)) }
        return found
    }

    /// The index behind the `end` of the function at an index.
    private func endOfBlock(_ start: Int) -> Int {
        var depth = 0
        for n in start..<tokens.count where tokens[n].kind == .name {
            if ["function", "if", "do", "repeat"].contains(tokens[n].text) { depth += 1 }
            if ["end", "until"].contains(tokens[n].text) { depth -= 1 }
            if depth == 0 { return n + 1 }
        }
        return tokens.count
    }

    mutating func checkNames() {
        let parameters = parameterIndexes
        for region in regions {
            var scope = NameScope(form: region.form, names: region.names)
            for n in region.range where tokens[n].kind == .name && !parameters.contains(n) {
                if tokens[n].text == "local" { noteLocals(n, &scope) }
                if tokens[n].text == "for" { noteLoop(n, &scope) }
                if tokens[n].text == "list" { noteVocabulary(n, scope) }
                guard let shape = scope.names[tokens[n].text], isStart(n) else { continue }
                if tokens[safe: n + 1]?.text == "=", tokens[safe: n + 2]?.text != "=",
                    tokens[safe: n - 1]?.text != "~"
                {
                    // Written again: what it is now isn't followed.
                    if !["{", ",", "local"].contains(tokens[safe: n - 1]?.text ?? "") {
                        scope.names[tokens[n].text] = .open
                    }
                    continue
                }
                let (found, end) = walk(n, shape, scope, report: true)
                note(found, from: n, to: end, scope)
            }
        }
    }

    /// What became of a value: handed on whole, compared, multiplied.
    private mutating func note(_ shape: ScriptShape, from start: Int, to end: Int, _ scope: NameScope) {
        switch shape {
        case .table(let name, _, _):
            guard !scope.followed.contains(start) else { return }
            let isWalked = tokens[safe: start - 1]?.text == "(" && tokens[safe: start - 2]?.text == "pairs"
            uses.handOn(name, in: scope.form, isWalked: isWalked || tokens[safe: end]?.text == "[")
        case .words(let words): compare(start, end, words, scope)
        case .rate, .unbounded: checkProduct(shape, start, end)
        case .amount(let paths): noteAmount(paths, start, end, scope)
        case .open, .list: break
        }
    }

    /// Names between the parentheses behind `function` are declared, not read.
    private var parameterIndexes: Set<Int> {
        var found: Set<Int> = []
        for (n, token) in tokens.enumerated() where token.kind == .name && token.text == "function" {
            guard let open = tokens[n...].firstIndex(where: { $0.text == "(" && $0.kind == .symbol }) else { continue }
            var at = open
            while let next = tokens[safe: at], next.text != ")" {
                found.insert(at)
                at += 1
            }
        }
        return found
    }

    private func isStart(_ n: Int) -> Bool {
        guard let before = tokens[safe: n - 1] else { return true }
        return before.kind == .text || ![".", ":"].contains(before.text)
    }

    /// Follows `a.b.c` from a name; what it leads to, and the index behind it.
    @discardableResult
    mutating func walk(_ start: Int, _ shape: ScriptShape, _ scope: NameScope, report: Bool) -> (
        shape: ScriptShape, end: Int
    ) {
        var shape = shape
        var at = start + 1
        while tokens[safe: at]?.text == ".", tokens[safe: at]?.kind == .symbol, let name = tokens[safe: at + 1],
            name.kind == .name
        {
            if case .table(let table, let members, let words) = shape {
                if let next = members[name.text] {
                    uses.note(table, name.text, in: scope.form)
                    shape = next
                } else {
                    if report { unknown(at + 1, table, members, words, scope.form) }
                    return (.open, at + 2)
                }
            } else {
                shape = .open
            }
            at += 2
        }
        if tokens[safe: at]?.text == "[", case .table(let table, let members, _) = shape {
            uses.handOn(table, in: scope.form, isWalked: true)
            // `tier[column]`: a row's amounts are known, whichever is meant.
            let (amounts, end) = (ScriptShape.amounts(of: meant(members, at, scope)), skip(at))
            let isLast = ![".", "[", ":", "("].contains(tokens[safe: end]?.text ?? "")
            return table.isEmpty && isLast && !amounts.isEmpty ? (.amount(amounts), end) : (.open, at)
        }
        return tokens[safe: at]?.text == "[" ? (.open, at) : (shape, at)
    }

    /// The members that the brackets at an index may mean: those that a closed list of words names, else all but the bounds by which
    /// rows are found (`list.step`, `money.tiers`), which are compared and never granted.
    private mutating func meant(_ members: [String: ScriptShape], _ open: Int, _ scope: NameScope) -> [String:
        ScriptShape]
    {
        if let name = tokens[safe: open + 1], name.kind == .name, let known = scope.names[name.text] {
            let (shape, end) = walk(open + 1, known, scope, report: false)
            if case .words(let words) = shape, tokens[safe: end]?.text == "]" {
                return members.filter { words.contains($0.key) }
            }
        }
        return members.filter { !["from", "up_to"].contains($0.key) }
    }

    private mutating func unknown(
        _ index: Int, _ table: String, _ members: [String: ScriptShape], _ words: LocalText, _ form: FormDefinition?
    ) {
        let name = tokens[index]
        let near = Nearest.to(name.text, among: members.keys)
        let list = members.keys.sorted().joined(separator: ", ")
        var hint = LocalText(
            zh: near.map { ",是不是 \($0)?" } ?? "", en: near.map { "; did you mean \($0)?" } ?? "")
        if near == nil, table == "facts.subject", FactCatalogue.fact(name.text, of: .household) != nil {
            hint = LocalText(
                zh: ",它是家庭的事实: facts.household.\(name.text)",
                en: "; it is a fact of the household: facts.household.\(name.text)")
        }
        var all = LocalText(zh: list.isEmpty ? "" : ";有: \(list)", en: list.isEmpty ? "" : "; there are: \(list)")
        let fix =
            near == nil ? manifestLines.declaring(name.text, as: typeWanted(index), in: table, for: form) : nil
        if near == nil, fix == nil, let known = manifestLines.catalogue(of: table, for: form), hint.zh.isEmpty {
            // Declaring it wouldn't help: there is no such fact, and these are all that there are.
            let meant = Nearest.to(name.text, among: known)
            hint = LocalText(
                zh: ",也没有这项事实" + (meant.map { ",是不是 \($0)?" } ?? ""),
                en: ", and there is no such fact" + (meant.map { "; did you mean \($0)?" } ?? ""))
            let names = known.sorted().joined(separator: ", ")
            all = LocalText(zh: ";可以声明: \(names)", en: "; what may be declared: \(names)")
        }
        add(
            .error, name.line, zh: "\(words.zh) \(name.text)\(hint.zh)\(all.zh)",
            en: "\(words.en) \(name.text)\(hint.en)\(all.en)", fix: fix)
    }

    /// What a setting or a field must be where it is handed to a function for lists; else a number, the likeliest.
    private func typeWanted(_ index: Int) -> String {
        let before = (-6 ... -3).map { tokens[safe: index + $0]?.text ?? "" }
        guard before[0] == "list", before[1] == ".", before[3] == "(" else { return "integer" }
        switch before[2] {
        case "has", "rank": return "{type: array, items: string}"
        case "pick":
            let field = tokens[safe: index + 2].flatMap { $0.kind == .text ? $0.text : nil } ?? "key"
            return "{type: array, items: {\(field): string, amount: money}}"
        default: return "integer"
        }
    }

    /// `fact == "word"`, either way round, with a word that the fact never is.
    private mutating func compare(_ start: Int, _ end: Int, _ words: [String], _ scope: NameScope) {
        func isComparison(_ first: Int) -> Bool {
            ["=", "~"].contains(tokens[safe: first]?.text ?? "") && tokens[safe: first + 1]?.text == "="
        }
        var other: LuaToken?
        if isComparison(end) {
            other = tokens[safe: end + 2]
            noteSetting(at: end + 2, words, scope)
        } else if start >= 3, isComparison(start - 2) {
            other = tokens[start - 3]
            noteSetting(at: start - 5, words, scope)
        }
        guard let other, other.kind == .text, !words.contains(other.text) else { return }
        let name = tokens[start..<end].map(\.text).joined()
        let near = Nearest.to(other.text, among: words)
        let list = words.joined(separator: ", ")
        guard near != nil || !FactCatalogue.mayGrow(words) else {
            return add(
                .warning, other.line, zh: "\(name) 的词中没有 \"\(other.text)\",除非本市导入时自定了它;有: \(list)",
                en: "\(name) knows no \"\(other.text)\", unless this city's imports add it; there are: \(list)")
        }
        add(
            .error, other.line,
            zh: "\(name) 不会是 \"\(other.text)\"" + (near.map { ",是不是 \($0)?" } ?? "") + ";可能是: \(list)",
            en: "\(name) is never \"\(other.text)\"" + (near.map { "; did you mean \($0)?" } ?? "")
                + "; it may be: \(list)")
    }
}
