import NiangjiaCore

/// What people call the states of a case.
enum CaseWords {
    /// Where a case stands: its state, who is awaited, until when it is on notice, whether somebody objects.
    static func standing(_ record: CaseRecord) -> LocalText {
        var words = record.state.title
        func add(_ zh: String, _ en: String) {
            words.zh += zh
            words.en += en
        }
        if let level = record.level.map(RoleWords.level) {
            add("(等待\(level.zh)审核)", " (waits for the review of \(level.en))")
        }
        if record.state == .underNotice, let notice = record.notice {
            add(",公示 \(notice.from) 至 \(notice.to)", ", on notice \(notice.from) to \(notice.to)")
        }
        if record.objection == .open {
            if record.state == .underNotice {
                add(",有异议待处理", ", an objection is open")
            } else {
                add(",复核中", ", an appeal is open")
            }
        }
        return words
    }

    static func state(_ state: String) -> LocalText {
        CaseState(rawValue: state)?.title ?? LocalText(zh: state, en: state)
    }
}
