import HTTPTypes
import Hummingbird
import NIOCore
import NiangjiaCore

/// Progress as server-sent events: an operation is asked again and again, and what has changed is sent, until its answer says that
/// it is over (`is_ended`).
enum EventStream {
    /// How often the operation is asked.
    private static let interval = Duration.milliseconds(500)
    /// A comment is sent where nothing else was for so long, so that nobody in between hangs up.
    private static let quiet = 20
    /// After so many askings (ten minutes) the stream ends; a client comes back by itself.
    private static let longest = 1200

    /// - Parameter first: the operation's first answer: whoever may not see it has been told so already.
    static func response(_ first: Value, _ language: Language, again: @escaping @Sendable () async throws -> Value)
        -> Response
    {
        let body = ResponseBody { writer in
            try await writer.write(text("retry: 2000\n\n" + event(first, n: 1)))
            var last = first
            var (n, silent) = (1, 0)
            for _ in 0..<longest where last["is_ended"].bool != true {
                try await Task.sleep(for: interval)
                let next: Value
                do {
                    next = try await again()
                } catch {
                    let failure = Problem(error: NiangjiaError(error), language: language).value
                    try await writer.write(text("event: error\ndata: \(failure.json)\n\n"))
                    break
                }
                silent += 1
                if next != last {
                    (n, silent) = (n + 1, 0)
                    last = next
                    try await writer.write(text(event(next, n: n)))
                } else if silent >= quiet {
                    silent = 0
                    try await writer.write(text(": \n\n"))
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: body)
    }

    private static func event(_ value: Value, n: Int) -> String {
        "id: \(n)\nevent: \(value["is_ended"].bool == true ? "ended" : "progress")\ndata: \(value.json)\n\n"
    }

    private static func text(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }
}
