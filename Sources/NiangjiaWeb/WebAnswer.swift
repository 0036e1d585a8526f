import HTTPTypes
import Hummingbird
import NIOCore
import NiangjiaCore

/// An answer in JSON, whole.
struct WebAnswer {
    var status: HTTPResponse.Status
    var fields: HTTPFields
    var body: ByteBuffer

    init(_ status: HTTPResponse.Status, _ value: Value, _ fields: HTTPFields = [:]) {
        self.init(status, json: value.jsonBytes, fields)
    }

    /// What an operation of a route has answered.
    init(_ route: Route, _ asked: Asked, _ value: Value, _ fields: HTTPFields = [:]) {
        let told = WebAnswer.told(value, of: route, limit: asked.arguments["limit"]?.int)
        self.init(.init(code: route.status), told, fields)
    }

    /// An operation's answer as a route tells it: one value, or a page of them with where the next one begins.
    static func told(_ value: Value, of route: Route, limit: Int64?) -> Value {
        var value = value
        switch route.answer {
        case .page(_, let key, _):
            var members = value.map ?? ["items": value]
            let items = members["items"]?.list ?? []
            let isFull = Int64(items.count) == limit
            members["items"] = .list(items)
            members["next"] = isFull ? items.last.map { place($0[key]) } ?? .null : .null
            value = .map(members)
        case .whole: value = ["items": .list(value.list ?? []), "next": .null]
        case .one, .events, .file: break
        }
        return spelled(value)
    }

    /// The same, where the operation has answered JSON and there is no next page.
    init(_ route: Route, json: [UInt8]) {
        if case .whole = route.answer {
            self.init(.init(code: route.status), before: "{\"items\":", json: json, behind: ",\"next\":null}")
        } else {
            self.init(.init(code: route.status), json: json)
        }
    }

    private init(
        _ status: HTTPResponse.Status, before: StaticString = "", json: [UInt8], behind: StaticString = "",
        _ fields: HTTPFields = [:]
    ) {
        self.status = status
        self.fields = fields
        body = ByteBuffer()
        body.reserveCapacity(json.count + 32)
        body.writeStaticString(before)
        body.writeBytes(json)
        body.writeStaticString(behind)
        body.writeStaticString("\n")
        if !fields.contains(.contentType) { self.fields.append(WebAnswer.json) }
        self.fields.append(HTTPField(name: .contentLength, value: "\(body.readableBytes)"))
    }

    /// Where a page ended: text, of what goes by numbers too.
    private static func place(_ key: Value) -> Value { key.int.map { .text("\($0)") } ?? key }

    private static let json = HTTPField(name: .contentType, value: "application/json; charset=utf-8")

    /// What an operation has answered, as HTTP tells it: amounts in yuan too, requests for commands.
    static func spelled(_ value: Value) -> Value { CommandWords.spelled(MoneyWords.spelled(value)) }

    /// Its head, as it goes over the wire.
    var head: HTTPResponse { HTTPResponse(status: status, headerFields: fields) }

    /// As hummingbird takes it.
    var response: Response { Response(status: status, headers: fields, body: .init(byteBuffer: body)) }
}
