import NiangjiaCore

/// Where a problem says that it is. This is the one rule for the whole API:
///
/// - a member of the JSON body by its JSON pointer (RFC 6901), the whole body by the empty one;
/// - what a request carries elsewhere by where that is and its name: `path:id`, `query:limit`, `header:If-Match`;
/// - a file by `file:line:column` or `sheet!cell`, as far as known, with a key behind `: `; the file that came as the body is `body`.
///
/// Ids of things are no places: they stand in the words.
enum ProblemPlace {
    /// A header.
    static func header(_ name: String) -> String { "header:\(name)" }

    /// A name in the query, one that the document doesn't know among them.
    static func query(_ name: String) -> String { "query:\(name.prefix(100))" }

    /// A place as an operation tells it, as the request says it; nil for what is neither in the request nor in a file.
    ///
    /// - Parameters:
    ///   - told: `/argument` of the operation with a pointer within it, or a place in a file.
    ///   - file: where the host put the file that came as the body.
    static func spelled(_ told: String, _ route: Route, file: String?) -> String? {
        if let file,
            let within = told.behind(file) ?? told.behind(file.split(separator: "/").last.map(String.init) ?? file)
        {
            return within.isEmpty ? "" : "body" + within
        }
        guard told.first == "/" else { return told.isEmpty || isInFile(told) ? told : nil }
        let argument = told.dropFirst().prefix { $0 != "/" }
        let rest = told.dropFirst(1 + argument.count)
        return route.parameters.first { $0.argument == argument }.map { $0.place + ($0.source == .body ? rest : "") }
    }

    /// Whether a place is in a file of the configuration, of a plugin, or one that somebody sent.
    static func isInFile(_ place: String) -> Bool {
        let file = place.firstRange(of: ": ").map { place[..<$0.lowerBound] } ?? place[...]
        let isPath = ["config/", "plugins/"].contains { file.hasPrefix($0) } && !file.contains(" ")
        return isPath || file.wholeMatch(of: /[^\/].*(:\d+(:\d+)?|:@\d+|![A-Z]+\d+)/) != nil
    }
}

extension Route.Parameter {
    /// Where it stands in a request.
    var place: String {
        switch source {
        case .path: "path:\(name)"
        case .query: ProblemPlace.query(name)
        case .body: "/" + JSONPointer.escaped(name)
        case .ifMatch: ProblemPlace.header(name)
        case .token: ProblemPlace.header("Authorization")
        case .content: ""
        }
    }
}

extension NiangjiaError {
    /// The same with its place as a request of a route says it.
    ///
    /// - Parameter file: where the host put the file that came as the body.
    func placed(_ route: Route, file: String? = nil) -> NiangjiaError {
        var told = self
        told.place = place.flatMap { ProblemPlace.spelled($0, route, file: file) }
        return told
    }
}

extension String {
    /// What follows a name that a place begins with; nil where it is another's.
    fileprivate func behind(_ name: String) -> Substring? { hasPrefix(name) ? dropFirst(name.count) : nil }
}
