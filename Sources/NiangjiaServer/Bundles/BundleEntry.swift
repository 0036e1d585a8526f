import NiangjiaCore

/// A proposal of a bundle as the store knows it: waiting, approved, active or behind us.
public struct BundleEntry: Hashable, Sendable {
    public typealias State = BundleState

    public var digest: String
    /// Which time this content was proposed, from 1.
    let n: Int64
    public var parent: String?
    /// The account; ``BundleStore/folderAuthor`` for a change of the folder that nobody has signed for yet.
    public var proposedBy: String
    public var proposedAt: Instant
    public var policy: String?
    public var effectiveOn: CivilDate?
    public var decidedBy: String?
    public var decidedAt: Instant?
    public var state: State
    /// What changed against the bundle before, in words.
    public var summary: [LocalText]
    /// The previews on which its approval rests, by `program/form`, as the store has them: ``KeptPreview`` tells them.
    var previews: Value

    static let columns =
        "digest, parent, proposed_by, proposed_at, policy, effective_on, decided_by, decided_at, state, summary, "
        + "previews, n"

    init(_ row: any StoreRow) {
        digest = row.text(0)
        parent = row.textOrNil(1)
        proposedBy = row.text(2)
        proposedAt = row.instant(3)
        policy = row.textOrNil(4)
        effectiveOn = row.dateOrNil(5)
        decidedBy = row.textOrNil(6)
        decidedAt = row.instantOrNil(7)
        state = State(rawValue: row.text(8)) ?? .declined
        summary = ((try? Value(json: row.text(9)))?.list ?? []).map {
            LocalText(zh: $0["zh-CN"].text ?? "", en: $0["en"].text ?? "")
        }
        previews = (try? Value(json: row.text(10))) ?? .map([:])
        n = row.int(11)
    }

    /// Which proposal it is, of all: where a page of them ends.
    var proposal: String { "\(digest).\(n)" }

    /// For `--json` and the API; what changed is told in the language of whoever asks.
    public func value(_ language: Language) -> Value {
        [
            "digest": .text(digest), "n": .int(n), "proposal": .text(proposal),
            "parent": parent.map { .text($0) } ?? .null,
            "proposed_by": .text(proposedBy),
            "proposed_at": .text(proposedAt.description), "policy": policy.map { .text($0) } ?? .null,
            "effective_on": effectiveOn.map { .text($0.description) } ?? .null,
            "decided_by": decidedBy.map { .text($0) } ?? .null,
            "decided_at": decidedAt.map { .text($0.description) } ?? .null, "state": .text(state.rawValue),
            "changes": .list(summary.map { .text($0[language]) }),
            "previews": .map((previews.map ?? [:]).mapValues { KeptPreview($0).value }),
        ]
    }
}

/// How the folder stands to what is in force.
public struct FolderState: Sendable {
    /// What the folder's files amount to.
    public var digest: String
    /// Whether that is what is in force.
    public var isActive: Bool
    /// The proposal that waits, if the folder is one.
    public var proposal: BundleEntry?
    /// Mistakes that keep the folder from being a proposal: the active bundle goes on.
    public var errors: [LocalText]
    /// Whether something else came into force since the folder was one with it: the folder would turn that back, and isn't heeded.
    public var isBehind = false

    /// What is to be said about a folder that is behind.
    static let behind = LocalText(
        zh:
            "文件夹里没有后来另行批准的修改,未被采用:请把生效中的内容写进文件夹(niangjia config export --replace;niangjia config diff 列出不同),或由人署名提交文件夹(niangjia config propose),那会改回去。",
        en:
            "The folder lacks what was approved otherwise since, and isn't heeded: put what is in force into it (niangjia config export --replace; niangjia config diff tells what differs), or propose the folder in your own name (niangjia config propose), which turns it back."
    )
}
