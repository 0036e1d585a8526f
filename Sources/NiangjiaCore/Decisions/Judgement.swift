/// What a rule says of one row.
public struct Judgement: Hashable, Sendable {
    /// What came of the call.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// 核准
        case grant
        /// 核减: granted, but less than the rule would give without its caps.
        case limit
        /// 不符合条件
        case refuse
        /// 退回补正
        case incomplete
        /// 转人工
        case review
        /// From recheck only: what was granted falls.
        case revoke
        /// From recheck only: nothing changes.
        case keep
        /// The call failed; never a refusal.
        case failed
    }

    /// What came of the call.
    public var kind: Kind
    /// What it gives, in fen, not negative; of a revocation what stays; else nothing.
    public var amount: Money
    /// The reason; nil where the rule gave none, as for a plain grant.
    public var code: String?
    /// Placeholders of the reason: integers, dates, money.
    public var params: [String: Value]
    /// Into how many whole units a shortage may cut the amount; nil: to the fen.
    public var units: Int64?
    /// Parts by name, or by position (`1`, `2` …) in the order of an array `to`; they sum to the amount.
    public var parts: [String: Money]
    /// What is stored with the decision, as the form declares it under `keeps`.
    public var keeps: [String: Value]
    /// The order under shortage: smaller is served first, nil last.
    public var rank: Int64?
    /// Why the call failed: for the author's tests, never for the member. What a script says may hold facts, so it isn't kept
    /// where ``failedAt`` is known.
    public var failure: String?
    /// Where a script failed (`main.lua:12`), or answered wrongly (`main.lua`); nil where the host found the fault.
    public var failedAt: String?

    public init(_ kind: Kind, _ amount: Money = .zero, code: String? = nil, params: [String: Value] = [:]) {
        self.kind = kind
        self.amount = amount
        self.code = code
        self.params = params
        parts = [:]
        keeps = [:]
    }

    /// The judgement as a form may hold it: an amount where the form gives nothing is a fault of the plugin, not a gift, and so is a
    /// grant of nothing where it gives money or goods: whoever got it would count as served.
    public func checked(for form: FormDefinition) -> Judgement {
        let failure: LocalText
        if gives, amount > .zero, !form.gives.movesMoney {
            failure = LocalText(
                zh: "grant 带有金额,但 plugin.yaml 中表单 \(form.name) 没有写 gives",
                en: "grant with an amount, but form \(form.name) has no gives: in plugin.yaml")
        } else if kind == .grant, amount == .zero, form.gives.givesValue {
            failure = LocalText(
                zh: "grant 的金额为 0,而表单 \(form.name) 给付钱物:没有可给的请写 refuse 或 limit(0, 原因)",
                en:
                    "grant of 0, but form \(form.name) gives money or goods: where there is nothing to give write refuse, or limit(0, reason)"
            )
        } else {
            return self
        }
        var failed = Judgement(.failed, code: HostReason.pluginFailed)
        failed.failure = failure.zh + " / " + failure.en
        return failed
    }

    /// Whether something is given: granted or limited.
    public var gives: Bool { kind == .grant || kind == .limit }
}

/// One batch for a plugin's function: rows of facts, and the settings that hold for each.
public struct JudgeRequest: Sendable {
    /// Whose function it is, with its source.
    public var plugin: Plugin
    /// `assess.package`, `recheck.enrol`.
    public var function: String
    /// Settings documents; ``settingsIndex`` says which holds for a row.
    public var settings: [Value]
    /// For each row its place in ``settings``.
    public var settingsIndex: [UInt32]
    /// The rows.
    public var facts: FactTable
    /// The working days that rules count by.
    public var calendar: WorkCalendar

    public init(
        plugin: Plugin, function: String, settings: [Value], settingsIndex: [UInt32], facts: FactTable,
        calendar: WorkCalendar
    ) {
        self.plugin = plugin
        self.function = function
        self.settings = settings
        self.settingsIndex = settingsIndex
        self.facts = facts
        self.calendar = calendar
    }
}

/// What a rule says of the rows of a batch. Most rows are told one of a few things: each is kept once.
public struct Judgements: RandomAccessCollection, Sendable, Hashable, ExpressibleByArrayLiteral {
    /// Each different judgement once.
    public var distinct: [Judgement]
    /// For each row, its place in ``distinct``.
    public var indexes: [UInt32]

