import NiangjiaCore

/// How much is told of each form where all are previewed in one sweep: what an earlier one took is missing from what a later one
/// begins with, so what isn't told of the one isn't told by way of the other (decision 0091).
struct TellingInTurn {
    let bundle: Bundle
    let rights: FactRights
    /// The plugins that nobody but who wrote them has read.
    let unread: Set<String>
    /// The plugin in the way, by what forms share: the lines of `program/form`, a program's ceiling, whom a series has served.
    private var closed: [String: String] = [:]

    init(_ bundle: Bundle, _ rights: FactRights, unread: Set<String>) {
        (self.bundle, self.rights, self.unread) = (bundle, rights, unread)
    }

    /// How much is told of the next form in the order of the sweep, and where no money is, the plugin that nobody has read.
    mutating func next(_ preview: ProgramPreview, _ form: FormDefinition, of kind: SubjectKind) -> (
        telling: Telling, inTheWay: String?
    ) {
        let program = bundle.programs[preview.program]
        let plugin = program?.plugin ?? ""
        let own = rights.telling(form, of: kind, in: bundle, plugin, isRead: !unread.contains(plugin))
        let shared = ["ceiling " + preview.program, "series \(program?.series ?? "")/\(preview.form)"]
        // Whoever may know everything everywhere is told all of every form: nothing is ever in their way.
        let before = (preview.after + shared).compactMap { closed[$0] }.first
        guard let inTheWay = own == .people ? plugin : before else { return (own, nil) }
        for key in shared + ["\(preview.program)/\(preview.form)"] where closed[key] == nil { closed[key] = inTheWay }
        return (.people, inTheWay)
    }
}
