import NiangjiaCore
import Testing

@testable import NiangjiaWeb

@Suite struct WebServerTests {
    /// A host that nobody asks: the server is not started here.
    private struct Closed: WebHost {
        func account(token: String) async throws -> Account { throw NiangjiaError(.unauthenticated, zh: "", en: "") }
        func check(_ operation: String, _ account: Account) throws {}
        var incoming: String { "/nowhere" }
        func largestFile(for operation: String) -> Int { 10 }
        func perform(_ operation: String, _ arguments: Value, as account: Account?, in language: Language) async throws
            -> Value
        { .null }
        func isInstant(_ operation: String) -> Bool { false }
        func instantly(_ operation: String) -> InstantWork? { nil }
        func once(
            _ key: String, _ request: [UInt8], of operation: String, as account: Account,
            _ work: @Sendable () async throws -> Value
        ) async throws -> (value: Value, isRepeated: Bool) { (.null, false) }
    }

    @Test(
        "Only this machine's own addresses are listened on",
        arguments: ["0.0.0.0:80", "10.0.0.1:80", "x", "127.0.0.1:99999", "::1:80"])
    func loopback(listen: String) {
        #expect(throws: NiangjiaError.self) { try WebServer(Closed(), listen: listen) { _ in } }
    }

    @Test("localhost and 127.x are taken", arguments: ["127.0.0.1:0", "localhost:8080"])
    func own(listen: String) throws {
        _ = try WebServer(Closed(), listen: listen) { _ in }
    }

    @Test("Codes have their statuses, and what nobody thought of is the host's fault")
    func statuses() {
        #expect(Problem.status(.invalid).code == 400)
        #expect(Problem.status(.unauthenticated).code == 401)
        #expect(Problem.status(.forbidden).code == 403)
        #expect(Problem.status(.notFound).code == 404)
        #expect(Problem.status(.conflict).code == 409)
        #expect(Problem.status(.busy).code == 503)
        #expect(Problem.status("locked_out").code == 429)
        #expect(Problem.status("something_new").code == 500)
    }

    @Test(
        "A wrong present password or code is a mistake in the body: no 401, which clients take for the end of the session"
    )
    func wrongPassword() {
        for (code, place) in [(NiangjiaError.Code.wrongPassword, "/password"), (.wrongCode, "/code")] {
            let answer = Problem(error: NiangjiaError(code, zh: "不对", en: "wrong", place: place), language: .en).answer
            #expect(answer.status == .unprocessableContent && answer.fields[.wwwAuthenticate] == nil)
        }
        let ended = Problem(error: NiangjiaError(.unauthenticated, zh: "", en: ""), language: .en).answer
        #expect(ended.status == .unauthorized && ended.fields[.wwwAuthenticate] == "Bearer")
    }

    @Test("Whoever finds the store busy is told when to come back")
    func busy() {
        let answer = Problem(error: NiangjiaError(StoreError.busy), language: .en).answer
        #expect(answer.status == .serviceUnavailable)
        #expect(answer.fields[.retryAfter] == "5")
        // A full disk is full for longer, and nobody's fault.
        let full = Problem(error: NiangjiaError(StoreError.full), language: .zh).answer
        #expect(full.status == .serviceUnavailable && full.fields[.retryAfter] == "60")
        #expect(full.fields[.contentType] == "application/problem+json")
    }

    @Test("No two routes are the same")
    func unique() {
        let names = Routes.all.map { "\($0.method) \($0.path)" }
        #expect(Set(names).count == names.count)
    }
}
