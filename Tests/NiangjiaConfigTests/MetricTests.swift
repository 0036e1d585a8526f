import NiangjiaConfig
import NiangjiaCore
import Testing

@Suite("Figures that a manifest defines are right, or named with their place and what to write")
struct MetricTests {
    private static func found(_ metrics: String) -> [String] {
        let text = """
            id: care
            version: 1.0.0
            api: 1
            title: {zh-CN: 互助, en: Care}
            records:
              shelf: {key: [at], fields: {at: station, left: integer}, by: [clerk]}
              diary: {key: [day], fields: {day: date, note: text}, by: [clerk]}
            forms:
              claim:
                by: [member, clerk]
                fields:
                  ward: {type: string, enum: [eye, heart]}
                  bill: money
                  note: text
                  shelf: shelf
                  diary: diary
                  share: rate
                  children: {type: array, items: {child: child, school: string}}
                subject: applicant
                gives: {kind: money, to: subject, when: approved}
                keeps: {self_pay: money}
                stages:
                  asked: {next: [seen]}
                  seen: {by: [clerk], fields: {days: integer}, end: true}
              hush:
                by: [member]
                fields: {ward: {type: string, enum: [eye, heart]}, place: station, bill: money}
                subject: applicant
                sealed: {but: [clerk]}
            reasons:
              NO: {zh-CN: 不行, en: "No"}
            metrics:
              \(metrics)
            """
        return ManifestFile.read(Array(text.utf8), file: "plugin.yaml").report.problems.filter {
            $0.path.hasPrefix("metrics")
        }.map { "\($0.line) \($0.severity.rawValue) \($0.message.zh)" }
    }

    @Test(
        "What may be counted",
        arguments: [
            "m: {of: claim, at: submitted, count: cases, by: [ward, shelf]}",
            "m: {of: claim, at: approved, count: persons, by: [ward]}",
            "m: {of: claim, at: approved, sum: decision.amount}",
            "m: {of: claim, at: paid, sum: decision.amount}", "m: {of: claim, at: seen, sum: stages.seen.days}",
            "m: {of: claim, at: approved, sum: keeps.self_pay}", "m: {of: claim, at: seen, sum: bill}",
            "m: {of: hush, at: submitted, count: cases, by: [ward]}", "m: {of: shelf, count: cases, by: [at]}",
            "m: {of: shelf, sum: left}",
        ])
    func fine(_ metric: String) { #expect(Self.found(metric) == []) }

    @Test(
        "What may not, or means nothing",
        arguments: [
            ("{of: claim, at: seen, count: cases, by: [note]}", "by[0]"),
            ("{of: claim, at: seen, count: cases, by: [ward, diary]}", "by[1]"),
            ("{of: claim, at: seen, count: cases, by: [bill]}", "by[0]"),
            ("{of: claim, at: seen, count: cases, by: [school]}", "在列表 children 里"),
            ("{of: claim, at: seen, count: cases, by: [wrad]}", "是不是 ward?"),
            ("{of: claim, at: seen, sum: bil}", "是不是 bill?"), ("{of: claim, at: seen, sum: share}", "不能求和"),
            ("{of: claim, at: seen, sum: days}", "请写 stages.seen.days"),
            ("{of: claim, at: seen, sum: self_pay}", "请写 keeps.self_pay"),
            ("{of: claim, at: seen, sum: amount}", "请写 decision.amount"),
            ("{of: claim, at: sen, count: cases}", "是不是 seen?"),
            ("{of: claim, at: delivered, count: cases}", "不发物品"),
            ("{of: claim, at: submitted, sum: stages.seen.days}", "请写 at: seen"),
            ("{of: claim, at: seen, sum: bill, by: [ward]}", "by 只用于 count"),
            ("{of: claim, at: seen, count: cases, target: bill}", "target 只用于记录表"),
            ("{of: hush, at: submitted, count: cases, by: [place]}", "封存"),
            ("{of: hush, at: submitted, sum: bill}", "封存"), ("{of: shelf, count: persons}", "count: cases"),
            ("{of: shelf, at: seen, count: cases}", "记录表没有阶段"), ("{of: shelf, sum: left, target: lfet}", "是不是 left?"),
        ])
    func wrong(_ metric: String, _ words: String) {
        let found = Self.found("m: \(metric)")
        #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix("33 error") && $0.contains(words) }, "\(found)")
    }

    @Test("Whoever says no at is told that the refused are counted")
    func silent() {
        let found = Self.found("m: {of: claim, count: persons}")
        #expect(found.count == 1 && found[0].hasPrefix("33 warning") && found[0].contains("at: approved"), "\(found)")
    }
}
