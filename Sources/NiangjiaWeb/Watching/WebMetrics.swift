import HTTPTypes
import NiangjiaCore

/// Counts of requests, for Prometheus (text format 0.0.4). Labels are routes of the table, methods and statuses: nothing that a
/// client can make up, and nobody's.
final class WebMetrics: Sendable {
    /// Upper bounds of the latency histogram in microseconds.
    static let bounds: [Int64] = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000,
    ]

    private struct Route {
        var byStatus: [Int: Int64] = [:]
        var buckets = [Int64](repeating: 0, count: WebMetrics.bounds.count + 1)
        var micros: Int64 = 0
    }

    private struct Key: Hashable {
        var method: HTTPRequest.Method
        var route: String
    }

    private struct State {
        var routes: [Key: Route] = [:]
        var refused: Int64 = 0
        var cutOff: Int64 = 0
    }

    private let state = Guarded(State())

    /// A request has its answer.
    func count(_ method: HTTPRequest.Method, _ route: String, _ status: Int, nanoseconds: Int64) {
        let micros = nanoseconds / 1_000
        let bucket = WebMetrics.bounds.firstIndex { micros <= $0 } ?? WebMetrics.bounds.count
        // A method that nobody knows leads to no route.
        let key = Key(method: route == "other" ? .get : method, route: route)
        state.withLock { state in
            state.routes[key, default: Route()].byStatus[status, default: 0] += 1
            state.routes[key]?.buckets[bucket] += 1
            state.routes[key]?.micros += micros
        }
    }

    /// A connection was turned away.
    func refused() { state.withLock { $0.refused += 1 } }

    /// A connection was ended for being slow.
    func cutOff() { state.withLock { $0.cutOff += 1 } }

    /// Everything as Prometheus reads it.
    func text(_ gauges: [Gauge]) -> String {
        let state = state.withLock { $0 }
        var out = ""
        let routes = state.routes.sorted {
            ($0.key.route, $0.key.method.rawValue) < ($1.key.route, $1.key.method.rawValue)
        }
        out += "# HELP niangjia_http_requests_total Requests answered, by route and status.\n"
        out += "# TYPE niangjia_http_requests_total counter\n"
        for (key, route) in routes {
            for (status, count) in route.byStatus.sorted(by: { $0.key < $1.key }) {
                out +=
                    "niangjia_http_requests_total{\(WebMetrics.labels(key.method, key.route)),status=\"\(status)\"} \(count)\n"
            }
        }
        out += "# HELP niangjia_http_request_seconds Time from a request's head to its answer.\n"
        out += "# TYPE niangjia_http_request_seconds histogram\n"
        for (key, route) in routes {
            let labels = WebMetrics.labels(key.method, key.route)
            var sum: Int64 = 0
            for (index, count) in route.buckets.enumerated() {
                sum += count
                let bound = index < WebMetrics.bounds.count ? WebMetrics.seconds(WebMetrics.bounds[index]) : "+Inf"
                out += "niangjia_http_request_seconds_bucket{\(labels),le=\"\(bound)\"} \(sum)\n"
            }
            out += "niangjia_http_request_seconds_sum{\(labels)} \(WebMetrics.seconds(route.micros))\n"
            out += "niangjia_http_request_seconds_count{\(labels)} \(sum)\n"
        }
        let own = [
            Gauge(
                "niangjia_http_connections_refused_total", "Connections turned away for want of room.", state.refused,
                counter: true),
            Gauge(
                "niangjia_http_connections_cut_off_total", "Connections ended for being slow or silent.", state.cutOff,
                counter: true),
        ]
        return out + WebMetrics.text(of: own + gauges)
    }

    private static func text(of gauges: [Gauge]) -> String {
        var out = ""
        var told: Set<String> = []
        for gauge in gauges.sorted(by: { ($0.name, $0.label?.value ?? "") < ($1.name, $1.label?.value ?? "") }) {
            if told.insert(gauge.name).inserted {
                out +=
                    "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) \(gauge.isCounter ? "counter" : "gauge")\n"
            }
            let label = gauge.label.map { "{\($0.name)=\"\(escaped($0.value))\"}" } ?? ""
            out += "\(gauge.name)\(label) \(gauge.value)\n"
        }
        return out
    }

    private static func labels(_ method: HTTPRequest.Method, _ route: String) -> String {
        "method=\"\(escaped(method.rawValue))\",route=\"\(escaped(route))\""
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// Microseconds as decimal seconds, exactly.
    private static func seconds(_ micros: Int64) -> String {
        let whole = micros / 1_000_000
        var rest = String(micros % 1_000_000)
        rest = String(repeating: "0", count: 6 - rest.count) + rest
        while rest.hasSuffix("0") { rest.removeLast() }
        return rest.isEmpty ? "\(whole)" : "\(whole).\(rest)"
    }
}
