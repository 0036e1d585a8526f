import HTTPTypes
import Hummingbird
import NiangjiaCore

/// Problem details (RFC 9457). This is the only place where HTTP statuses are chosen.
struct Problem {
    var error: NiangjiaError
    var language: Language
    /// Whether the request was as the document says, and refused for what the document can't know: 422 instead of 400.
    var isUnderstood = false
    /// How whoever asks is to show who it is, where nobody is known.
    var challenge = "Bearer"
    /// The types that a body may have, where it had another.
    var taken: [String] = []

    /// The status for a code; a code that nobody has thought of is the host's fault.
    static func status(_ code: NiangjiaError.Code) -> HTTPResponse.Status {
        switch code {
        case .invalid: .badRequest
        case .unauthenticated, "second_factor_required": .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .conflict: .conflict
        case .stale: .preconditionFailed
        case "precondition_required": .preconditionRequired
        case .busy, .full: .serviceUnavailable
        // No 401: whoever is told so is signed in, and clients take that for the end of it.
        case .configuration, .wrongCode, .wrongPassword: .unprocessableContent
        case "locked": .serviceUnavailable
        case "locked_out", "rate_limited": .tooManyRequests
        case "insufficient_funds", "in_progress", "cut_off": .conflict
        case "too_large": .contentTooLarge
        case "uri_too_long": .uriTooLong
        case "must_enrol": .forbidden
        case "not_implemented": .notImplemented
        case "method_not_allowed": .methodNotAllowed
        case "not_acceptable": .notAcceptable
        case "unsupported_media_type": .unsupportedMediaType
        default: .internalServerError
        }
    }

    private var status: HTTPResponse.Status {
        isUnderstood && error.code == .invalid ? .unprocessableContent : Problem.status(error.code)
    }

    /// The problem as JSON.
    var value: Value {
        // What the host did wrong is for the log, not for whoever asked.
        [
            "type": .text("urn:niangjia:problem:\(error.code.rawValue)"), "title": .text(status.reasonPhrase),
            "status": .int(Int64(status.code)), "code": .text(error.code.rawValue),
            "detail": .text(CommandWords.spelled(error.message[language], language)),
            "place": error.place.map { .text($0) } ?? .null,
        ]
    }

    /// The problem as an answer.
    var answer: WebAnswer {
        var fields: HTTPFields = [.contentType: "application/problem+json", .contentLanguage: language.rawValue]
        if status == .unauthorized { fields[.wwwAuthenticate] = challenge }
        if let seconds = error.retryAfter {
            fields[.retryAfter] = "\(seconds)"
        } else if status == .serviceUnavailable || status == .tooManyRequests {
            fields[.retryAfter] = "5"
        }
        // What would have been taken (RFC 9110 §15.5.16).
        if status == .unsupportedMediaType, error.place == ProblemPlace.header("Content-Encoding") {
            fields[.acceptEncoding] = "identity"
        } else if status == .unsupportedMediaType, !taken.isEmpty {
            fields[.accept] = taken.joined(separator: ", ")
        }
        return WebAnswer(status, value, fields)
    }
}
