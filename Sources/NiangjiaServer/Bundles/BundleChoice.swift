import NiangjiaConfig
import NiangjiaCore

/// Which content somebody means: what is in force, what the folder holds, a bundle by its digest, another folder, or nothing.
struct BundleChoice: Sendable {
    var side: DiffSide
    /// For people: `生效中 3f2a91c0`.
    var words: LocalText
    /// The digest; `closed` for nothing.
    var digest: String

    var bundle: Bundle? { if case .bundle(let bundle) = side { bundle } else { nil } }

    /// What isn't there gives nothing: where its bundle lacks a program, this side is as if it were closed.
    func closed(without program: String) -> BundleChoice {
        guard let bundle, bundle.programs[program] == nil else { return self }
        var choice = self
        choice.side = .closed
        choice.words = LocalText(
            zh: "\(words.zh)(没有这个项目,按不开办计)", en: "\(words.en) (without the program: counted as closed)")
        return choice
    }

    /// A program that isn't open is decided for nobody.
    func closed(unlessOpen program: String) -> BundleChoice {
        guard let status = bundle?.programs[program]?.status, status != .open else { return self }
        let word = Operations.statusWord(status)
        var choice = self
        choice.side = .closed
        choice.words = LocalText(
            zh: "\(words.zh)(项目“\(word.zh)”,没有开放,按无人享受计)",
            en: "\(words.en) (the program is \(word.en): nobody is served)")
        return choice
    }

    /// Reads an argument: `active`, `folder`, `closed`, `then` (in force on the day that is asked about), or the beginning of a
    /// digest.
    static func named(_ text: String, _ call: Call) async throws -> BundleChoice {
        let bundles = call.host.bundles
        switch text {
        case "active":
            guard let bundle = try await bundles.activeIfAny() else {
                return BundleChoice(
                    side: .closed,
                    words: LocalText(zh: "(还没有生效的配置)", en: "(nothing is in force yet)"), digest: "closed")
            }
            return BundleChoice(
                side: .bundle(bundle),
                words: LocalText(
                    zh: "生效中 \(bundle.digest.prefix(12))", en: "in force \(bundle.digest.prefix(12))"),
                digest: bundle.digest)
        case "folder": return try await folder(call.host.folder.path, LocalText(zh: "文件夹", en: "the folder"), call)
        case "then":
            let day = try call.arguments.date("as_of") ?? call.host.clock.now().date
            guard let digest = try await bundles.digest(on: day) else {
                throw NiangjiaError(
                    .notFound, zh: "\(day) 还没有生效的配置。", en: "No bundle was in force on \(day) yet.", place: "/as_of")
            }
            let bundle = try await bundles.bundle(digest: digest)
            return BundleChoice(
                side: .bundle(bundle),
                words: LocalText(
                    zh: "\(day) 生效的 \(digest.prefix(12))", en: "in force on \(day) \(digest.prefix(12))"),
                digest: digest)
        case "closed": return BundleChoice(side: .closed, words: LocalText(zh: "不开办", en: "nothing"), digest: "closed")
        default:
            let bundle = try await bundles.bundle(digest: bundles.entry(text).digest)
            return BundleChoice(
                side: .bundle(bundle),
                words: LocalText(zh: "配置 \(bundle.digest.prefix(12))", en: "bundle \(bundle.digest.prefix(12))"),
                digest: bundle.digest)
        }
    }

    /// What a folder holds: valid, but not in force.
    static func folder(_ path: String, _ words: LocalText, _ call: Call) async throws -> BundleChoice {
        guard ConfigFolder.isThere(path) else {
            throw NiangjiaError(
                .notFound, zh: "没有文件夹 \(path),或其中没有 config/。",
                en: "There is no folder \(path), or it holds no config/.", place: path)
        }
        let files = try ConfigFolder.files(in: path)
        let reading = try await call.host.bundles.read(files)
        guard var bundle = reading.bundle, reading.report.isUsable else {
            throw reading.report.error
                ?? NiangjiaError(.configuration, zh: "配置有误。", en: "The configuration has mistakes.", place: path)
        }
        bundle.digest = call.host.bundles.loader.digest(of: files)
        return BundleChoice(
            side: .bundle(bundle),
            words: LocalText(
                zh: "\(words.zh) \(bundle.digest.prefix(12))", en: "\(words.en) \(bundle.digest.prefix(12))"),
            digest: bundle.digest)
    }
}
