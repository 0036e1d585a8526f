import NiangjiaCore

extension Answers {
    static let foundPerson = Schema.named(
        "FoundPerson",
        .members([
            "person": .id("p"), "name": .words, "birth_year": .nullable(.count), "occupation": .nullable(.words),
            "union": .nullable(.words),
        ]))

    static let person = Schema.named(
        "Person",
        .members([
            "person": .id("p"), "name": .words, "occupation": .nullable(.words), "union": .nullable(.words),
            "id_number?": .words, "mobile?": .words, "card?": .words,
            "status": .word(of: Person.Status.self).told("在世或已去世", "Whether they live"),
            "died_on?": .date.told("去世日期", "The day of their death"),
        ]))

    static let organization = Schema.named(
        "Organization",
        .members([
            "id": .id("o"), "code": .words, "name": .words, "level": .words, "member_count": .nullable(.count),
        ]))

    /// What anybody may know of a union: what forms are filled in with.
    static let organizationName = Schema.named(
        "OrganizationName",
        .members([
            "code": .words.told("填入表单的代码", "What a form's field takes"), "name": .words, "level": .words,
        ]))

    /// A row of a program's own list, as a form's field names it.
    static let choice = Schema.named(
        "Choice",
        .members([
            "record": .id("r"), "value": .words.told("填入表单字段的内容", "What a form's field takes"),
            "fields": .anything,
        ]))

    private static let household = Schema.members([
        "number": .words, "hardship_class": .words, "file_status": .words, "opened_on": .nullable(.date),
        "members": .list(
            .members([
                "person": .id("p").told("编号,申请中填写子女等", "The id by which forms name them"),
                "role": .nullable(.words), "name": .words.told("姓名(遮盖)", "The name, masked"),
            ])),
    ])

    static let ownData = Schema.named(
        "OwnData",
        .members([
            "person": .id("p"), "made_at": .instant,
            "register": .dictionary(.anything).told("登记资料", "What the register holds"),
            "memberships": .list(.dictionary(.anything)), "household": .nullable(household),
            "cases": .list(caseSummary), "decisions": .list(decision),
            "entitlements": .list(.dictionary(.anything)), "visits": .list(.dictionary(.anything)),
            "messages": .list(.dictionary(.anything)),
            "looks": .list(
                .members([
                    "at": .instant,
                    "by": .words.told("角色,不是姓名", "The role, not the name", "工会经办"), "fields": .words,
                    "reason": .words.told("理由,或为何查看", "The reason given, or what the look was for", "查看申请"),
                ])),
        ]))

    private static let degrees = Schema.words.told(
        "WGS-84 的度数(文本,七位小数),不论按哪种坐标系查询",
        "Degrees of WGS-84 as text, with seven decimals, whatever the frame that was asked in", "36.0153000")

    static let station = Schema.named(
        "Station",
        .members([
            "code": .words, "name": .words, "metres": .count, "address": .words, "is_open": .nullable(.flag),
            "latitude": degrees, "longitude": degrees, "facilities": texts,
        ]))

    static let shownCode = Schema.named(
        "ShownCode", .members(["person": .id("p"), "code": .words, "on": .date]))

    static let delivery = Schema.named(
        "Delivery", .members(["delivered": .count, "amount_fen": .fen, "entitlements": .list(.id("ent"))]))

    static let visit = Schema.named(
        "Visit",
        .members([
            "visit": .id("v"), "station": .words, "kind": .word(of: Visit.Counted.self), "on": .date, "count": .count,
        ]))

    private static let counts: KeyValuePairs<String, Schema> = [
        "rows": .count, "corrected": .count, "warned": .count, "new": .count, "changed": .count, "unchanged": .count,
        "conflicting": .count, "refused": .count,
    ]

    private static let findings = Schema.named(
        "ImportFindings",
        .members([
            "issues": .list(
                .members([
                    "place": .words, "code": .words, "outcome": .word(of: RowOutcome.self), "message": .bothWords,
                ])),
            "changes": .list(
                .members([
                    "place": .words, "who": .words, "id": .words,
                    "columns": .list(.members(["title": .bothWords, "from": .words, "to": .words])),
                ])
            ).told(
                "登记册里将有(或已有)变化的前 20 行,证件号等已遮盖", "What changes of the registers, the first 20 rows; numbers are masked"),
            "remarks": .list(.bothWords),
        ]).and(counts))

    static let importJob = Schema.named(
        "Import",
        .members([
            "import": .id("up"), "version": .count, "kind": .words, "name": .words, "account": .words,
            "state": .word(of: StagedImport.State.self), "made_at": .instant,
            "changed_at": .instant, "rows_done": .count, "rows_total": .nullable(.count),
            "findings": .nullable(findings),
            "batch": .nullable(.id("imp")).told("写入后的导入批次", "The import that was taken"),
            "failure": .nullable(
                .members(["code": .words, "message": .bothWords, "place": .nullable(.words)])), "is_ended": .flag,
        ]))

    static let transfer = Schema.named(
        "Transfer",
        .members([
            "transfer": .id("tr"), "person": .id("p"), "known_name": .words, "name": .words, "same_name": .flag,
            "from": .nullable(.words), "to": .words, "status": .words, "by": .words, "at": .instant,
            "state": .word(of: TransferRequest.State.self),
        ]))

    static let decidedTransfer = Schema.named(
        "DecidedTransfer", .members(["transfer": .id("tr"), "state": .word(of: TransferRequest.State.self)]))

    static let importBatch = Schema.named(
        "ImportBatch",
        .members([
            "import": .id("imp"), "kind": .words, "source": .words, "batch": .words, "actor": .words, "at": .instant,
            "state": .word(of: ImportBatch.State.self), "rows": .count,
            "handled": .list(
                .members([
                    "deed": .word(of: ImportDeed.Kind.self), "by": .words, "at": .instant,
                    "file": .nullable(
                        .members(["name": .nullable(.words), "size": .count, "sm3": .words.told("SM3", "SM3")])),
                ])
            ).told("谁导入了哪个文件、谁撤销过", "Who took which file, who undid it"),
        ]))

    static let undoneImport = Schema.named(
        "UndoneImport",
        .members([
            "import": .id("imp"), "restored": .count, "removed": .count, "kept": .count,
            "state": .word(of: ImportBatch.State.self),
            "reasons": .list(.members(["row": .count, "zh-CN": .words, "en": .words])),
        ]))
}
