/// What is wrong with a metric of a manifest.
public struct MetricFault: Error, Hashable, Sendable {
    /// The key that says it: `at`, `by[1]`; empty: the metric itself.
    public var key: String
    /// What is wrong, and what may be written.
    public var message: LocalText
    /// The word that nothing is called by; empty where it isn't about a name.
    public var word = ""
    /// What there is instead.
    public var among: [String] = []

    init(_ key: String, zh: String, en: String) {
        self.key = key
        message = LocalText(zh: zh, en: en)
    }
}

/// What a metric of a manifest counts, with its words looked up: the one reading of them for `check` and for the report.
public struct MetricPlan: Sendable {
    /// Of what, and when something belongs to the period.
    enum Moment: Hashable, Sendable {
        /// Applications by the day on which they were handed in, whatever came of them, but for those that were withdrawn.
        case submitted
        /// Applications that came to a stage.
        case stage(String)
        /// Grants that stand: of an application by the day on which it was approved, of a batch by the day on which it was decided.
        case approved
        /// Goods that were handed over, by the day that they were granted for.
        case delivered
        /// Money that the bank paid, by its day.
        case paid
        /// Rows of a record table that stand, by the day from which they are as they are.
        case rows

        /// Whether it is about what was granted, and not about who asked.
        var isOfGrants: Bool { [.approved, .delivered, .paid].contains(self) }
    }

    /// What is counted or added up.
    enum Figure: Hashable, Sendable {
        case cases, persons, households
        /// The field of an application or of a row.
        case field([String])
        /// What a decision keeps.
        case kept(String)
        /// What was granted, handed over or paid (`decision.amount`).
        case amount
    }

    /// What groups are told apart by.
    struct Group: Hashable, Sendable {
        var path: [String]
        var type: FieldType
        /// Whether somebody typed it: it is told where several typed the same only.
        var isTyped: Bool { type == .string || type == .area }
    }

    var of: String
    var moment: Moment
    var figure: Figure
    var isMoney = false
    var groups: [Group] = []
    /// A number of the row itself, or of the row that its reference names.
    var target: (field: String, of: (table: String, field: String)?)?
    /// The form, or the record table, that it counts.
    var form: FormDefinition?
    var record: RecordDefinition?
    /// The record's fields that name whom it is about.
    var people: [String] = []

    /// Whether a stage's fields are read.
    var readsStages: Bool {
        let paths = groups.map(\.path) + [{ if case .field(let path) = figure { path } else { [] } }()]
        return paths.contains { $0.first == MetricPaths.stages }
    }

    /// A metric's words looked up in its manifest, or the first thing that is wrong with them.
    static func of(_ definition: MetricDefinition, in manifest: Manifest) -> Result<MetricPlan, MetricFault> {
        var reader = MetricPlanReader(definition: definition, manifest: manifest)
        let plan = reader.read()
        if let fault = reader.faults.first { return .failure(fault) }
        return plan.map { .success($0) }
            ?? .failure(MetricFault("", zh: "写得不全", en: "it is incomplete"))
    }
}

extension MetricDefinition {
    /// What is wrong with it.
    public func faults(in manifest: Manifest) -> [MetricFault] {
        var reader = MetricPlanReader(definition: self, manifest: manifest)
        _ = reader.read()
        return reader.faults
    }

    /// Whether it comes to an amount; false where its words say nothing.
    public func isMoney(in manifest: Manifest) -> Bool {
        (try? MetricPlan.of(self, in: manifest).get().isMoney) ?? false
    }
}

// MARK: words

extension MetricPlan {
    /// What is counted, in words.
    var words: LocalText {
        let (whose, when) = (figureWords, momentWords)
        return LocalText(zh: "\(when.zh):\(whose.zh)", en: "\(when.en): \(whose.en)")
    }

    private var momentWords: LocalText {
        switch moment {
        case .submitted:
            LocalText(
                zh: "本期提交的申请(不符合条件的也在内,撤回的不在内)", en: "applications of the period, refused ones too, withdrawn ones not")
        case .stage(let name): LocalText(zh: "本期到达 \(name) 的申请", en: "applications that came to \(name) in the period")
        case .approved: LocalText(zh: "本期核准、仍然有效的", en: "grants of the period that stand")
        case .delivered: LocalText(zh: "本期的、已交付的物品", en: "goods of the period that were handed over")
        case .paid: LocalText(zh: "本期由银行付出的", en: "what the bank paid in the period")
        case .rows: LocalText(zh: "本期起有效的登记", en: "rows that are as they are from a day of the period")
        }
    }

    private var figureWords: LocalText {
        switch figure {
        case .cases where moment == .rows: LocalText(zh: "条数", en: "rows")
        case .cases where moment.isOfGrants:
            LocalText(zh: "件数(批量核定的每项一件)", en: "cases, each decision of a batch one")
        case .cases: LocalText(zh: "件数", en: "cases")
        case .persons: LocalText(zh: "人数,每人一次", en: "distinct persons")
        case .households: LocalText(zh: "户数,每户一次", en: "distinct households")
        case .field(let path):
            LocalText(zh: "\(path.joined(separator: ".")) 之和", en: "the sum of \(path.joined(separator: "."))")
        case .kept(let name): LocalText(zh: "核定记下的 \(name) 之和", en: "the sum of \(name) that decisions keep")
        case .amount where moment == .paid:
            LocalText(
                zh: "金额之和,扣除以前期间支付、本期退回的", en: "the sum of amounts, less what came back of earlier periods")
        case .amount: LocalText(zh: "金额之和", en: "the sum of amounts")
        }
    }
}
