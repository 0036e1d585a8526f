import Foundation
import Testing

/// What is tolerated today, number by number, and may only shrink: `Tests/StyleTests/ratchet.txt`.
///
/// A number that has become smaller must be lowered in the file, one that has grown is a failure. `make ratchet` writes what
/// is there now; a review sees every line that grew.
struct Ratchet {
    static let url = Repository.root.appendingPathComponent("Tests/StyleTests/ratchet.txt")
    static let isUpdating = ProcessInfo.processInfo.environment["NIANGJIA_STYLE_UPDATE"] == "1"

    private static let heading =
        "# rule, place, number; see docs/ARCHITECTURE.md. Numbers only go down; `make ratchet` rewrites this file.\n"

    static func allowed(_ rule: String) -> [String: Int] {
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        var found: [String: Int] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: "\t").map(String.init)
            if words.count == 3, words[0] == rule, let number = Int(words[2]) { found[words[1]] = number }
        }
        return found
    }

    /// Compares what is there with what is tolerated, or writes it down.
    static func check(_ rule: String, _ found: [String: Int]) throws {
        if isUpdating { return try write(rule, found) }
        let allowed = allowed(rule)
        for (place, number) in found.sorted(by: { $0.key < $1.key }) {
            let most = allowed[place] ?? 0
            #expect(
                number <= most, "\(rule): \(place) has \(number), tolerated is \(most == 0 ? "none" : String(most))")
        }
        for (place, most) in allowed.sorted(by: { $0.key < $1.key }) {
            let number = found[place] ?? 0
            #expect(number >= most, "\(rule): \(place) is down to \(number); lower it in ratchet.txt (make ratchet)")
        }
    }

    private static let lock = NSLock()

    private static func write(_ rule: String, _ found: [String: Int]) throws {
        lock.lock()
        defer { lock.unlock() }
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        var lines = text.split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix("#") && !$0.hasPrefix(rule + "\t")
        }
        lines += found.map { "\(rule)\t\($0.key)\t\($0.value)" }
        try (heading + lines.sorted().joined(separator: "\n") + "\n").write(to: url, atomically: true, encoding: .utf8)
    }
}
