import HTTPTypes
import NIOCore
import NiangjiaCore

/// A request as the access log tells it: the route instead of the path, no query, and a caller who can be told apart from others
/// in one run of the host but not be named.
struct AccessLine {
    var method: HTTPRequest.Method
    var route: String
    var status: Int
    var spent: TimeAmount
    var bytes: Int?
    /// The account, or the address of somebody who gave none.
    var caller: String

    /// One line of JSON, escaped.
    var json: String {
        // Nothing in it is a client's: routes are the table's own.
        let (known, size) = (AccessLine.known(method), bytes.map(String.init) ?? "null")
        return """
            {"at":"\(Timestamp.now())","bytes":\(size),"caller":"\(AccessLine.pseudonym(caller))","method":"\(known)",\
            "micros":\(spent.nanoseconds / 1_000),"route":"\(route)","status":\(status)}
            """
    }

    /// Methods of HTTP; whatever else somebody made up is "other".
    static func known(_ method: HTTPRequest.Method) -> String {
        let all: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        return all.contains(method) ? method.rawValue : "other"
    }

    /// SipHash under a key that is made when the process starts and kept nowhere: the same caller has the same word until then.
    static func pseudonym(_ caller: String) -> String {
        var hasher = Hasher()
        hasher.combine("caller")
        hasher.combine(caller)
        let text = String(UInt64(bitPattern: Int64(hasher.finalize())), radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
