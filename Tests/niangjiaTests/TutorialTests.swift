import Foundation
import NiangjiaCore
import Testing

/// The tutorial, run from top to bottom with the real binary, as a newcomer would.
@Suite(.serialized) struct TutorialTests {
    /// What a newcomer does: run a block, or write a file; and what is then to be seen.
    private enum Step {
        case run(String)
        case write(path: String, String)
        case see([String])
    }

    private static func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Binary.root)/docs/\(name)", encoding: .utf8)
    }

    /// The fenced blocks of a page; a path in backquotes on a line of its own names the file of the next one.
    private static func steps(_ text: String) -> [Step] {
        var found: [Step] = []
        var path: String?
        var block: (kind: String, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                guard let ended = block else {
                    block = (String(line.dropFirst(3)), [])
                    continue
                }
                let content = ended.lines.joined(separator: "\n") + "\n"
                if let file = path {
                    found.append(.write(path: file, content))
                } else if ended.kind == "sh" {
                    found.append(.run(content))
                } else if ended.kind == "text" {
                    found.append(.see(ended.lines.map(String.init)))
                }
                (path, block) = (nil, nil)
            } else if block != nil {
                block?.lines.append(line)
            } else if line.count > 2, line.hasPrefix("`"), line.hasSuffix("`"), line.contains("/") {
                path = String(line.dropFirst().dropLast())
            }
        }
        return found
    }

    @Test("Both languages hold the same commands and files but for words")
    func same() throws {
        let zh = Self.steps(try Self.text("tutorial.zh-CN.md"))
        let en = Self.steps(try Self.text("tutorial.md"))
        func outline(_ steps: [Step]) -> [String] {
            steps.compactMap { step in
                switch step {
                case .run(let script): script.replacingOccurrences(of: " NIANGJIA_LANGUAGE=en", with: "")
                case .write(let path, let content):
                    path.hasSuffix(".lua") || path.contains("programs/") ? path + content : path
                case .see: nil
                }
            }
        }
        #expect(outline(zh) == outline(en))
        #expect(zh.count > 14)
    }

    @Test(
        "Every step works as it is printed, and shows what the page says", .timeLimit(.minutes(5)),
        arguments: ["tutorial.zh-CN.md", "tutorial.md"])
    func works(page: String) throws {
        let binary = try Binary()
        let folder = binary.temporary.path
        let steps = Self.steps(try Self.text(page))
        var script = "set -euo pipefail\ncd '\(folder)'\n"
        for (n, step) in steps.enumerated() {
            switch step {
            case .run(let commands): script += "exec > 'said.\(n)' 2>&1\n\(commands)"
            case .write(let path, let content): script += "cat > '\(path)' <<'END_OF_FILE'\n\(content)END_OF_FILE\n"
            case .see: break
            }
        }
        let process = binary.process([])
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script]
        var environment = process.environment ?? [:]
        environment["PATH"] =
            (Binary.path as NSString).deletingLastPathComponent + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        environment["NIANGJIA_TEMPLATE"] = Binary.root
        environment["NIANGJIA_DATA"] = nil
        process.environment = environment
        let log = binary.temporary.file("log")
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = FileHandle(forWritingAtPath: log)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
        var said = ""
        for (n, step) in steps.enumerated() {
            switch step {
            case .run: said = (try? String(contentsOfFile: "\(folder)/said.\(n)", encoding: .utf8)) ?? ""
            case .see(let lines):
                for line in lines { #expect(said.contains(line), "\(page) step \(n): \(line)\n\(said)") }
            case .write: break
            }
        }
    }
}
