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
        self.status = status
        self.fields = fields
        body = ByteBuffer(bytes: value.jsonBytes + [0x0A])
        if !fields.contains(.contentType) { self.fields.append(WebAnswer.json) }
        self.fields.append(HTTPField(name: .contentLength, value: "\(body.readableBytes)"))
    }

    /// What an operation of a route has answered: one value, or a page of them with where the next one begins.
    init(_ route: Route, _ asked: Asked, _ value: Value, _ fields: HTTPFields = [:]) {
        var value = value
        if case .page(_, let key) = route.answer {
            let items = value.list ?? []
            let isFull = Int64(items.count) == asked.arguments["limit"]?.int
            let next: Value = if let key, isFull, let last = items.last { last[key] } else { .null }
            value = ["items": .list(items), "next": next]
        }
        self.init(.init(code: route.status), MoneyWords.spelled(value), fields)
    }

    private static let json = HTTPField(name: .contentType, value: "application/json; charset=utf-8")

    /// Its head, as it goes over the wire.
    var head: HTTPResponse { HTTPResponse(status: status, headerFields: fields) }

    /// As hummingbird takes it.
    var response: Response { Response(status: status, headers: fields, body: .init(byteBuffer: body)) }
}
