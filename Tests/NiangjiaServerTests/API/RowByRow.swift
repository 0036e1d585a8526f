import NiangjiaCore

@testable import NiangjiaServer

extension TestCity {
    /// A list read in pages of one row, each from behind the row before: what the whole list is, where its pages are sound.
    ///
    /// - Parameter key: the member of a row by which the next page goes on.
    func rowByRow(
        _ operation: String, _ arguments: Value = .map([:]), by key: String, as account: String
    ) async throws -> [Value] {
        var (rows, asked) = ([Value](), arguments.map ?? [:])
        asked["limit"] = 1
        while let row = try await run(operation, .map(asked), as: account).answer?.list?.first, rows.count < 1_000 {
            rows.append(row)
            asked["after"] = row[key]
        }
        return rows
    }
}
