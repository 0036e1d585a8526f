import NiangjiaCore

/// What the demo is asked for.
public struct DemoOptions: Sendable {
    public var folder: DataFolder
    public var members: Int
    public var stations: Int
    /// The folder with `config/` and `plugins/`; nil: found as `init` finds it.
    public var template: String?
    /// Whether the server is started afterwards.
    public var serve: Bool
    public var listen: String?
    /// In which the story is told.
    public var language = Language.zh

    /// 2,000 members and 48 stations where nothing is said.
    public init(
        folder: DataFolder, members: Int? = nil, stations: Int? = nil, template: String? = nil, serve: Bool = false,
        listen: String? = nil
    ) {
        self.folder = folder
        self.members = members ?? 2_000
        self.stations = stations ?? 48
        self.template = template
        self.serve = serve
        self.listen = listen
    }
}
