import HTTPTypes
import NiangjiaCore

/// One way into the API. The table of them gives routing and checks, and the document that describes it.
public struct Route: Sendable {
    /// Where an argument of an operation comes from.
    public enum Source: Hashable, Sendable {
        case path
        case query
        /// A member of the JSON body.
        case body
        /// The version in `If-Match`.
        case ifMatch
        /// The whole body, as it is: an evidence file.
        case content
    }

    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var source: Source
        /// The operation's name for it, where it is another.
        public var argument: String
        public var isRequired: Bool

        init(_ name: String, _ source: Source, as argument: String? = nil, required: Bool = false) {
            self.name = name
            self.source = source
            self.argument = argument ?? name
            isRequired = required || source == .path
        }
    }

    public var method: HTTPRequest.Method
    /// With parameters in braces: `/api/v1/cases/{id}`.
    public var path: String
    public var operation: String
    public var needsSignIn: Bool
    /// The status of success.
    public var status: Int
    public var summary: LocalText
    public var parameters: [Parameter]

    init(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String, signIn: Bool = true, status: Int = 200,
        _ parameters: [Parameter] = [], zh: String, en: String
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        needsSignIn = signIn
        self.status = status
        self.parameters = parameters
        summary = LocalText(zh: zh, en: en)
    }
}

