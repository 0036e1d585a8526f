import Foundation
import NiangjiaCore

/// `niangjia-soak [--evidence FOLDER] [--seed N] [CAMPAIGN …]`: long campaigns against the books. Also the processes that they
/// start and kill (`child-…`).
@main struct Soak {
    static func main() async throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "child-bank":
            let numbers = arguments[2...5].compactMap { Int($0) }
            return try await BankChild.run(arguments[1], numbers, seed: UInt64(arguments[6]) ?? 0)
        case "child-life":
            let (round, people) = (Int(arguments[2]) ?? 0, Int(arguments[3]) ?? 0)
            return try await LifeChild(arguments[1], round: round, people: people).run()
        case "child-correct":
            let city = try CorrectionCity(folder: arguments[1], people: Int(arguments[2]) ?? 0)
            try await city.correct()
            try await city.close()
            return say("end")
        case "child-import": return try await ImportChild.run(arguments[1], arguments[2])
        case "child-disk": return try await DiskChild.run(arguments[1], limit: Int(arguments[2]) ?? 0)
        default: break
        }
        var seed: UInt64 = 20_260_601
        var evidence: String?
        while let name = arguments.first, name.hasPrefix("--"), arguments.count >= 2 {
            if name == "--seed" { seed = UInt64(arguments[1]) ?? seed }
            if name == "--evidence" { evidence = arguments[1] }
            arguments.removeFirst(2)
        }
        let probe =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        var failed = false
        for campaign in campaigns(seed: seed, probe: probe)
        where arguments.isEmpty ? campaign.isAboutBooks : arguments.contains(campaign.name) {
            let start = ContinuousClock.now
            let findings = try await campaign.run()
            let took = start.duration(to: .now) / .seconds(1)
            print("\(campaign.name): \(findings.faults.isEmpty ? "ok" : "FAULTS") in \(Int(took)) s")
            for figure in findings.figures { print("  \(figure.name): \(figure.value)") }
            for fault in findings.faults { print("  !! \(fault)") }
            // What was found is told at once, also into a file.
            fflush(nil)
            failed = failed || !findings.faults.isEmpty
            if let evidence { try write(findings, named: campaign.name, into: evidence, seconds: took) }
        }
        exit(failed ? 1 : 0)
    }

    struct Campaign {
        var name: String
        /// Whether it is run when none is named.
        var isAboutBooks = true
        var run: () async throws -> Findings
    }

    static func campaigns(seed: UInt64, probe: String) -> [Campaign] {
        [
            Campaign(name: "bank") {
                try await BankCampaign(transfers: 100_000, kills: 60, seed: seed, probe: probe).run()
            },
            Campaign(name: "idempotency") { try await IdempotencyCampaign(keys: 10_000, seed: seed).run() },
            Campaign(name: "mutations") { try await MutationCampaign(mutations: 10_000, seed: seed).run() },
            Campaign(name: "verify") {
                let grants = ProcessInfo.processInfo.environment["GRANTS"].flatMap { Int($0) } ?? 100_000
                return try await VerifyCampaign(grants: grants, seed: seed).run()
            },
            Campaign(name: "life") { try await LifeCampaign(kills: 50, seed: seed, probe: probe).run() },
            Campaign(name: "correction") {
                try await CorrectionCampaign(kills: 10, seed: seed, probe: probe).run()
            },
            Campaign(name: "disk") { try await DiskCampaign(seed: seed, probe: probe).run() },
            Campaign(name: "batch", isAboutBooks: false) {
                let lines = ProcessInfo.processInfo.environment["LINES"].flatMap { Int($0) } ?? Batches.largestBatch
                let folder = URL(fileURLWithPath: probe).deletingLastPathComponent()
                return try await BatchCampaign(
                    lines: lines, seed: seed, binary: folder.appendingPathComponent("niangjia").path
                ).run()
            },
            Campaign(name: "import", isAboutBooks: false) {
                let rows = ProcessInfo.processInfo.environment["ROWS"].flatMap { Int($0) } ?? 1_000_000
                return try ImportCampaign(rows: rows, seed: seed, probe: probe).run()
            },
        ]
    }

    private static func write(_ findings: Findings, named name: String, into folder: String, seconds: Double) throws {
        let environment = ProcessInfo.processInfo.environment
        let text = findings.markdown(
            commit: environment["NIANGJIA_COMMIT"] ?? "unknown", machine: machine(),
            date: Instant(milliseconds: MachineClock().now().milliseconds).description, seconds: seconds)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: folder + "/\(name).md", atomically: true, encoding: .utf8)
    }

    /// Processor, cores and memory, as Linux tells them.
    private static func machine() -> String {
        let processors = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = processors.split(separator: "\n").first { $0.hasPrefix("model name") }
            .flatMap { $0.split(separator: ":").last }.map { $0.trimmingCharacters(in: .whitespaces) }
        let memory = Int(ProcessInfo.processInfo.physicalMemory >> 30)
        return
            "\(model ?? "unknown"), \(ProcessInfo.processInfo.processorCount) cores, \(memory) GiB, SQLite on the local disk"
    }
}
