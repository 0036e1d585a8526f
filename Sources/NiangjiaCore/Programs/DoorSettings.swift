/// What `config/niangjia.yaml` says about the network: who stands before the host, and how much it takes from whom.
public struct DoorSettings: Hashable, Sendable {
    /// Where a line about each request goes.
    public enum AccessLog: String, Hashable, Sendable {
        /// Nowhere.
        case off
        /// Standard error, for a supervisor that collects it.
        case stderr
        /// `log/access.jsonl` in the data folder; it is opened anew for each batch of lines, so logrotate may move it.
        case file
    }

    /// Addresses of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Without one the host listens on
    /// loopback only.
    public var proxies: [String]
    /// Web origins whose pages may call the API from a browser (CORS); none by default.
    public var origins: [String]
    /// Where Prometheus metrics are served, a private address: `127.0.0.1:9464`; nil: nowhere.
    public var metrics: String?
    /// Where a line about each request goes; a file by default.
    public var accessLog: AccessLog
    /// Roles that sign in with a second factor; none by default.
    public var secondFactor: [Role]
    /// How much is taken, and how long anything may last.
    public var limits: DoorLimits

    /// Loopback only, nobody believed, nothing shared.
    public init() {
        proxies = []
        origins = []
        metrics = nil
        accessLog = .file
        secondFactor = []
        limits = DoorLimits()
    }
}

/// The front door's limits and deadlines, each with its default. What an administrator would want to change is set by `limits:`
/// in `config/niangjia.yaml`; the others are fixed.
public struct DoorLimits: Hashable, Sendable {
    /// The head of a request: all its header fields together, in bytes.
    public var headBytes = 16 << 10
    /// Header fields of one request.
    public var headFields = 64
    /// A request's path with its query, in bytes.
    public var pathBytes = 4 << 10
    /// From the opening of a connection to the end of its first request's head.
    public var headTime = Duration.seconds(10)
    /// A connection that waits for its next request: `idle_seconds`.
    public var idleTime = Duration.seconds(30)
    /// A JSON body, in bytes.
    public var bodyBytes = 1 << 20
    /// Any body, a file's included, in bytes; what follows is not read.
    public var largestBytes = 201 << 20
    /// A body may take so long, and a second more for each ``bodyRate`` bytes that have come: `body_seconds`.
    public var bodyTime = Duration.seconds(20)
    /// Bytes in a second below which a body is too slow.
    public var bodyRate = 16 << 10
    /// Bodies that are being received, all together, in bytes.
    public var bodiesBytes = 64 << 20
    /// The same for one client.
    public var bodiesBytesByClient = 8 << 20
    /// A body that may come before anybody has looked at who sends it, in bytes.
    public var strangerBytes = 16 << 10
    /// Files that came in and aren't dealt with yet, all together, in bytes.
    public var spooledBytes = 4 << 30
    /// The same for one account.
    public var spooledBytesByAccount = 512 << 20
    /// Streams of events that are open.
    public var streams = 128
    /// The same for one account.
    public var streamsByAccount = 8
    /// Whoever takes less of an answer than ``answerRate`` for so long is cut off: `answer_seconds`.
    public var answerTime = Duration.seconds(20)
    /// Bytes in a second below which an answer is taken too slowly.
    public var answerRate = 1 << 10
    /// Answers that wait to be taken, all together, in bytes; beyond it whoever has taken nothing for longest is ended.
    public var answersBytes = 64 << 20
    /// The same for one client: then its own are ended.
    public var answersBytesByClient = 16 << 20
    /// Connections in all: `connections`.
    public var connections = 2_048
    /// Connections of one address, a proxy's excepted: `connections_by_client`.
    public var connectionsByClient = 256
    /// Requests at work in all: `requests_at_once`.
    public var atOnce = 256
    /// Requests at work for one address: `requests_by_client`.
    public var atOnceByClient = 64
    /// Requests of an account in a minute: `requests_per_minute`. A sixth of it may come in a burst.
    public var perMinute = 1_200
    /// Requests in a minute of one address that doesn't say who it is: `anonymous_per_minute`.
    public var anonymousPerMinute = 6_000
    /// Attempts to sign in of one address in a minute: `sign_ins_per_minute`. A sixth of it may come in a burst.
    public var signInsPerMinute = 60
    /// What a device scans in a minute, deliveries and applications: `scans_per_minute`.
    public var scansPerMinute = 30
    /// The same in an hour: `scans_per_hour`.
    public var scansPerHour = 600
    /// Nested lists and objects in a JSON body.
    public var jsonDepth = 16
    /// Characters of one text in a body, a path or a query.
    public var textLength = 20_000
    /// Members and items of a JSON body, all together.
    public var jsonItems = 20_000

    /// The defaults.
    public init() {}
}
