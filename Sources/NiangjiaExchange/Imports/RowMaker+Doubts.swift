import NiangjiaCore

// What can be read well enough and still says less, or something else, than whoever wrote it thinks.
extension RowMaker {
    /// Whether an amount stands in a cell of its own; a finding where it is merged over rows, which says one sum or one for each.
    func isAlone(_ column: Int?, _ row: SheetRow, _ draft: inout Draft) -> Bool {
        guard let column, row.merged.contains(column) else { return true }
        add(
            .error, "MERGED_AMOUNT", column, zh: "金额在跨行合并的单元格中,看不出是每行各一份还是合计:请取消合并,逐行填写",
            en: "the amount is merged over rows, which may be one sum or one for each: unmerge it and write each",
            &draft)
        return false
    }

    /// What a row says of a membership without naming the union, and a day of joining that is still to come.
    func membershipDoubts(_ row: SheetRow, _ draft: inout Draft) {
        func given(_ field: String) -> Bool { column(field) != nil && !text(field, row).isEmpty }
        // A death is a fact about the person, whatever union they belonged to.
        let isDeath = draft.values[index("status")] == .text(Death.status)
        let said = ["member_status", "joined_on", "left_on", "post", "member_number"].filter(given)
        if text("union_code", row).isEmpty, !isDeath, let first = said.first {
            let titles = said.map { name in ImportField.person.first { $0.name == name }?.titles.first ?? name }
            add(
                .warning, "UNION_MISSING", column(first), zh: "没有写所属工会代码,\(titles.joined(separator: "、"))未采用,会籍不变",
                en: "no union is named: \(said.joined(separator: ", ")) not used, the membership stays as it is", &draft
            )
        }
        if given("joined_on"), let day = CellText.date(text("joined_on", row)), day > today {
            add(
                .warning, "JOINED_FUTURE", column("joined_on"), zh: "入会日期 \(day) 还没有到,请核对",
                en: "the day of joining, \(day), is still to come: look again", &draft)
        }
    }

    /// What a cell that is no date may be: the number by which spreadsheets count days.
    static func serialHint(_ cell: String) -> LocalText {
        let plain = TextFolding.halfWidth(cell)
        guard plain.utf8.count == 5, let days = Int(plain),
            let date = SheetNumber.date(Double(days), .date, is1904: false)
        else { return LocalText(zh: "", en: "") }
        return LocalText(
            zh: "。像是电子表格的日期序号(通常即 \(date)):请把该列设为日期格式后另存,或照写日期",
            en:
                ". It looks like a spreadsheet's number of a day (as a rule \(date)): format the column as dates, or type the date"
        )
    }
}

extension Planner {
    /// A relation to a head of which no household is known.
    func householdDoubt(_ planned: inout Planned, old: [SQLValue]?) {
        guard kind == .person else { return }
        let (role, household) = (place("household_role", table), place("household", table))
        guard case .text? = planned.draft.values[role], planned.draft.values[household] == nil,
            old.map({ $0[household] == .null }) ?? true
        else { return }
        planned.draft.findings.append(
            CellFinding(
                column: nil,
                finding: Finding(
                    .warning, "HOUSEHOLD_MISSING", zh: "写了与户主关系,没有写家庭档案号:不归入任何家庭",
                    en: "a relation to a head is given and no household file: the person is put into no household")))
    }
}
