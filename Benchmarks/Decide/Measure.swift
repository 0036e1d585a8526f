import Foundation
import LuaSandbox
import NiangjiaCore
import NiangjiaPlugins

/// One timed run.
struct Measure {
    let folder: String
    let facts: String

    private static let actor = Actor(account: "bench", role: "administrator")

    private func corridor() throws -> (Corridor, BenchCity, WorkerPool) {
        let city = try BenchCity(folder: folder)
        var configuration = PoolConfiguration()
        if let workers = ProcessInfo.processInfo.environment["WORKERS"].flatMap(Int.init) {
            configuration.batchWorkers = workers
        }
        let pool = WorkerPool(configuration: configuration)
        let bundle = Self.bundle(facts: facts)
        let corridor = Corridor(
            store: city.store, judge: LuaJudge(pool: pool), clock: city.clock, ids: city.ids, crypto: city.crypto,
            bundles: OneBundle(bundle: bundle))
        return (corridor, city, pool)
    }

    func decide() async throws {
        let start = Usage()
        let (corridor, city, pool) = try corridor()
        let report = try await corridor.decide(
            program: "cooling-\(facts)", asOf: CivilDate("2026-07-01"), by: Self.actor, progress: Self.progress)
        try await city.store.close()
        pool.shutdown()
        Self.tell(report.totals, start)
        let again = try BenchCity(folder: folder)
        let sizes = try await again.store.read { reader in
            try reader.first(
                "SELECT SUM(length(bytes) + length(COALESCE(wrapped_key, bytes))), SUM(length(lines)), SUM(length(COALESCE(outcomes, lines))) FROM run_block"
            ) { ($0.int(0), $0.int(1), $0.int(2)) } ?? (0, 0, 0)
        }
        let members = Double(max(report.totals.considered, 1))
        print(
            "journal_bytes_per_member=\(Double(sizes.0) / members) lines=\(Double(sizes.1) / members) outcomes=\(Double(sizes.2) / members)"
        )
        try await again.store.close()
    }

    func preview() async throws {
        let start = Usage()
        let (corridor, city, pool) = try corridor()
        let report = try await corridor.preview(
            program: "cooling-\(facts)", asOf: CivilDate("2026-07-01"), progress: Self.progress)
        try await city.store.close()
        pool.shutdown()
        Self.tell(report.totals, start)
        print("hash=\(report.contentHash)")
    }

    private static let progress: @Sendable (SweepProgress) -> Void = { step in
        guard ProcessInfo.processInfo.environment["PROGRESS"] != nil else { return }
        FileHandle.standardError.write(
            Data("\(step.phase) \(step.done) \(step.totals.granted) \(Usage().seconds)\n".utf8))
    }

    private static func tell(_ totals: SweepTotals, _ start: Usage) {
        let end = Usage()
        let seconds = String(format: "%.3f", end.seconds - start.seconds)
        let cpu = String(format: "%.3f", end.cpu - start.cpu)
        print(
            "count=\(totals.granted + totals.limited) total_fen=\(totals.amount.fen) considered=\(totals.considered) failed=\(totals.failed) "
                + "seconds=\(seconds) cpu_seconds=\(cpu) peak_rss_kb=\(end.peak)")
        print(totals.byReason.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
    }
}

/// Wall clock, CPU of this process and of the workers it has reaped, peak memory.
struct Usage {
    var seconds: Double
    var cpu: Double
    var peak: Int

    init() {
        seconds = Usage.now()
        cpu = 0
        peak = 0
        for who in [RUSAGE_SELF, RUSAGE_CHILDREN] {
            var usage = rusage()
            getrusage(Int32(who.rawValue), &usage)
            for time in [usage.ru_utime, usage.ru_stime] { cpu += Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
            peak = max(peak, usage.ru_maxrss)
        }
    }
}

extension Usage {
    /// Seconds of the machine's monotonic clock.
    static func now() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}

struct OneBundle: BundleSource {
    let bundle: NiangjiaCore.Bundle
    func active() async throws -> NiangjiaCore.Bundle { bundle }
    func bundle(digest: String) async throws -> NiangjiaCore.Bundle { bundle }
}

extension Measure {
    /// The reference's rule as a city would write it, over 5 facts, or reading 14.
    static func bundle(facts: String) -> NiangjiaCore.Bundle {
        var manifest = Manifest(
            id: "cooling-\(facts)", version: "1.0.0", api: 1, title: LocalText(zh: "夏送清凉", en: "Summer cooling"))
        manifest.settings = [
            Field("value", .money), Field("hardship", .money), Field("large_household", .money),
            Field("joined_by", .date),
        ]
        var form = FormDefinition(name: "package")
        form.by = ["batch"]
        form.population = Population(of: "persons")
        form.facts = FactRequest(
            subject: ["occupation", "joined_on", "member_status"], household: ["hardship_class", "size"],
            maybe: ["subject.joined_on", "subject.member_status"])
        if facts == "14" {
            form.facts.subject += [
                "sex", "birth_date", "employment_form", "skill_level", "hukou_area", "exposure", "is_verified",
            ]
            form.facts.household += ["yearly_income", "file_status"]
        }
        form.gives.kind = ["": .money]
        form.gives.to = ["": "subject"]
        manifest.forms = ["package": form]
        for code in ["NOT_ACTIVE", "JOINED_LATE", "NOT_OUTDOOR"] {
            manifest.reasons[code] = ReasonDefinition(text: LocalText(zh: code, en: code))
        }
        var program = Program(
            id: "cooling-\(facts)", plugin: "cooling-\(facts)", organization: "990100", series: "cooling-\(facts)",
            season: DateRange(
                from: CivilDate("2026-06-01") ?? CivilDate(days: 0), to: CivilDate("2026-09-30") ?? CivilDate(days: 0)))
        program.base.funding = [Funding(line: "cooling-2026")]
        program.base.pay.eachMax = Money(fen: 35_000)
        program.base.settings = [
            "value": 20_000, "hardship": 10_000, "large_household": 5_000, "joined_by": "2026-05-31",
        ]
        let source = rule.replacingOccurrences(of: "--TOUCH--", with: facts == "14" ? touching : "")
        var bundle = NiangjiaCore.Bundle(
            digest: "bench-\(facts)",
            city: CitySettings(name: LocalText(zh: "测试市", en: "Bench"), organization: "990100"))
        bundle.programs = [program.id: program]
        bundle.plugins = [manifest.id: Plugin(manifest: manifest, source: Array(source.utf8), digest: "bench-\(facts)")]
        return bundle
    }

    private static let rule = """
        local outdoor = {courier = true, rider = true, sanitation = true, construction = true, ride_hailing = true,
          trucker = true, gardener = true}
        function program.assess.package(facts, settings)
          local person, household = facts.subject, facts.household
          --TOUCH--
          if person.member_status ~= "active" then return refuse("NOT_ACTIVE") end
          if person.joined_on > settings.joined_by then return refuse("JOINED_LATE") end
          if not outdoor[person.occupation] then return refuse("NOT_OUTDOOR") end
          local fen = settings.value
          local class = household.hardship_class
          if class == "relative" or class == "deep" then fen = fen + settings.hardship end
          if person.occupation == "sanitation" and household.size >= 4 then fen = fen + settings.large_household end
          return grant(fen)
        end
        """
    /// Reads the facts beside the five that decide.
    private static let touching = """
        local sex, born, form, level = person.sex, person.birth_date, person.employment_form, person.skill_level
        local hukou, exposure, verified = person.hukou_area, person.exposure, person.is_verified
        local income, file = household.yearly_income, household.file_status
        """
}
