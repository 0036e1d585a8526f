import HTTPTypes
import Hummingbird
import Logging

/// What hummingbird itself costs: one route, one fixed answer as large as five stations, nothing before it and nothing behind
/// (job 3 of the reference programs).
@main
struct Main {
    static func main() async throws {
        let station = """
            {"id":1,"name":"西湖1号爱心驿站","lat":30.250001,"lon":120.170001,"address":"西湖区文一路100号","hours":"08:00-20:00","distance_m":100}
            """
        let stations = [String](repeating: station, count: 5).joined(separator: ",")
        let body = ByteBuffer(string: "{\"stations\":[\(stations)]}")
        let router = Router(context: BasicRequestContext.self)
        router.get("/static") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
        }
        var logger = Logger(label: "bare")
        logger.logLevel = .critical
        let app = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 18_098)), logger: logger)
        try await app.run()
    }
}
