import NiangjiaCore

/// What `docs/reference/metrics.md` shows: every figure and sentence of the year report, from its one description.
public enum MetricTable {
    /// The document, zh-CN first.
    public static var markdown: String {
        var out = """
            # 年报的指标和句子 Figures and sentences of the year report

            由程序生成,与程序不符时测试失败(`NIANGJIA_UPDATE=1 swift test --filter MetricTable` 重新生成);不要手改。 Written by the program; a test fails where it differs.

            * 缺数据的列为缺口,从不写成 0。 What is missing is a gap, never 0.
            * “不能自己统计”的,由填报(`niangjia report import`,写明依据)或插件清单的 `metrics.….tells` 提供;主机自己统计得出的不接受填报。 What the host can't count is entered with its source, or told by a plugin's `metrics.….tells`; neither stands in for what it counts.
            * 有项目的(送温暖、暖心留工、返乡购票、法律援助、隐患、竞赛、培训)由项目统计,没有项目的城市才用填报。 Where a program is run it is counted; a city without it may enter figures.

            ## 指标 Figures

            | 编号 | 名称 | 单位 | 口径 | 来源 | 可填报 | 不能自己统计的原因 Why it isn't counted |
            |---|---|---|---|---|---|---|

            """
        for metric in MetricCatalogue.all {
            let entered = ToldFigures.names.filter { $0.hasPrefix(metric.id + ".") }.map { "`\($0)`" }
            let reason = MetricCatalogue.outside[metric.id].map(both) ?? ""
            out +=
                "| \(metric.id) | \(both(metric.title)) | \(metric.unit) | \(both(metric.definition)) | "
                + "\(both(metric.needs)) | \(entered.joined(separator: " ")) | \(reason) |\n"
        }
        out += "\n## 主机无从知道的数 Figures that are typed\n\n| 名称 | 是什么 | 应为 |\n|---|---|---|\n"
        for input in ReportInputs.known {
            out += "| `\(input.name)` | \(both(input.title)) | \(both(input.kind.expected)) |\n"
        }
        out += """

            ## 句子 Sentences

            从长到短,写第一个数据齐全的。 The first whose figures are all there is told.


            """
        for form in SentenceCatalogue.all {
            out += "* **\(form.id)**\n"
            for text in form.texts { out += "  * \(text.zh)\n    \(text.en)\n" }
        }
        return out
    }

    private static func both(_ text: LocalText) -> String { "\(text.zh)<br>\(text.en)" }
}
