import HTTPTypes
import NiangjiaCore

/// The API, route by route.
public enum Routes {
    /// Every route, in the order of the document.
    public static let all: [Route] =
        host + sessions + signIn + openSessions + me + programs + runs + cases + decisions + places + registers
        + imports + stations + funds
        + batches + flows + config + audit + chain

    /// What the host says of itself.
    static let host: [Route] = [
        Route(
            .get, "/api/v1/health", "health", .host, signIn: false, answers: .one(Answers.health), "是否在运行",
            "Whether the host is up"),
        Route(
            .get, "/api/v1/openapi.json", "", name: "openapi", .host, signIn: false, answers: .one(.anything),
            "这份接口说明(OpenAPI 3.1)", "This description of the API (OpenAPI 3.1)"),
    ]

    static let sessions: [Route] = [
        Route(
            .post, "/api/v1/sessions", "account.login", .sessions, signIn: false, status: 201,
            [
                .body(
                    "account", .text(.line, least: 1, most: 64).told("账号", "The account", "office"), required: true,
                    "账号",
                    "The account"),
                .body(
                    "password", .text(.line, least: 1, most: 200).told("密码", "The password", "niangjia-demo"),
                    required: true, "密码", "The password"),
                .body(
                    "code", .text(.line, least: 6, most: 40).told("动态口令", "A one-time code", "492039"),
                    "动态口令或恢复码;有动态口令的账号须填", "A one-time code or a recovery code, where the account has a second factor"),
            ], answers: .one(Answers.session), "登录", "Sign in"),
        Route(
            .delete, "/api/v1/sessions/current", "account.logout", .sessions, [.token],
            answers: .one(Answers.signedOut),
            "退出登录", "Sign out"),
    ]
}

/// The most rows of a page, and how many one has where nobody says.
enum Page {
    static let most: Int64 = 500
    static let standard: Int64 = 50

    static let limit = Route.Parameter.query(
        "limit", .integer(1...most).told("每页条数,默认 50", "Rows of a page, 50 where nothing is said", 20), "每页条数,默认 50",
        "Rows of a page, 50 where nothing is said")

    /// Of lists that grow with the configuration only.
    static let byConfiguration = LocalText(zh: "由配置写明", en: "as many as the configuration names")

    static func after(_ schema: Schema) -> Route.Parameter {
        .query("after", schema, "上一页的 next:从它之后继续", "The next of the page before: go on after it")
    }
}

extension Routes {
    /// The methods that a path takes; none where no route has it. What can be fetched can be asked for its head.
    static func methods(at path: String) -> [String] {
        let methods = routes(at: path).map(\.method)
        return (methods + (methods.contains(.get) ? [.head] : [])).map(\.rawValue).sorted()
    }

    /// Whether a path is spelled as paths are here: without an empty segment, before its end or at it.
    static func isSpelled(_ path: String) -> Bool { !segments(path).dropFirst().contains("") }

    /// The route that a request is for; nil where there is none.
    static func route(_ method: HTTPRequest.Method, _ path: String) -> Route? {
        let method = method == .head ? .get : method
        return routes(at: path).first { $0.method == method }
    }

    /// The routes by their templates, those with fewer parameters first.
    private static let templates: [(segments: [Substring], routes: [Route])] = Dictionary(grouping: all, by: \.path)
        .sorted { ($0.key.count { $0 == "{" }, $0.key) < ($1.key.count { $0 == "{" }, $1.key) }
        .map { path, routes in (segments(path), routes) }

    /// Every one counts, empty ones too: what a proxy takes for another path is another path.
    private static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    private static func fits(_ template: [Substring], _ segments: [Substring]) -> Bool {
        template.count == segments.count
            && zip(template, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") && !$1.isEmpty }
    }

    /// The routes of the template that a path is spelled by; where a word and a parameter both fit, the word's.
    private static func routes(at path: String) -> [Route] {
        let segments = segments(path)
        return templates.first { fits($0.segments, segments) }?.routes ?? []
    }
}
