import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("The access log's file") struct AccessLogFileTests {
    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    private func wait(until isThere: () -> Bool) async throws {
        for _ in 0..<500 where !isThere() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(isThere())
    }

    @Test("A folder that was taken away is made again; what can't be written is counted, and said once until it can be")
    func comesBack() async throws {
        let city = try await TestCity(approved: false)
        let said = Guarded<[String]>([])
        let folder = city.folder.path + "/log"
        let path = folder + "/access.jsonl"
        let log = try #require(
            try AccessLogFile(.file, in: city.folder) { line in said.withLock { $0.append(line.en) } })
        log.writer("1")
        try await wait { text(path) == "1\n" }
        try FileManager.default.removeItem(atPath: folder)
        log.writer("2")
        try await wait { text(path) == "2\n" }
        #expect(said.withLock { $0 }.isEmpty && log.dropped == 0)

        // A file where the folder was: nothing can be written, whoever the process runs as.
        try FileManager.default.removeItem(atPath: folder)
        try Data().write(to: URL(fileURLWithPath: folder))
        log.writer("3")
        try await wait { log.dropped == 1 }
        log.writer("4")
        try await wait { log.dropped == 2 }
        try await wait { said.withLock { $0.count } == 1 }
        #expect(said.withLock { $0[0] }.contains(path))

        try FileManager.default.removeItem(atPath: folder)
        log.writer("5")
        try await wait { text(path) == "5\n{\"dropped\":2}\n" }
        try await wait { said.withLock { $0.count } == 2 }
        let gauges = await HostWatch(city.host, log: log).gauges()
        #expect(gauges.first { $0.name == "niangjia_access_log_dropped_total" }?.value == 2)
        log.close()
        try await city.host.close()
    }

    @Test("Where it can't be written from the start, nothing is served")
    func fromTheStart() async throws {
        let city = try await TestCity(approved: false)
        try? FileManager.default.removeItem(atPath: city.folder.path + "/log")
        try Data().write(to: URL(fileURLWithPath: city.folder.path + "/log"))
        #expect(await code { _ = try AccessLogFile(.file, in: city.folder) { _ in } } == .store)
        try await city.host.close()
    }
}
