import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaDemo

/// The largest city, twice. Takes minutes: `make soak` runs it.
@Suite("The largest demo city", .enabled(if: ProcessInfo.processInfo.environment["NIANGJIA_SOAK"] == "1"))
struct DemoSoakTests {
    @Test("1,200,000 members and 3,000 stations: flat memory, every ID number once, the same bytes again")
    func largest() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("niangjia-soak-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let city = try DemoCity(seed: 990_100, members: 1_200_000, stations: 3_000)
        let before = try peakKilobytes()
        let began = Date()
        let written = try city.write(to: folder)
        let seconds = Date().timeIntervalSince(began)
        let grown = try peakKilobytes() - before
        #expect(grown < 64 * 1024, "memory grew by \(grown) KiB")
        print("soak: \(written.rows) in \(Int(seconds)) s, peak memory grew by \(grown) KiB")
        let file = folder.appendingPathComponent("people.csv")
        let first = try digest(of: file)
        #expect(first.numbers == written.rows["people.csv"])
        try city.write(to: folder)
        #expect(try digest(of: file).sum == first.sum)
    }

    /// The most memory that the process has had, from the kernel.
    private func peakKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber)))
    }

    /// FNV-1a of a file, and how many different ID numbers stand in its third column.
    private func digest(of url: URL) throws -> (sum: UInt64, numbers: Int) {
        let data = try Data(contentsOf: url, options: .alwaysMapped)
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        var numbers: Set<[UInt8]> = []
        var column = 0
        var cell: [UInt8] = []
        for byte in data {
            sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3
            if byte == 0x2C || byte == 0x0A {
                if column == 2, cell.count == 18 { numbers.insert(cell) }
                column = byte == 0x0A ? 0 : column + 1
                cell = []
            } else if column == 2 {
                cell.append(byte)
            }
        }
        return (sum, numbers.count)
    }
}
