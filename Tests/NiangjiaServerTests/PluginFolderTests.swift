import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// What `plugin check` reads is what a bundle would hold.
@Suite struct PluginFolderTests {
    @Test(
        "A link that leads out of the plugin's folder isn't followed; one within it is",
        arguments: ["main.lua", "plugin.yaml"])
    func links(_ name: String) throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.file("plugins/care")
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for file in ["main.lua", "plugin.yaml"] where file != name {
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
        }
        let outside = temporary.file("secret")
        try Data("outside".utf8).write(to: URL(fileURLWithPath: outside))
        try manager.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: outside)
        do {
            _ = try PluginFolder(folder, data: temporary.file("")).sources()
            Issue.record("a link out of the folder was followed")
        } catch let error as NiangjiaError {
            #expect(error.code == .configuration && error.place == "plugins/care/\(name)", "\(error)")
        }
        try manager.removeItem(atPath: "\(folder)/\(name)")
        try Data("inside".utf8).write(to: URL(fileURLWithPath: "\(folder)/real"))
        try manager.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "real")
        let sources = try PluginFolder(folder, data: temporary.file("")).sources()
        #expect(sources["plugins/care/\(name)"] == Array("inside".utf8))
    }
}
