import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NiangjiaCore

/// Serves metrics, liveness and readiness on a private address of their own: a scrape costs nobody a place in the queue, and the
/// API's address tells no numbers.
struct MetricsServer: Sendable {
    let door: Door
    let address: ListenAddress
    let watch: any WatchedHost
    let isReady: @Sendable (Int) -> Void

    func run() async throws {
        let router = Router(context: BasicRequestContext.self)
        router.get("/metrics") { _, _ in
            let standing = door.standing
            let own = [
                Gauge("niangjia_http_connections", "Open connections.", Int64(standing.connections)),
                Gauge("niangjia_http_requests_at_work", "Requests that the host works on.", Int64(standing.atWork)),
                Gauge("niangjia_http_body_bytes", "Bytes of bodies in hand.", Int64(standing.bodies)),
                Gauge(
                    "niangjia_http_answer_bytes", "Bytes of answers that nobody has taken yet.", Int64(standing.answers)
                ),
            ]
            let text = await door.metrics.text(own + watch.gauges())
            return MetricsServer.fresh(
                Response(
                    status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: .init(byteBuffer: ByteBuffer(string: text))))
        }
        router.get("/livez") { _, _ in MetricsServer.fresh(WebAnswer(.ok, ["ok": true]).response) }
        router.get("/readyz") { _, _ in
            let found = await watch.readiness()
            return MetricsServer.fresh(
                WebAnswer(found.isReady ? .ok : .serviceUnavailable, found.value).response)
        }
        var logger = Logger(label: "metrics")
        logger.logLevel = .critical
        let (isReady, fallback) = (isReady, address.port)
        let app = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(address: .hostname(address.host, port: address.port), serverName: nil),
            onServerRunning: { channel in isReady(channel.localAddress?.port ?? fallback) }, logger: logger)
        try await app.run()
    }

    /// What is told is of this moment, and what its type says.
    private static func fresh(_ response: Response) -> Response {
        var response = response
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentTypeOptions] = "nosniff"
        return response
    }
}
