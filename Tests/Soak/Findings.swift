import Foundation

/// What a campaign found: figures, and faults if there are any.
struct Findings: Sendable {
    var campaign: String
    var seed: UInt64
    var figures: [Figure] = []
    var faults: [String] = []

    struct Figure: Sendable {
        var name: String
        var value: String
    }

    init(_ campaign: String, seed: UInt64) {
        self.campaign = campaign
        self.seed = seed
    }

    mutating func add(_ name: String, _ value: some CustomStringConvertible) {
        figures.append(Figure(name: name, value: value.description))
    }

    /// Notes a fault unless something holds; the first fifty are kept.
    mutating func require(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds, faults.count < 50 { faults.append(fault()) }
    }

    func figure(_ name: String) -> Int? { figures.first { $0.name == name }.flatMap { Int($0.value) } }

    /// For `docs/evidence`: says what was measured, where, and with which seed.
    func markdown(commit: String, machine: String, date: String, seconds: Double) -> String {
        var lines = [
            "# \(campaign)", "", "Written by `niangjia-soak`; nobody edits it.", "", "| | |", "|---|---|",
            "| commit | \(commit) |", "| date | \(date) |", "| machine | \(machine) |", "| seed | \(seed) |",
            "| seconds | \(Int(seconds.rounded(.up))) |", "", "## counts", "", "| | |", "|---|---|",
        ]
        lines += figures.map { "| \($0.name) | \($0.value) |" }
        lines += ["", faults.isEmpty ? "No fault was found." : "## faults\n"] + faults.map { "* \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
