import LuaSandbox
import NiangjiaCore

extension Judgement {
    /// What a script said of a row, held against the manifest: a code, placeholder or kept value that isn't declared is the
    /// plugin's fault, and a fault is a failed call, never a refusal.
    init(_ verdict: ScriptVerdict, manifest: Manifest, form: FormDefinition?) {
        let kind: Kind =
            switch verdict.kind {
            case .none: .keep
            case .grant: .grant
            case .limit: .limit
            case .refuse: .refuse
            case .incomplete: .incomplete
            case .review: .review
            case .revoke: .revoke
            case .failed: .failed
            }
        self.init(
            kind, Money(fen: verdict.kind == .revoke ? verdict.keep ?? 0 : verdict.amount), code: verdict.code,
            params: Value(verdict.params).map ?? [:])
        units = verdict.units
        rank = verdict.rank
        keeps = (Value(verdict.keeps).map ?? [:]).filter { !$0.value.isNull }
        switch verdict.parts {
        case .list(let items):
            for (n, item) in items.enumerated() { parts[String(n + 1)] = Money(fen: item.integer ?? 0) }
        case .map(let members): parts = members.mapValues { Money(fen: $0.integer ?? 0) }
        default: break
        }
        let fault =
            verdict.failure.map { LocalText(zh: $0.placed($0.zh), en: $0.placed($0.en)) } ?? fault(manifest, form)
        if let fault {
            self = Judgement(.failed)
            failure = fault.zh + " / " + fault.en
            failedAt = verdict.failure.map { $0.line.map { "main.lua:\($0)" } ?? "main.lua" } ?? "main.lua"
        }
    }

    private func fault(_ manifest: Manifest, _ form: FormDefinition?) -> LocalText? {
        if let code {
            guard let reason = manifest.reasons[code] else {
                return LocalText(zh: "reasons 中没有声明原因代码 \(code)", en: "reason \(code) is not declared under reasons")
            }
            let wrong = reason.placeholders.lazy.filter { name, type in
                let value = params[name] ?? .null
                return type == .date ? value.date == nil : value.int == nil
            }.map(\.key).min()
            // What no text of the reason shows is nobody's to keep.
            if let stranger = params.keys.filter({ reason.placeholders[$0] == nil }).min() {
                return LocalText(
                    zh: "原因 \(code) 的文字中没有参数 \(stranger)", en: "the text of reason \(code) has no parameter \(stranger)"
                )
            }
            if let wrong {
                return LocalText(
                    zh: "原因 \(code) 缺少参数 \(wrong),或类型不对",
                    en: "reason \(code): parameter \(wrong) is missing or of another type")
            }
        }
        if let stranger = undeclaredPart(of: form) {
            return LocalText(
                zh: "gives 中没有声明部分 \(stranger)", en: "the part \(stranger) is not declared under gives")
        }
        for (name, value) in keeps.sorted(by: { $0.key < $1.key }) {
            guard let field = form?.keeps.first(where: { $0.name == name }) else {
                return LocalText(zh: "keeps 中没有声明 \(name)", en: "\(name) is not declared under keeps")
            }
            guard Judgement.fits(value, field.type) else {
                return LocalText(zh: "keeps 的 \(name) 类型不对", en: "keeps: \(name) is of another type")
            }
        }
        return nil
    }

    /// A part whose name the manifest doesn't say; those of a list are called by their places.
    private func undeclaredPart(of form: FormDefinition?) -> String? {
        let places = Set((1...max(1, parts.count)).map(String.init))
        guard let gives = form?.gives, !Set(parts.keys).isSubset(of: places) else { return nil }
        let declared = Set(gives.kind.keys).union(gives.to.keys).union(gives.when.keys).subtracting([""])
        return parts.keys.filter { !declared.contains($0) }.min()
    }

    private static func fits(_ value: Value, _ type: FieldType) -> Bool {
        switch type {
        case .integer, .money, .rate: value.int != nil
        case .boolean: value.bool != nil
        case .date: value.date != nil
        case .string, .instant, .duration, .area, .oneOf: value.text != nil
        case .list: value.list != nil
        case .object, .point, .reference: value.map != nil
        case .nullable(let inner): value.isNull || fits(value, inner)
        case .text, .file: false
        }
    }
}

extension LocalText {
    /// A judgement's failure in both languages: it holds them as `zh-CN / English`, or one text for both.
    public init(failure text: String) {
        let halves = text.split(separator: " / ", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(zh: String(halves[0]), en: String(halves[halves.count - 1]))
    }
}

extension ScriptFailure {
    /// `main.lua:12: …`
    func placed(_ text: String) -> String { (line.map { "\(chunk):\($0): " } ?? "\(chunk): ") + text }
}
