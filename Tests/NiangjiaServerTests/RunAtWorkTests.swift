import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What a run is told to be while somebody works on it.
@Suite("Runs at work", .serialized) struct RunAtWorkTests {
    @Test("A run that is read while it begins, works and ends is never told as interrupted")
    func neverInterrupted() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let corridor = city.host.corridor
        let isOver = Guarded(false)
        let reading = Task {
            var states: Set<String> = []
            while !isOver.withLock({ $0 }) {
                for run in try await corridor.runs() { states.insert(run.state) }
                for run in try await corridor.openRuns() { states.insert(run.state) }
            }
            return states
        }
        for _ in 0..<2 {
            _ = try await city.run(
                "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        }
        isOver.withLock { $0 = true }
        let states = try await reading.value
        #expect(states.contains("applied") && !states.contains("interrupted"), "\(states)")
        try await city.host.close()
    }
}
