import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaWeb

/// Whatever a test has an operation answer is compared with what the served document says of that operation's routes.
enum ToldAnswers {
    private static let validator = SchemaValidator(document: OpenAPIDocument.value)
    private static let routes = Dictionary(grouping: Routes.all, by: \.operation)
    /// Lists are compared so far.
    private static let most = 20

    static func check(_ answer: Value, of operation: String, _ arguments: Value) {
        // A sweep over all programs is a command's own.
        guard arguments["all"] != true else { return }
        let limit = arguments["limit"].int
        let found = (routes[operation] ?? []).compactMap { route -> [String]? in
            let told = validator.document["paths"][route.path][route.method.rawValue.lowercased()]["responses"]
            let content = told["\(route.status)"]["content"]
            guard case let schema = content["application/json"]["schema"], !schema.isNull else { return nil }
            return validator.problems(shortened(WebAnswer.told(answer, of: route, limit: limit)), schema)
        }
        guard let problems = found.min(by: { $0.count < $1.count }), !problems.isEmpty else { return }
        let some = problems.prefix(5).joined(separator: "; ")
        Issue.record("\(operation) answers what the document doesn't say: \(some)")
    }

    private static func shortened(_ value: Value) -> Value {
        switch value {
        case .list(let items): .list(items.prefix(most).map(shortened))
        case .map(let members): .map(members.mapValues(shortened))
        default: value
        }
    }
}
