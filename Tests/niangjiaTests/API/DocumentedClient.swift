import Foundation
import NiangjiaCore
import NiangjiaTesting

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A client that believes nothing but the document that the server serves: it asks by `operationId`, and compares every answer,
/// success or refusal, with what the document says of it.
final class DocumentedClient: Sendable {
    let base: String
    let document: Value
    private let seen = Guarded<[String: Set<Int>]>([:])
    private let wrong = Guarded<[String]>([])

    /// Reads the document from the server.
    init(port: Int) async throws {
        base = "http://127.0.0.1:\(port)"
        let url = URL(string: base + "/api/v1/openapi.json")
        let (data, _) = try await URLSession.shared.data(from: url ?? URL(fileURLWithPath: "/"))
        document = try Value(jsonBytes: [UInt8](data))
    }

    struct Answer: Sendable {
        var status: Int
        var body: Value
        var headers: [String: String]
        var bytes: [UInt8]
    }

    /// Statuses that each operation has answered.
    var statuses: [String: Set<Int>] { seen.withLock { $0 } }
    /// Where an answer wasn't as the document says.
    var differences: [String] { wrong.withLock { $0 } }

    /// Operation → path, method and description.
    var operations: [String: (path: String, method: String, about: Value)] {
        var found: [String: (String, String, Value)] = [:]
        for (path, methods) in document["paths"].map ?? [:] {
            for (method, about) in methods.map ?? [:] { found[about["operationId"].text ?? ""] = (path, method, about) }
        }
        return found
    }

    /// Asks for an operation.
    ///
    /// - Parameters:
    ///   - path: what goes into the braces of its path.
    ///   - content: a file, where it takes one.
    @discardableResult
    func ask(
        _ operation: String, _ path: [String: String] = [:], query: [String: String] = [:], body: Value? = nil,
        content: [UInt8]? = nil, headers: [String: String] = [:], as token: String? = nil
    ) async throws -> Answer {
        guard let (template, method, about) = operations[operation] else {
            wrong.withLock { $0.append("\(operation): not in the document") }
            return Answer(status: 0, body: .null, headers: [:], bytes: [])
        }
        var address = path.reduce(template) { $0.replacingOccurrences(of: "{\($1.key)}", with: Self.escaped($1.value)) }
        if !query.isEmpty {
            address += "?" + query.map { "\($0)=\(Self.escaped($1))" }.sorted().joined(separator: "&")
        }
        var request = URLRequest(url: URL(string: base + address) ?? URL(fileURLWithPath: "/"))
        request.httpMethod = method.uppercased()
        if let body {
            request.httpBody = Data(body.json.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let content {
            request.httpBody = Data(content)
            request.setValue("application/octet-stream", forHTTPHeaderField: "Content-Type")
        }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = response as? HTTPURLResponse
        let fields = (http?.allHeaderFields ?? [:]).reduce(into: [String: String]()) {
            $0["\($1.key)".lowercased()] = "\($1.value)"
        }
        let answer = Answer(
            status: http?.statusCode ?? 0, body: (try? Value(jsonBytes: [UInt8](data))) ?? .null, headers: fields,
            bytes: [UInt8](data))
        compare(operation, about, answer)
        return answer
    }

    private func compare(_ operation: String, _ about: Value, _ answer: Answer) {
        seen.withLock { _ = $0[operation, default: []].insert(answer.status) }
        let validator = SchemaValidator(document: document)
        var found: [String] = []
        var described = about["responses"]["\(answer.status)"]
        if let reference = described["$ref"].text { described = validator.resolve(reference) }
        if described.isNull {
            found.append("status \(answer.status) isn't in the document: \(answer.body.json.prefix(200))")
        } else {
            found += validator.problems(headers: answer.headers, described).map { "\(answer.status): \($0)" }
            let type = (answer.headers["content-type"] ?? "").split(separator: ";").first.map(String.init) ?? ""
            let media = described["content"][type]
            if media.isNull {
                found.append("\(answer.status): \(type) isn't in the document")
            } else if type.hasSuffix("json") {
                found += validator.problems(answer.body, media["schema"])
            }
        }
        let lines = found.map { "\(operation) → \(answer.status) \($0)" }
        wrong.withLock { $0 += lines }
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}
