import NiangjiaCore

extension Answers {
    private static let bundleMembers: KeyValuePairs<String, Schema> = [
        "digest": .digest(), "n": .count,
        "proposal": .words.told("摘要和第几次提交", "The digest, and which time it was proposed"),
        "parent": .nullable(.digest()), "proposed_by": .words,
        "proposed_at": .instant,
        "policy": .nullable(.words), "effective_on": .nullable(.date), "decided_by": .nullable(.words),
        "decided_at": .nullable(.instant),
        "state": .word(of: BundleState.self),
        "changes": texts, "previews": .anything,
    ]

    static let bundle = Schema.named("Bundle", .members(bundleMembers))

    static let activeBundle = Schema.named(
        "ActiveBundle",
        .members([
            "plugins": .list(
                .members(["plugin": .name, "version": .words, "digest": .words, "approved_by": .nullable(.words)])),
            "files": .list(.members(["path": .words, "digest": .words, "bytes": .count])),
        ]).and(bundleMembers))

    /// What is said of the folder beside every bundle.
    static let configFolder = [
        Schema.Member(name: "folder_is_active", schema: .flag, isRequired: true),
        Schema.Member(name: "folder_is_behind", schema: .flag, isRequired: true),
        Schema.Member(name: "folder_errors", schema: texts, isRequired: true),
    ]

    static let configDiff = Schema.named(
        "ConfigChanges",
        .members([
            "from": .nullable(.digest()), "to": .digest(),
            "errors": .list(.members(["place": .words, "zh-CN": .words, "en": .words])),
            "changes": .list(
                .members([
                    "file": .words, "path": .nullable(.words), "old": .nullable(.words), "new": .nullable(.words),
                    "words": .words,
                ])),
        ]))

    static let pin = Schema.named(
        "PluginApproval",
        .members([
            "plugin": .name, "version": .words, "digest": .words, "bundle": .digest(), "author": .words,
            "approved_by": .words, "approved_at": .instant,
        ]))

    static let check = Schema.named(
        "ConfigCheck",
        .members([
            "ok": .flag, "files": .count,
            "problems": .list(
                .members([
                    "place": .words, "path": .words, "severity": .word(of: ConfigSeverity.self), "message": .bothWords,
                ])),
        ]))

    static let chainHead = Schema.named(
        "ChainHead", .members(["seq": .count, "digest": .digest(), "printed": .words]))

    static let auditReport = Schema.named(
        "AuditReport",
        .members([
            "ok": .flag, "events": .count, "erased": .count, "unsealed": .count, "heads": .count,
            "covers": .members([
                "entries": .count, "calls": .count, "blocks": .count, "case_steps": .count, "decisions": .count,
                "accounts": .count, "rows": .dictionary(.count),
            ]), "faults": .list(.bothWords),
            "breaks": .list(.members(["reason": .words, "from": .count, "to": .count])),
        ]))

    static let chainEvent = Schema.named(
        "ChainEvent",
        .members([
            "event": .id("evt"), "seq": .count.told("链上第几号,从 1 起", "Its number in the chain, from 1"), "at": .instant,
            "kind": .words, "actor": .words.told("谁;- 为封存的申请不说明是谁", "Who; - where a sealed case hides them"),
            "about": .words.told("对象的编号", "The id of what it happened to"),
            "digest": .digest(), "body": .anything.told("内容;依法删除的为 null", "What it says; null where it was erased"),
            "erased": .flag.told("内容已依法删除", "Its body was lawfully erased"),
        ]))

    static let callHead = Schema.named(
        "JournalCall",
        .members([
            "call": .id("call"), "at": .instant, "program": .words, "plugin": .words, "plugin_digest": .words,
            "bundle": .words, "function": .words, "engine": .words, "case": .nullable(.id("c")),
            "digest": .nullable(.digest()).told(
                "链上记下的摘要;依法删除的、封存的申请为 null", "The digest that the chain holds; null where erased, and of a sealed case"),
            "erased": .flag.told("资料已依法删除", "Its facts were lawfully erased"),
        ]))

    static let blockHead = Schema.named(
        "JournalBlock",
        .members([
            "block": .count, "count": .count.told("对象数", "How many were judged"),
            "state": .word(of: BlockHead.State.self),
            "digest": .nullable(.digest()).told("链上记下的摘要", "The digest that the chain holds"),
            "erased": .flag.told("资料已依法删除", "Its facts were lawfully erased"),
        ]))

    static let look = Schema.named(
        "AccessLogEntry",
        .members([
            "look": .id("look"), "at": .instant, "account": .words, "about": .words, "fields": .words,
            "reason": .words,
        ]))

    static let report = Schema.named(
        "YearReport",
        .members([
            "from": .date, "to": .date,
            "metrics": .list(
                .members([
                    "id": .words, "title": .words, "title_en": .words, "unit": .words, "unit_en": .words,
                    "definition": .words, "definition_en": .words, "value": .anything, "parts": .dictionary(.anything),
                    "notes": texts,
                    "notes_en": texts,
                ])),
            "sentences": .list(
                .members(["id": .words, "text": .words, "text_en": .words, "notes": texts, "notes_en": texts])),
            "programs": .list(
                .members([
                    "id": .words, "title": .words, "title_en": .words, "definition": .words, "definition_en": .words,
                    "value": .anything, "parts": .dictionary(.anything), "notes": texts, "notes_en": texts,
                ])
            ).told("各项目自己的指标", "Figures of programs' own"),
            "gaps": .list(
                .members(["id": .words, "title": .words, "title_en": .words, "reason": .words, "reason_en": .words])),
        ]))
}
