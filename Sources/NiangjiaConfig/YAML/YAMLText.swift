import CYAML
import NiangjiaCore

/// Checks of the bytes before they are parsed, and libyaml's errors in an administrator's words.
enum YAMLText {
    static func check(_ bytes: [UInt8], limits: YAMLLimits) throws(YAMLFault) {
        guard bytes.count <= limits.maxBytes else {
            throw YAMLFault(
                mark: .start,
                message: LocalText(
                    zh: "文件超过 \(limits.maxBytes / 1024) KiB",
                    en: "the file is larger than \(limits.maxBytes / 1024) KiB"))
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw YAMLFault(
                mark: firstInvalid(bytes),
                message: LocalText(zh: "不是 UTF-8 文本,请另存为 UTF-8", en: "not UTF-8 text; save the file as UTF-8"))
        }
        var line = 1
        var atStart = true
        var column = 1
        for byte in bytes {
            switch byte {
            case 0x0A:
                line += 1
                column = 0
                atStart = true
            case 0x09 where atStart:
                throw YAMLFault(
                    mark: YAMLMark(line: line, column: column, offset: 0),
                    message: LocalText(zh: "缩进用了制表符(Tab),请改用空格", en: "indented with a tab; use spaces"))
            case 0x20: break
            default: atStart = false
            }
            column += 1
        }
    }

    /// The line of the first byte that is not UTF-8.
    private static func firstInvalid(_ bytes: [UInt8]) -> YAMLMark {
        var line = 1
        for piece in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: piece, as: UTF8.self) == nil { break }
            line += 1
        }
        return YAMLMark(line: line, column: 1, offset: 0)
    }

    static func fault(of parser: yaml_parser_t) -> YAMLFault {
        let problem = parser.problem.map { String(cString: $0) } ?? "unreadable"
        let isReader = parser.error == YAML_READER_ERROR
        let mark = isReader ? YAMLMark.start : YAMLMark(parser.problem_mark)
        return YAMLFault(mark: mark, message: LocalText(zh: chinese[problem] ?? "YAML 写法有误(\(problem))", en: problem))
    }

    /// Blanks that indent nothing: they are taken for letters of what follows.
    private static let blanks: [Character: (zh: String, en: String)] = [
        "\u{3000}": ("全角空格", "full-width blank"), "\u{A0}": ("不间断空格", "no-break blank"),
        "\u{202F}": ("不间断空格", "no-break blank"),
    ]

    /// A key that begins with such a blank; nil for any other.
    static func blank(before text: String, isPlain: Bool, at mark: YAMLMark) -> YAMLFault? {
        guard isPlain, let first = text.first, let words = blankWords(first, line: mark.line) else { return nil }
        return YAMLFault(mark: mark, message: words)
    }

    private static func blankWords(_ blank: Character, line number: Int) -> LocalText? {
        blanks[blank].map { name in
            LocalText(
                zh: "第\(number)行缩进用了\(name.zh),请改用英文空格", en: "line \(number) is indented with a \(name.en); use spaces")
        }
    }

    /// What a line was most likely meant to be: other blanks in its indentation, or no blank behind a key's colon.
    private static func slip(in line: String, line number: Int) -> LocalText? {
        if let blank = line.prefix(while: { $0 == " " || blanks[$0] != nil }).first(where: { $0 != " " }) {
            return blankWords(blank, line: number)
        }
        guard let match = line.wholeMatch(of: /\s*(?:- )?([A-Za-z_][A-Za-z0-9_-]*):([^\s:\/].*)/) else { return nil }
        let (key, rest) = (match.1, match.2.prefix(20))
        return LocalText(
            zh: "第\(number)行的冒号后缺少空格,请写“\(key): \(rest)”",
            en: "line \(number) has no blank behind its colon; write “\(key): \(rest)”")
    }

    /// Adds what a person most likely typed: Chinese punctuation, other blanks, or a colon without its space.
    static func explain(_ fault: YAMLFault, in bytes: [UInt8]) -> YAMLFault {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for number in [fault.mark.line, fault.mark.line - 1] where lines.indices.contains(number - 1) {
            let line = String(lines[number - 1])
            if let words = slip(in: line, line: number) {
                return YAMLFault(mark: YAMLMark(line: number, column: 1, offset: 0), message: words)
            }
            guard let hint = placeholder(in: line) ?? hint(for: line, line: number) else { continue }
            return YAMLFault(
                mark: fault.mark,
                message: LocalText(zh: fault.message.zh + ";" + hint.zh, en: fault.message.en + "; " + hint.en))
        }
        return fault
    }

    /// `{zh-CN: 最多{most:money}元}`: the braces of a placeholder end a text that has no quotes.
    private static func placeholder(in line: String) -> LocalText? {
        for match in line.matches(of: /\{[a-z][a-z0-9_]*:[a-z]+\}/) {
            let before = line[..<match.range.lowerBound]
            // Between quotes it is a text as any other.
            guard before.count(where: { $0 == "\"" }) % 2 == 0, before.count(where: { $0 == "'" }) % 2 == 0 else {
                continue
            }
            let name = line[match.range]
            return LocalText(
                zh: "文字中有占位符 \(name) 时,请把整段文字加英文引号,如 \"… \(name) …\"",
                en: "a text with a placeholder like \(name) needs quotes around all of it: \"… \(name) …\"")
        }
        return nil
    }

    static func hint(for line: String, line number: Int) -> LocalText? {
        let marks: [(Character, String)] = [
            ("\u{FF1A}", ": "), ("\u{FF0C}", ", "), ("\u{3010}", "["), ("\u{3011}", "]"), ("\u{201C}", "\""),
            ("\u{201D}", "\""),
        ]
        guard let body = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first else {
            return nil
        }
        for (wrong, right) in marks where body.contains(wrong) {
            return LocalText(
                zh: "第\(number)行有中文标点“\(wrong)”,请改为英文“\(right)”",
                en: "line \(number) has the Chinese mark “\(wrong)”; write “\(right)”")
        }
        return nil
    }

    private static let chinese: [String: String] = [
        "could not find expected ':'": "缺少冒号“: ”(冒号后须有空格)",
        "mapping values are not allowed in this context": "这里不能再写“键: 值”,请检查上一行的缩进或引号",
        "did not find expected key": "缩进不齐,或少了键名",
        "did not find expected '-' indicator": "列表项没有对齐,或少了“- ”",
        "did not find expected ',' or ']'": "列表 [ ] 没有写完,缺少逗号或 ]",
        "did not find expected ',' or '}'": "表 { } 没有写完,缺少逗号或 }",
        "did not find expected node content": "这里缺少内容",
        "found character that cannot start any token": "有不能用在这里的字符(如 @、` 或制表符),请加引号",
        "found unexpected end of stream": "文件不完整(引号没有结束)",
        "found unexpected document indicator": "引号没有结束",
        "block sequence entries are not allowed in this context": "这里不能写“- ”列表项,请检查缩进",
        "found undefined tag handle": "不支持 ! 标签",
        "control characters are not allowed": "有不可见的控制字符",
    ]
}
