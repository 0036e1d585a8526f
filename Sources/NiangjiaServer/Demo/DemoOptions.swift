import NiangjiaCore

/// What the demo is asked for.
public struct DemoOptions: Sendable {
    public var folder: DataFolder
    public var members: Int
    public var stations: Int
    public var template: String?
    public var serve: Bool
    public var listen: String?

    /// 2,000 members and 48 stations where nothing is said.
    public init(folder: DataFolder, members: Int?, stations: Int?, template: String?, serve: Bool, listen: String?) {
        self.folder = folder
        self.members = members ?? 2_000
        self.stations = stations ?? 48
        self.template = template
        self.serve = serve
        self.listen = listen
    }
}

/// The story.
public enum DemoStory {
    public static func run(_ options: DemoOptions, to sink: any OutputSink) async throws {}
}