    /// Judgements of which each row has one.
    public init(distinct: [Judgement], indexes: [UInt32]) {
        self.distinct = distinct
        self.indexes = indexes
    }

    /// One judgement a row.
    public init(arrayLiteral elements: Judgement...) {
        self.init(distinct: elements, indexes: elements.indices.map { UInt32($0) })
    }

    /// The first row.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { indexes.count }
    /// What is said of a row.
    public subscript(row: Int) -> Judgement { distinct[Int(indexes[row])] }
}

/// What came of a batch, with the very bytes that went to the engine and came back: the journal keeps them, replay sends them
/// again.
public struct JudgeReply: Sendable {
    /// What the rule says of each row, in the order of the request.
    public var judgements: Judgements
    /// What went to the engine (docs/wire-format.md).
    public var requestBytes: [UInt8]
    /// What came back.
    public var replyBytes: [UInt8]
    /// Lua release, engine build, wire version.
    public var engine: String

    public init(judgements: Judgements, requestBytes: [UInt8], replyBytes: [UInt8], engine: String) {
        self.judgements = judgements
        self.requestBytes = requestBytes
        self.replyBytes = replyBytes
        self.engine = engine
    }
}

/// Who runs the rules: the plugins' room, over the sandbox. Pure: the same bytes in, the same bytes out.
public protocol RuleJudge: Sendable {
    /// Judges a batch. Throws `busy` when the queue is full and `plugin_failed` when the plugin can't be run at all; a single
    /// row's failure is a ``Judgement`` of kind `failed`.
    func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply

    /// Sends journaled bytes to a fresh engine and returns its reply.
    ///
    /// - Parameter replyBytes: the answer of that time. Rows in which the engine died then are not tried again: whether a row
    ///   dies of its time hangs on the machine, and the rest must come out the same to the byte.
    func replay(_ requestBytes: [UInt8], answered replyBytes: [UInt8], plugin: Plugin, calendar: WorkCalendar)
        async throws -> JudgeReply

    /// Judges journaled facts again under other settings, or by another version of the rule: what would have been said.
    ///
    /// - Parameters:
    ///   - settings: the documents that may hold, at least one.
    ///   - settingsOf: for a row the place of its own in `settings`; 0 for rows that it doesn't name.
    /// A fact that no row read then isn't in the journal: a rule that asks for it now has failed in that row.
    func rejudge(
        _ requestBytes: [UInt8], settings: [Value], settingsOf: [Int: UInt32], plugin: Plugin,
        calendar: WorkCalendar
    ) async throws -> JudgeReply

    /// Reads journaled reply bytes: what the rule said of each row.
    func judgements(_ replyBytes: [UInt8], plugin: Plugin, function: String) throws -> Judgements

    /// Reads journaled request bytes: what the rule saw for a row (`{"facts": …, "context": …}`) and the settings that held.
    func describe(_ requestBytes: [UInt8], row: Int) throws -> (facts: Value, settings: Value)
}

/// A judge that stands before another and does as that one does what it says nothing of itself.
public protocol JudgeBefore: RuleJudge {
    /// The other one.
    var inner: any RuleJudge { get }
}

extension JudgeBefore {
    /// As the other one does.
    public func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        try await inner.judge(request, lane: lane)
    }

    /// As the other one does.
    public func replay(
        _ requestBytes: [UInt8], answered replyBytes: [UInt8], plugin: Plugin, calendar: WorkCalendar
    ) async throws -> JudgeReply {
        try await inner.replay(requestBytes, answered: replyBytes, plugin: plugin, calendar: calendar)
    }

    /// As the other one does.
    public func rejudge(
        _ requestBytes: [UInt8], settings: [Value], settingsOf: [Int: UInt32], plugin: Plugin,
        calendar: WorkCalendar
    ) async throws -> JudgeReply {
        try await inner.rejudge(
            requestBytes, settings: settings, settingsOf: settingsOf, plugin: plugin, calendar: calendar)
    }

    /// As the other one does.
    public func judgements(_ replyBytes: [UInt8], plugin: Plugin, function: String) throws -> Judgements {
        try inner.judgements(replyBytes, plugin: plugin, function: function)
    }

    /// As the other one does.
    public func describe(_ requestBytes: [UInt8], row: Int) throws -> (facts: Value, settings: Value) {
        try inner.describe(requestBytes, row: row)
    }
}
