import Foundation
import NiangjiaCore
import NiangjiaDemo

/// The demo city's story: the main job from policy paper to payout, told while it happens.
///
/// Every chapter asks what is there already before it does anything: a demo that was killed goes on where it was, and a second
/// run only tells. The city has a clock of its own, which the story moves through a year, and says so.
public final class DemoStory: Sendable {
    let host: Host
    let city: DemoCity
    let clock: DemoClock
    let sink: any OutputSink
    /// What the story says itself.
    let output: Output
    let people: DemoPeople
    /// Where something came out otherwise than the story says.
    let surprises = Guarded<[String]>([])

    /// The password of every account of a demo city, which anybody may know.
    public static let password = "niangjia-demo"
    /// When the story begins: the enrolment of the year before.
    static let beginning = "2025-12-05T09:00:00+08:00"

    private init(host: Host, city: DemoCity, clock: DemoClock, sink: any OutputSink, language: Language) {
        self.host = host
        self.city = city
        self.clock = clock
        self.sink = sink
        output = Output(sink, language: language)
        people = DemoPeople(host: host)
    }

    /// Makes the city if need be, tells the story, and serves if asked to.
    public static func run(_ options: DemoOptions, to sink: any OutputSink) async throws {
        let output = Output(sink, language: options.language)
        let city = try DemoCity(members: options.members, stations: options.stations)
        let clock = try await prepare(options)
        let host = try await Host.open(options.folder, clock: clock)
        do {
            let story = DemoStory(host: host, city: city, clock: clock, sink: sink, language: options.language)
            try await story.tell(options)
            try await story.keepSessions()
            let replayable = try await story.replayable()
            if options.serve {
                output.line("")
                try await Server.serve(
                    host, listen: options.listen,
                    isReady: { story.tellAddresses(port: $0, replayable: replayable) }
                ) { output.line($0.zh, en: $0.en) }
            } else {
                story.tellAddresses(port: nil, replayable: replayable)
            }
        } catch {
            try? await host.close()
            throw error
        }
        try await host.close()
    }

    /// The folder with its configuration, its keys and its own clock.
    private static func prepare(_ options: DemoOptions) async throws -> DemoClock {
        if options.folder.exists {
            guard options.folder.isDemo, let clock = options.folder.clock() as? DemoClock else {
                throw NiangjiaError(
                    .conflict, zh: "这里是一个真实的城市,不能用来演示。", en: "This is a real city: it is no place for a demo.",
                    place: options.folder.path)
            }
            return clock
        }
        guard let start = Instant(beginning) else {
            throw NiangjiaError(.internal, zh: "演示的起始时间有误。", en: "The demo's beginning is wrong.")
        }
        let clock = DemoClock(at: start)
        try await City.make(options.folder, template: options.template, clock: clock) { new in
            try demoApproval(in: new)
            try demoSupplier(in: new)
            try new.save(clock)
        }
        return clock
    }

    /// A demo city's changes are active at once: one word of its own file, changed as an administrator would.
    private static func demoApproval(in folder: DataFolder) throws {
        let name = "config/niangjia.yaml"
        let bytes = [UInt8](FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data())
        try folder.writeConfiguration(
            name, try DemoText.settingApproval(String(decoding: bytes, as: UTF8.self), file: name))
    }

    /// The summer's goods come from a supplier, who is paid for them in the story.
    private static func demoSupplier(in folder: DataFolder) throws {
        let name = "config/programs/summer-cooling-2026.yaml"
        let bytes = [UInt8](FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data())
        try folder.writeConfiguration(
            name, try DemoText.settingSupplier(String(decoding: bytes, as: UTF8.self), file: name))
    }

    /// Signs this machine's user in as everybody, so that the commands that follow need only `--as`.
    private func keepSessions() async throws {
        let saved = SavedSessions(for: host.folder)
        for office in DemoPeople.offices {
            try saved.save(try await people.token(office.id), of: office.id, makesCurrent: office.id == "office")
        }
    }

    private func tell(_ options: DemoOptions) async throws {
        output.line(
            "娘家演示:示范市总工会,虚构的城市(区划代码 9901xx),\(options.members) 名会员,\(options.stations) 个站点。",
            en:
                "The demo: a fictional city (area codes 9901xx) with \(options.members) members and \(options.stations) stations."
        )
        output.line(
            "演示城市有自己的时钟,由故事拨动;除此以外都是真实的程序、数据库和工作进程。",
            en: "It has a clock of its own, which the story moves; all else is real: program, store, workers.")
        try await foundCity()
        try await importFiles()
        try await enrol()
        try await claims()
        try await summer()
        try await tuition()
        try await decideCooling()
        try await payTuition()
        try await settleGoods()
        try await afterwards()
        let wrong = surprises.withLock { $0 }
        guard wrong.isEmpty else {
            throw NiangjiaError(
                .conflict, zh: "演示结果与预期不符:\(wrong.joined(separator: ";"))",
                en: "The demo came out otherwise: \(wrong.joined(separator: "; "))")
        }
    }

    // MARK: The means of telling

    func chapter(_ number: Int, _ zh: String, _ en: String) {
        output.line("")
        output.line("【\(number)】\(zh)  \(en)  —— \(clock.now().date)", en: "[\(number)] \(en) - \(clock.now().date)")
    }

    /// Moves the city's clock to a day and keeps it, so that a killed demo goes on from there.
    func move(to day: String, minutes: Int = 9 * 60) throws {
        guard let date = CivilDate(day) else { return }
        try move(to: date, minutes: minutes)
    }

    func move(to date: CivilDate, minutes: Int = 9 * 60) throws {
        clock.move(to: Instant(date, minutes: minutes))
        try host.folder.save(clock)
    }

    /// Runs a command as somebody, showing its words, indented; returns its answer.
    @discardableResult
    func run(_ operation: String, _ arguments: Value, as account: String?) async throws -> Value {
        let collected = StorySink(sink)
        let credentials: Account? = if let account { try await people.account(account) } else { nil }
        try await Operations.perform(
            operation, arguments, on: host, as: credentials,
            output: Output(collected, language: output.language))
        return collected.answer ?? .null
    }
}

/// Indents what a command says within the story, and keeps its answer.
final class StorySink: OutputSink {
    private let sink: any OutputSink
    private let kept = Guarded<Value?>(nil)

    init(_ sink: any OutputSink) { self.sink = sink }

    func emit(_ event: OutputEvent) {
        switch event {
        case .line(let text): sink.emit(.line("    " + text))
        case .answer(let value): kept.withLock { $0 = value }
        default: sink.emit(event)
        }
    }

    var answer: Value? { kept.withLock { $0 } }
}
