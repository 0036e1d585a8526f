import Foundation

/// The files of this repository as a style test sees them.
enum Repository {
    /// The folder of Package.swift, found from where this file was compiled.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    struct File {
        /// The path from the root, with slashes.
        var path: String
        var text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// The first folder below Sources.
        var room: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    }

    /// Text files below some folders, in the order of their paths. Folders that are not there hold none.
    static func files(below folders: [String], suffixes: [String]) -> [File] {
        var found: [File] = []
        for folder in folders {
            let url = root.appendingPathComponent(folder)
            guard let all = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil) else { continue }
            for case let item as URL in all where suffixes.contains(where: { item.lastPathComponent.hasSuffix($0) }) {
                guard !item.path.contains("/.build"), let text = try? String(contentsOf: item, encoding: .utf8) else {
                    continue
                }
                found.append(
                    File(path: String(item.standardizedFileURL.path.dropFirst(root.path.count + 1)), text: text))
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// Single files by path; those that are not there are left out.
    static func files(_ paths: [String]) -> [File] {
        paths.compactMap { path in
            (try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)).map {
                File(path: path, text: $0)
            }
        }
    }

    static let swift = files(below: ["Sources"], suffixes: [".swift"])
    static let sources = files(below: ["Sources"], suffixes: [".swift", ".c", ".h"])
}

/// Swift source with comments and the contents of strings blanked out, line by line: what is left is code.
enum CodeOnly {
    static func lines(_ text: String) -> [String] {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.code(until: nil)
        return String(decoding: scanner.out, as: UTF8.self).components(separatedBy: "\n")
    }

    /// What is left out: the strings of a source, each with the line in which it begins. What is put into one stands as `?`, a line that
    /// goes on as one.
    static func strings(_ text: String) -> [(line: Int, text: String)] {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.code(until: nil)
        return scanner.strings.map { ($0.line, String(decoding: $0.text, as: UTF8.self)) }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var at = 0
        var out: [UInt8] = []
        var strings: [(line: Int, text: [UInt8])] = []
        private var line = 1

        init(bytes: [UInt8]) { self.bytes = bytes }

        func has(_ text: StaticString, at place: Int) -> Bool {
            let count = text.utf8CodeUnitCount
            guard place + count <= bytes.count else { return false }
            return (0..<count).allSatisfy { bytes[place + $0] == text.utf8Start[$0] }
        }

        /// Steps over `count` bytes, keeping only line breaks.
        mutating func blank(_ count: Int) {
            for _ in 0..<count where at < bytes.count {
                out.append(bytes[at] == 0x0A ? 0x0A : 0x20)
                if bytes[at] == 0x0A { line += 1 }
                at += 1
            }
        }

        /// Copies code up to the end, or to the parenthesis that closes an interpolation.
        mutating func code(until close: UInt8?) {
            var depth = 0
            while at < bytes.count {
                if has("//", at: at) {
                    while at < bytes.count, bytes[at] != 0x0A { blank(1) }
                } else if has("/*", at: at) {
                    while at < bytes.count, !has("*/", at: at) { blank(1) }
                    blank(2)
                } else if let marks = openingMarks() {
                    string(marks: marks)
                } else {
                    let byte = bytes[at]
                    if byte == UInt8(ascii: "(") { depth += 1 }
                    if byte == UInt8(ascii: ")") {
                        if depth == 0, close != nil { return }
                        depth -= 1
                    }
                    if byte == 0x0A { line += 1 }
                    out.append(byte)
                    at += 1
                }
            }
        }

        /// The number of `#` before a quote that begins here; nil where none does.
        private func openingMarks() -> Int? {
            var count = 0
            while at + count < bytes.count, bytes[at + count] == UInt8(ascii: "#") { count += 1 }
            return at + count < bytes.count && bytes[at + count] == UInt8(ascii: "\"") ? count : nil
        }

        private func isEscape(marks: Int) -> Bool {
            guard bytes[at] == UInt8(ascii: "\\"), at + marks < bytes.count else { return false }
            return (0..<marks).allSatisfy { bytes[at + 1 + $0] == UInt8(ascii: "#") }
        }

        private mutating func string(marks: Int) {
            blank(marks)
            let isLong = has("\"\"\"", at: at)
            let quotes = isLong ? 3 : 1
            blank(quotes)
            let begun = line
            var content: [UInt8] = []
            defer { strings.append((begun, content)) }
            while at < bytes.count {
                if isEscape(marks: marks) {
                    let escaped = at + 1 + marks < bytes.count ? bytes[at + 1 + marks] : 0
                    let opens = escaped == UInt8(ascii: "(")
                    content.append(opens ? UInt8(ascii: "?") : escaped == 0x0A ? 0x20 : escaped)
                    blank(marks + 2)
                    if opens {
                        code(until: UInt8(ascii: ")"))
                        blank(1)
                    }
                } else if isLong ? has("\"\"\"", at: at) : bytes[at] == UInt8(ascii: "\"") {
                    blank(quotes + marks)
                    return
                } else if !isLong, bytes[at] == 0x0A {
                    return
                } else {
                    content.append(bytes[at])
                    blank(1)
                }
            }
        }
    }
}
