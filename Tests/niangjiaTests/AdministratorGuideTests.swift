import Foundation
import NiangjiaCore
import Testing

/// The administrator's manual against the binary: no line of it is one that the binary doesn't know, and the year of money runs from
/// top to bottom.
@Suite(.serialized) struct AdministratorGuideTests {
    /// The fenced blocks of a kind (`sh`, `sh tour`), without their fences.
    private static func blocks(_ kinds: Set<String>) throws -> [[String]] {
        let text = try String(contentsOfFile: "\(Binary.root)/docs/administrator.md", encoding: .utf8)
        var found: [[String]] = []
        var block: (kind: String, lines: [String])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                if let ended = block, kinds.contains(ended.kind) { found.append(ended.lines) }
                block = block == nil ? (String(line.dropFirst(3)), []) : nil
            } else {
                block?.lines.append(line)
            }
        }
        return found
    }

    /// The commands of a line: comments left out, `a && b` taken apart, words in quotes kept together.
    private static func commands(_ line: String) -> [[String]] {
        var found: [[String]] = [[]]
        var word = ""
        var quote: Character?
        func end() {
            if !word.isEmpty { found[found.count - 1].append(word) }
            word = ""
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == " " {
                end()
            } else if character == "#", word.isEmpty {
                break
            } else {
                word.append(character)
            }
            if word == "&&" {
                word = ""
                found.append([])
            }
        }
        end()
        return found.filter { $0.first == "niangjia" }.map { Array($0.dropFirst()) }
    }

    @Test("Every command line of the manual is one that the binary understands", .timeLimit(.minutes(2)))
    func understood() throws {
        let binary = try Binary()
        // What would make, serve or replace a city stays unrun; its words are looked up in the help.
        let making: Set<String> = ["init", "demo", "serve", "backup", "restore"]
        let lines = try Self.blocks(["sh"]).flatMap(\.self).flatMap(Self.commands)
        #expect(lines.count > 100)
        for arguments in lines {
            let isMaking = making.contains(arguments.first ?? "")
            let ended = try binary.run(
                all: isMaking ? [arguments[0], "--help"] : arguments,
                environment: ["NIANGJIA_PASSWORD": "no city", "NIANGJIA_NEW_PASSWORD": "none either"])
            // Understood, and refused because there is no city, or no such file; a line that isn't understood is told how to use
            // the command.
            let isUnderstood = !ended.errors.contains("Usage: ") || ended.errors.contains("读不到")
            #expect(isMaking ? ended.status == 0 : isUnderstood, "\(arguments): \(ended.errors)")
        }
    }

    @Test("The year of money runs as it is printed", .timeLimit(.minutes(3)))
    func tour() throws {
        let binary = try Binary()
        let folder = binary.temporary.path
        let told = try binary.run("demo", "--members", "1000", "--data", "\(folder)/city")
        #expect(told.status == 0, "\(told.errors)")
        let script = try Self.blocks(["sh tour"]).flatMap(\.self).joined(separator: "\n")
        let process = binary.process([])
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", "set -euo pipefail\ncd '\(folder)'\nexec > said 2>&1\n\(script)\n"]
        var environment = process.environment ?? [:]
        environment["PATH"] =
            (Binary.path as NSString).deletingLastPathComponent + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        process.environment = environment
        try process.run()
        process.waitUntilExit()
        let said = (try? String(contentsOfFile: folder + "/said", encoding: .utf8)) ?? ""
        #expect(process.terminationStatus == 0, "\(said.suffix(2_000))")
        for words in [
            "待收回:99010100100001 10,200.00 元", "红字冲销 17,000.00 元", "收回配捐 30,000.00 元", "追回 2,000.00 元",
            "补发 300.00 元", "2026-06 已结账", "账目相符",
        ] { #expect(said.contains(words), "\(words)") }
    }
}
