/// The routes as `docs/reference/api.md` lists them.
public enum RouteList {
    /// The document, zh-CN first.
    public static let markdown: String = {
        var out = """
            # 接口清单 All routes

            由程序生成(`make generate`),与程序不符时测试失败;参数和回答的样子见 `GET /api/v1/openapi.json`。
            Written by the program; a test fails where it differs. Parameters and answers are in `GET /api/v1/openapi.json`.

            “键”:可带 `Idempotency-Key`。“版本”:可带 `If-Match`。“分页”:列表,可带 `limit` 和 `after`。“一页”:列表,一次回答,`next` 总是 null(有 `limit` 的最多那么多条),其后写明为什么不会长。
            报表、对账单、试算、批次等一份文件里的各行不是列表,整份回答。
            键: takes an `Idempotency-Key`. 版本: takes `If-Match`. 分页: a list in pages, takes `limit` and `after`. 一页: a list that is
            answered at once, `next` is always null (at most `limit` rows, where it takes one), with what keeps it short. The lines of one
            paper (a report, a statement, a preview, a batch) are no list: it is answered whole.

            """
        for tag in Route.Tag.allCases {
            out += "\n## \(tag.words.both)\n\n| 接口 Route | 操作 Operation | | |\n|---|---|---|---|\n"
            for route in Routes.all where route.tag == tag {
                let marks = [
                    route.isOnce ? "键" : nil, route.parameters.contains { $0.source == .ifMatch } ? "版本" : nil,
                    mark(ofList: route.answer), route.needsSignIn ? nil : "不必登录 no sign-in",
                ].compactMap { $0 }.joined(separator: "、")
                let operation = route.operation.isEmpty ? "–" : "`\(route.operation)`"
                out +=
                    "| `\(route.method) \(route.path)` | \(operation) | \(route.summary.zh)<br>\(route.summary.en) | \(marks) |\n"
            }
        }
        out += "\n## 不在接口上的操作 Operations that stay off HTTP\n\n| 操作 Operation | 原因 Why |\n|---|---|\n"
        for (name, reason) in OffHTTP.reasons.sorted(by: { $0.key < $1.key }) { out += "| `\(name)` | \(reason) |\n" }
        return out
    }()

    private static func mark(ofList answer: Route.Answer) -> String? {
        switch answer {
        case .page: "分页"
        case .whole(_, let why): "一页(\(why.both))"
        case .one, .events, .file: nil
        }
    }
}
