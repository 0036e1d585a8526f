import NiangjiaConfig
import NiangjiaCore
import Testing

@Suite("A look says only what is read of it") struct LookTests {
    private func said(_ look: String, form: String = "", keeps: String = "{paid: money}", more: String = "") -> [String]
    {
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: {zh-CN: 查看, en: Looks}
            records:
              ban: {key: [code], fields: {code: string, day: date}, by: [clerk]}
            forms:
              ask:
                by: [clerk]
                fields: {kind: string}
                keeps: \(keeps)
                subject: applicant
                facts: {look: {past: \(look)}}
                gives: {kind: nothing}
                \(form)
            \(more)
            """
        return ManifestFile.read(Array(text.utf8), file: "plugin.yaml").report.problems.map(\.message.zh)
    }

    @Test(
        "what is read passes",
        arguments: [
            "{in: decisions, of: [ask], programs: all, per: household, where: {paid: [50.00]}, distinct: paid, state: refused}",
            "{in: decisions, of: [x/ask], where: {paid: [50.00]}}",
            "{in: cases, of: [ask], programs: all, per: subject, within: ever}",
            "{in: visits, per: subject, within: day}",
            "{in: ban, where: {code: kind}, dated_by: day, distinct: code, within: season}",
        ])
    func read(look: String) { #expect(said(look) == []) }

    @Test(
        "what would count others than it seems to is refused, with what to write instead",
        arguments: [
            ("{in: decisions, where: {kind: [a]}}", "历史核定只有 keeps 中的值,请在 keeps 中保存"),
            ("{in: decisions, distinct: kind}", "历史核定只有 keeps 中的值,请在 keeps 中保存"),
            ("{in: decisions, dated_by: paid}", "in: decisions 不看 dated_by"),
            ("{in: decisions, per: case}", "本次申请没有历史"),
            ("{in: cases, where: {kind: [a]}}", "in: cases 不看 where"),
            ("{in: cases, state: refused}", "in: cases 不看 state"),
            ("{in: cases, dated_by: kind}", "in: cases 不看 dated_by"),
            ("{in: cases, distinct: kind}", "in: cases 不看 distinct"),
            ("{in: cases, per: household}", "in: cases 不能按户"),
            ("{in: visits, distinct: kind}", "in: visits 不看 distinct"),
            ("{in: visits, per: household}", "in: visits 不能按户"),
            ("{in: ban, state: refused}", "in: ban 不看 state"),
            ("{in: ban, per: subject}", "in: ban 不看 per"),
        ])
    func unread(look: String, words: String) {
        let found = said(look)
        #expect(found.contains { $0.hasPrefix(words) }, "\(found)")
    }

    @Test(
        "forms are compared by what all of them keep as one type, and the form that doesn't is named",
        arguments: [
            ("where: {paid: [50.00]}", nil), ("distinct: kind", nil),
            ("where: {site: [a]}", "只能比较各表单都在 keeps 中保存的值,表单 ask 没有保存 site"),
            ("where: {site: kind}", "只能比较各表单都在 keeps 中保存的值,表单 ask 没有保存 site"),
            ("distinct: day", "只能比较各表单都在 keeps 中保存的值,表单 x/more 没有保存 day"),
            ("distinct: sum", "只能比较各表单以同一类型保存的值,有的保存为 money,表单 x/more 保存为 integer: sum"),
            ("distinct: nothing", "没有字段 nothing"),
        ])
    func several(compared: String, words: String?) {
        let more = """
              more:
                by: [clerk]
                keeps: {paid: money | null, kind: string, site: string, sum: integer}
                subject: applicant
                gives: {kind: nothing}
            """
        let found = said(
            "{in: decisions, of: [ask, x/more], \(compared)}",
            keeps: "{paid: money, kind: string, day: date, sum: money}", more: more)
        #expect(found.count == (words == nil ? 0 : 1), "\(found)")
        #expect(words.map { found.first?.hasPrefix($0) == true } ?? true, "\(found)")
    }

    @Test("what nothing evaluates is no fact, and a batch has no lines that pass together")
    func others() {
        #expect(said("{in: visits}", form: "together: {at_least: 2, per: kind}") == [])
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: {zh-CN: 站点, en: Stations}
            forms:
              ask:
                by: [batch]
                population: {of: stations}
                subject: applicant
                facts: {subject: [standards.six_have]}
                together: {at_least: 2}
                gives: {kind: nothing}
            """
        let found = ManifestFile.read(Array(text.utf8), file: "plugin.yaml").report.problems.map(\.message.zh)
        #expect(found.contains { $0.hasPrefix("没有事实 standards.six_have") }, "\(found)")
        #expect(found.contains { $0.hasPrefix("批量核定(by: batch)没有申请") }, "\(found)")
    }
}
