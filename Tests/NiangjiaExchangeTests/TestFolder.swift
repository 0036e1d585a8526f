import Foundation

/// A folder that goes when the test ends.
final class TestFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "niangjia-exchange-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file of bytes and returns its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let whole = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: whole))
        return whole
    }

    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    func bytes(_ path: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) }
}