/// The API, route by route.
public enum Routes {
    public static let all: [Route] = [
        Route(.get, "/api/v1/health", "health", signIn: false, zh: "是否在运行", en: "Whether the host is up"),
        Route(
            .post, "/api/v1/sessions", "account.login", signIn: false, status: 201,
            [
                .init("account", .body, required: true), .init("password", .body, required: true),
                .init("code", .body),
            ], zh: "登录", en: "Sign in"
        ),
        Route(.get, "/api/v1/programs", "program.list", zh: "服务项目", en: "Programs"),
        Route(
            .get, "/api/v1/programs/{id}", "program.show", [.init("id", .path, as: "program")], zh: "项目的设置",
            en: "A program's settings"),
        Route(
            .post, "/api/v1/programs/{id}/previews", "program.preview",
            [
                .init("id", .path, as: "program"), .init("form", .body), .init("as_of", .body), .init("bundle", .body),
                .init("names", .body), .init("reason", .body), .init("limit", .body),
            ], zh: "试算(不足 5 人的组不单列;names 须有权查看每一项资料,reason 记入日志)",
            en: "Preview; groups under 5 are not told, names need the right to every declared fact, a reason is logged"),
        Route(
            .post, "/api/v1/programs/{id}/comparisons", "program.diff",
            [
                .init("id", .path, as: "program"), .init("from", .body), .init("against", .body), .init("form", .body),
                .init("as_of", .body), .init("limit", .body),
            ], zh: "前后对比:from、against 为 active、folder、closed 或配置摘要的开头",
            en:
                "Who gains and who loses; from and against are active, folder, closed, or the beginning of a bundle's digest"
        ),
        Route(
            .get, "/api/v1/programs/{id}/unasked", "program.unasked",
            [.init("id", .path, as: "program"), .init("form", .query), .init("as_of", .query), .init("limit", .query)],
            zh: "免申即享名单:符合条件而从未申请的人(姓名遮盖,查看记入日志)",
            en: "Who qualifies and never applied; names are masked, the reading is logged"),
        Route(
            .get, "/api/v1/runs", "program.runs", [.init("program", .query), .init("limit", .query)], zh: "历次核定及其进度",
            en: "Runs and how far they have come"),
        Route(
            .post, "/api/v1/runs/{id}/pause", "program.pause", [.init("id", .path, as: "run")], zh: "暂停一次核定",
            en: "Pause a run"),
        Route(
            .post, "/api/v1/runs/{id}/cancel", "program.cancel", [.init("id", .path, as: "run")], zh: "取消一次核定",
            en: "Cancel a run"),
        Route(
            .post, "/api/v1/cases", "case.submit", status: 201,
            [
                .init("program", .body, required: true), .init("form", .body, required: true),
                .init("applicant", .body),
                .init("unit", .body), .init("serving", .body), .init("fields", .body), .init("channel", .body),
            ], zh: "提交申请", en: "Submit an application"),
        Route(
            .get, "/api/v1/cases", "case.list",
            [.init("program", .query), .init("state", .query), .init("limit", .query)], zh: "申请列表", en: "Cases"),
        Route(.get, "/api/v1/cases/{id}", "case.show", [.init("id", .path, as: "case")], zh: "一份申请", en: "A case"),
        Route(
            .post, "/api/v1/cases/{id}/transitions", "case.advance",
            [
                .init("id", .path, as: "case"), .init("action", .body, required: true), .init("note", .body),
                .init("fields", .body), .init("version", .body), .init("If-Match", .ifMatch, as: "version"),
            ], zh: "办理申请", en: "Move a case"),
        Route(
            .post, "/api/v1/cases/{id}/stages", "case.stage",
            [
                .init("id", .path, as: "case"), .init("stage", .body, required: true), .init("fields", .body),
                .init("version", .body), .init("If-Match", .ifMatch, as: "version"),
            ], zh: "转到另一阶段", en: "Bring a case to another stage"),
        Route(
            .post, "/api/v1/cases/{id}/unsealing", "case.unseal",
            [.init("id", .path, as: "case"), .init("reason", .body, required: true)],
            zh: "启封保密申请的对象(留痕)", en: "Tell whom a sealed case is about; logged"),
        Route(
            .get, "/api/v1/programs/{id}/actions", "action.list", [.init("id", .path, as: "program")], zh: "项目的动作",
            en: "A program's actions"),
        Route(
            .post, "/api/v1/programs/{id}/actions/{action}", "action.run",
            [.init("id", .path, as: "program"), .init("action", .path), .init("input", .body)], zh: "办理一个动作",
            en: "Run an action"),
        Route(
            .post, "/api/v1/actions/{id}/confirmation", "action.confirm",
            [.init("id", .path, as: "run"), .init("refuse", .body)], zh: "复核另一人提出的动作",
            en: "Confirm what somebody else asked for"),
        Route(
            .post, "/api/v1/files", "file.add", status: 201, [.init("content", .content, required: true)],
            zh: "上传附件(PDF、JPEG、PNG,按内容识别);回答的 file 填入申请的附件字段",
            en: "Upload evidence (PDF, JPEG, PNG by content); the answered file goes into a form's file field"),
        Route(
            .get, "/api/v1/programs/{id}/places", "place.list", [.init("id", .path, as: "program")],
            zh: "项目的名额:总数、已占、候补", en: "Places of a program: all, taken, waited for"),
        Route(
            .get, "/api/v1/draws", "draw.list", [.init("program", .query)], zh: "统一给名额的排名与抽签",
            en: "Rankings and draws of places"),
        Route(
            .get, "/api/v1/draws/{id}", "draw.show", [.init("id", .path, as: "draw")], zh: "名单、种子、次序,供任何人重算",
            en: "The list, the seed and the order, for anybody to repeat"),
        Route(
            .get, "/api/v1/programs/{id}/explanation", "decision.explain",
            [.init("id", .path, as: "program"), .init("person", .query)],
            zh: "项目对某人的核定说明(含批量核定中的不符合)", en: "Why a program decided so about a person, refusals of a batch included"),
        Route(
            .get, "/api/v1/decisions/{id}/explanation", "decision.explain", [.init("id", .path, as: "decision")],
            zh: "核定说明(编号可以是核定或申请)", en: "Why it was decided so; the id may be a decision's or a case's"),
        Route(
            .get, "/api/v1/stations/nearby", "station.near", signIn: false,
            [
                .init("latitude", .query, required: true), .init("longitude", .query, required: true),
                .init("within", .query), .init("facility", .query), .init("frame", .query), .init("limit", .query),
            ], zh: "附近站点", en: "Stations nearby"),
    ]
}
