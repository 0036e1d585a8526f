import NiangjiaCore

extension PluginTestReport {
    /// The Test Anything Protocol, version 13: one point for each step of a case.
    public var tap: String { tap(.en) }

    /// The Test Anything Protocol with the failures told in a language.
    public func tap(_ language: Language) -> String {
        var out = "TAP version 13\n1..\(results.count)\n"
        for (n, result) in results.enumerated() {
            // `#` begins a directive, and a line break would begin another point.
            let title = result.title.replacing("#", with: "\\#").split(whereSeparator: \.isNewline).joined(
                separator: " ")
            out +=
                "\(result.passed ? "ok" : "not ok") \(n + 1) - \(plugin) \(result.id)"
                + (title.isEmpty ? "" : " \(title)") + "\n"
            for failure in result.failures {
                let words = "\(result.place): \(failure[language])".split(whereSeparator: \.isNewline)
                for line in words { out += "  # \(line)\n" }
            }
        }
        return out
    }

    /// JUnit's XML, as continuous integration reads it: a suite for the plugin, a test case for each step.
    public func junit(_ language: Language = .en) -> String {
        var out = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="\(results.count)" failures="\(failed)">
              <testsuite name="\(Self.xml(plugin))" tests="\(results.count)" failures="\(failed)" errors="0" skipped="0">

            """
        for result in results {
            let (file, line) = Self.split(result.place)
            let name = result.title.isEmpty ? result.id : "\(result.id) \(result.title)"
            out +=
                "    <testcase classname=\"\(Self.xml(plugin))\" name=\"\(Self.xml(name))\" file=\"\(Self.xml(file))\" line=\"\(line)\""
            guard !result.passed else {
                out += "/>\n"
                continue
            }
            let words = result.failures.map { $0[language] }
            out += ">\n      <failure message=\"\(Self.xml(words.first ?? ""))\">"
            out += Self.xml(words.map { "\(result.place): \($0)" }.joined(separator: "\n")) + "</failure>\n"
            out += "    </testcase>\n"
        }
        return out + "  </testsuite>\n</testsuites>\n"
    }

    /// `tests/a.yaml:12:5` → the file and the line.
    private static func split(_ place: String) -> (file: String, line: Int) {
        let pieces = place.split(separator: ":")
        return (pieces.first.map(String.init) ?? place, pieces.dropFirst().first.flatMap { Int($0) } ?? 0)
    }

    /// Text for XML: what its grammar has no character for is left out.
    private static func xml(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n": out += "&#10;"
            default: if scalar.value >= 0x20 || scalar == "\t" { out.unicodeScalars.append(scalar) }
            }
        }
        return out
    }
}
