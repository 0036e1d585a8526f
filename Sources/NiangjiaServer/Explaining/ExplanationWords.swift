import NiangjiaCore

/// Values as people read them: titles in their language with the code in brackets, `1,000.00 元`, `30%`, 是/否.
struct ExplanationWords {
    private let language: Language
    /// By path: what it is called, and of which type it is.
    private var known: [String: (title: LocalText?, type: FieldType?)] = [:]
    /// What the host notes of every look and says nothing here: amounts of rows that have none.
    private var unsaid: Set<String> = []

    /// For values whose types are known.
    init(language: Language) { self.language = language }

    init(settings: [Field], language: Language) {
        self.language = language
        for field in settings { known[field.name] = (field.title, field.type) }
    }

    /// For the facts of a form.
    ///
    /// - Parameter records: the plugin's tables: a look tells fields of their rows.
    init(
        form: FormDefinition?, fields: [Field], records: [String: RecordDefinition] = [:], language: Language
    ) {
        self.language = language
        for field in fields {
            known["application.\(field.name)"] = (field.title, field.type)
            guard case .list(.object(let items)) = field.type else { continue }
            for item in items { known["line.\(item.name)"] = (item.title, item.type) }
        }
        for fact in FactCatalogue.facts(of: .household) { add(fact, "household") }
        for kind in SubjectKind.allCases {
            for fact in FactCatalogue.facts(of: kind) { add(fact, kind == .household ? "household" : "subject") }
        }
        for look in form?.facts.look ?? [] {
            let path = "look.\(look.name)"
            known[path + ".count"] = (LocalText(zh: "此前次数", en: "times before"), nil)
            known[path + ".amount"] = (LocalText(zh: "此前金额", en: "amount before"), .money)
            known[path + ".first_on"] = (LocalText(zh: "此前最早一次", en: "first time"), nil)
            known[path + ".last_on"] = (LocalText(zh: "此前最近一次", en: "last time"), nil)
            known[path + ".last.on"] = (LocalText(zh: "最近一次的日期", en: "day of the last"), nil)
            known[path + ".last.amount"] = (LocalText(zh: "最近一次的金额", en: "amount of the last"), .money)
            // What a decision keeps is mostly what the form asked for, under the same name.
            for field in fields where look.source == .decisions {
                known["\(path).last.\(field.name)"] = (field.title, field.type)
                known["\(path).sum.\(field.name)"] = (field.title, field.type)
            }
            guard case .record(let table) = look.source else { continue }
            unsaid.insert(path + ".amount")
            for field in records[table]?.fields ?? [] {
                known["\(path).last.\(field.name)"] = (field.title, field.type)
                known["\(path).sum.\(field.name)"] = (field.title, field.type)
            }
        }
    }

    private mutating func add(_ fact: FactDefinition, _ group: String) {
        let path = "\(group).\(fact.name)"
        guard known[path] == nil else { return }
        // The catalogue's amounts are integers of fen, and their titles say so.
        let isMoney = fact.title.zh.hasSuffix("(分)") || fact.title.zh.hasSuffix("(分)")
        let title =
            isMoney
            ? LocalText(
                zh: String(fact.title.zh.dropLast(3)), en: fact.title.en.replacingEnd(" (fen)", with: ""))
            : fact.title
        known[path] = (title, isMoney ? .money : nil)
    }

    /// Every value with what it is called; what isn't there is left out.
    func lines(_ value: Value, _ path: String = "") -> [String] {
        if unsaid.contains(path) { return [] }
        if let type = known[path]?.type { return [line(path, words(value, type))] }
        switch value {
        case .null: return []
        case .map(let members):
            // What the row is in the register is no fact to be read.
            return members.keys.sorted().filter { $0 != "ref" }.flatMap { name in
                lines(members[name] ?? .null, path.isEmpty ? name : "\(path).\(name)")
            }
        // What earlier decisions came to is money; it is the host's own name for it.
        case .int where path.hasSuffix(".amount"): return [line(path, words(value, .money))]
        default: return [line(path, coded(value, path) ?? words(value, nil))]
        }
    }

    /// A code of the registers by what it is called, the code in brackets.
    private func coded(_ value: Value, _ path: String) -> String? {
        guard let code = value.text, path.hasPrefix("subject.") || path.hasPrefix("household."),
            let name = path.split(separator: ".").last
        else { return nil }
        return FactCatalogue.title(of: code, in: String(name)).map { titled($0, code) }
    }

    private func titled(_ title: LocalText, _ code: String) -> String {
        title[language] == code ? code : language == .zh ? "\(title.zh)(\(code))" : "\(title.en) (\(code))"
    }

    private func line(_ path: String, _ words: String) -> String {
        guard let title = known[path]?.title?[language], title != path else { return "\(path) = \(words)" }
        return language == .zh ? "\(title)(\(path)) = \(words)" : "\(title) (\(path)) = \(words)"
    }

    func words(_ value: Value, _ type: FieldType?) -> String {
        switch (value, type) {
        case (.text, .file?): language == .zh ? "已附" : "attached"
        case (.null, _): language == .zh ? "无" : "none"
        case (.int(let fen), .money?): "\(Money(fen: fen)) \(language == .zh ? "元" : "yuan")"
        case (.int(let points), .rate?): Rate(basisPoints: points).description
        case (_, .nullable(let inner)?): words(value, inner)
        case (.bool(let flag), _): language == .zh ? (flag ? "是" : "否") : (flag ? "yes" : "no")
        case (.list(let items), .list(.string)?):
            (FactCatalogue.titles(ofAll: items.compactMap(\.text)).map {
                zip($0, items).map { titled($0, $1.text ?? "") }
            }
                ?? items.map { words($0, nil) }).joined(separator: language == .zh ? "、" : ", ")
        case (.list(let items), .list(let inner)?):
            items.map { words($0, inner) }.joined(separator: language == .zh ? "、" : ", ")
        case (.list(let items), _): items.map { words($0, nil) }.joined(separator: language == .zh ? "、" : ", ")
        case (.map(let members), .object(let fields)?):
            "{"
                + fields.filter { members[$0.name]?.isNull == false }.map { field in
                    "\(field.title?[language] ?? field.name) \(words(members[field.name] ?? .null, field.type))"
                }.joined(separator: language == .zh ? "," : ", ") + "}"
        case (.text(let text), _): text
        default: value.json
        }
    }
}

extension String {
    fileprivate func replacingEnd(_ end: String, with other: String) -> String {
        hasSuffix(end) ? dropLast(end.count) + other : self
    }
}

extension ReasonText {
    /// A reason in general, without anybody's values: clauses that live on a value are left out; where nothing would be left, `…`
    /// stands for the value, with no unit behind it.
    static func general(_ code: String, plugin: Manifest?, stacking: StackingSettings?) -> LocalText {
        let filled = text(code, [:], plugin: plugin, stacking: stacking)
        return LocalText(zh: general(filled.zh), en: general(filled.en))
    }

    private static func general(_ text: String) -> String {
        let marks: Set<Character> = [",", ";", ",", ";"]
        let clauses = text.split { marks.contains($0) }.filter { !$0.contains("…") }
        guard clauses.isEmpty else {
            let isChinese = text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
            return clauses.joined(separator: isChinese ? "," : ",")
        }
        var rest = text
        for unit in ["…元", "… yuan"] {
            while let range = rest.firstRange(of: unit) { rest.replaceSubrange(range, with: "…") }
        }
        return rest
    }
}
