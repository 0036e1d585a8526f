import NiangjiaCore

/// Slips of people who write another language most days, and names of Lua that a rule doesn't have.
extension SourceScan {
    static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]

    /// What to do instead of a name that isn't here.
    private static let instead: [String: LocalText] = [
        "os": LocalText(zh: "日期用 context.on", en: "for the date there is context.on"),
        "print": LocalText(
            zh: "要说明什么,写成原因,如 review(代码, 参数)", en: "to tell something, give a reason such as review(code, params)"),
        "pcall": LocalText(zh: "出错即这次裁定失败,由主机处理", en: "an error fails this decision, and the host deals with it"),
        "require": LocalText(zh: "规则只有 main.lua 一个文件", en: "a rule is the one file main.lua"),
        "random": LocalText(
            zh: "抽签由主机办: places.order 写 drawn", en: "draws are the host's: places.order with drawn"),
        "floor": LocalText(zh: "这里没有小数,用 //", en: "there are no fractions here; use //"),
        "next": LocalText(zh: "用 pairs 或 ipairs", en: "use pairs or ipairs"),
    ]
    private static let sameAs = [
        "io": "print", "xpcall": "pcall", "load": "require", "loadstring": "require", "dofile": "require",
        "loadfile": "require", "randomseed": "random", "ceil": "floor", "warn": "print",
    ]

    /// What Chinese input methods write, and what Lua reads.
    private static let fullWidth: [String: String] = [
        "\u{201C}": "\"", "\u{201D}": "\"", "\u{2018}": "'", "\u{2019}": "'", "\u{FF0C}": ",", "\u{3001}": ",",
        "\u{FF08}": "(", "\u{FF09}": ")", "\u{FF1B}": ";", "\u{FF1A}": ":", "\u{3002}": ".", "\u{FF1D}": "==",
        "\u{3010}": "[", "\u{3011}": "]", "\u{FF5B}": "{", "\u{FF5D}": "}", "\u{FF1E}": ">", "\u{FF1C}": "<",
        "\u{FF02}": "\"", "\u{3000}": " ", "\u{FF01}": "not",
    ]

    mutating func checkLanguage() {
        var isCondition = false
        var depth = 0
        for (n, token) in tokens.enumerated() {
            let next = n + 1 < tokens.count ? tokens[n + 1] : nil
            let before = n > 0 ? tokens[n - 1] : nil
            if token.kind == .name {
                if ["if", "elseif", "while", "until"].contains(token.text) { (isCondition, depth) = (true, 0) }
                if ["then", "do", "return", "local"].contains(token.text) { isCondition = false }
                continue
            }
            guard token.kind == .symbol else { continue }
            if "([{".contains(token.text) { depth += 1 }
            if ")]}".contains(token.text) { depth -= 1 }
            checkSymbol(token, before: before, next: next, isCondition: isCondition && depth <= 0)
        }
        checkGlobals()
        if lines > 60 {
            add(
                .warning, nil, zh: "main.lua 有 \(lines) 行,规则不宜超过 60 行:计数、去重、名额、排队在清单中声明",
                en:
                    "main.lua has \(lines) lines; a rule should stay within 60: counting, uniqueness and places are declared"
            )
        }
    }

    private mutating func checkSymbol(_ token: LuaToken, before: LuaToken?, next: LuaToken?, isCondition: Bool) {
        func isSymbol(_ other: LuaToken?, _ text: String) -> Bool { other?.kind == .symbol && other?.text == text }
        if let plain = SourceScan.fullWidth[token.text] {
            guard !problems.contains(where: { $0.line == token.line }) else { return }
            let isQuote = plain == "\"" || plain == "'"
            add(
                .error, token.line, zh: "“\(token.text)”是全角符号,请写半角 \(isQuote ? "引号 " : "")\(plain)",
                en: "\(token.text) is a full-width character; write \(isQuote ? "straight quotes " : "")\(plain)")
            return
        }
        switch token.text {
        case "!":
            let write = isSymbol(next, "=") ? "~=" : "not"
            add(.error, token.line, zh: "Lua 没有 !\(write == "~=" ? "=" : ""),请写 \(write)", en: "write \(write)")
        case "&" where isSymbol(next, "&"): add(.error, token.line, zh: "Lua 没有 &&,请写 and", en: "write and for &&")
        case "|" where isSymbol(next, "|"): add(.error, token.line, zh: "Lua 没有 ||,请写 or", en: "write or for ||")
        case "+" where isSymbol(next, "="), "-" where isSymbol(next, "="):
            add(
                .error, token.line, zh: "Lua 没有 \(token.text)=,请写 x = x \(token.text) …",
                en: "write x = x \(token.text) … for \(token.text)=")
        case "/" where !isSymbol(next, "/") && !isSymbol(before, "/"):
            add(
                .error, token.line, zh: "“/” 不可用(会得到小数),请用 // 或 money.rate",
                en: "\"/\" is not available (it makes fractions); use // or money.rate")
        case "="
        where isCondition && !isSymbol(next, "=") && !["=", "~", "<", ">", "!"].contains(before?.text ?? ""):
            add(.error, token.line, zh: "条件中比较请写 ==", en: "write == to compare")
        default: break
        }
    }

    /// Names that are neither the script's own nor the environment's.
    private mutating func checkGlobals() {
        let own = localNames
        let environment = APITable.environment
        let roots = Set(environment.compactMap { $0.split(separator: ".").first.map(String.init) })
        let libraries = Set(
            environment.filter { $0.contains(".") }.compactMap { $0.split(separator: ".").first.map(String.init) })
        for (n, token) in tokens.enumerated() where token.kind == .name && !SourceScan.keywords.contains(token.text) {
            let before = n > 0 && tokens[n - 1].kind != .text ? tokens[n - 1].text : ""
            let after = n + 1 < tokens.count ? tokens[n + 1].text : ""
            let isKey =
                after == "=" && !(n + 2 < tokens.count && tokens[n + 2].text == "=")
                && ["{", ",", ";"].contains(before)
            guard before != "." || tokens[safe: n - 2]?.text == ".", before != ":", before != "goto", !isKey,
                !own.contains(token.text)
            else { continue }
            if !roots.contains(token.text) {
                guard after != "=" || tokens[safe: n + 2]?.text == "=" else { continue }
                report(token, token.text, among: roots.union(own))
            } else if libraries.contains(token.text), token.text != "program", after == ".",
                let member = tokens[safe: n + 2], member.kind == .name,
                !environment.contains("\(token.text).\(member.text)")
            {
                let members = environment.filter { $0.hasPrefix(token.text + ".") }
                report(member, "\(token.text).\(member.text)", among: Set(members))
            }
        }
    }

    private mutating func report(_ token: LuaToken, _ name: String, among known: Set<String>) {
        if let advice = SourceScan.instead[SourceScan.sameAs[token.text] ?? token.text] {
            return add(
                .error, token.line, zh: "\(name) 在规则中不可用:\(advice.zh)",
                en: "\(name) is not available here: \(advice.en)")
        }
        // What stands between full-width quotes is no name.
        guard !problems.contains(where: { $0.line == token.line }) else { return }
        let near = Nearest.to(name, among: known)
        add(
            .error, token.line, zh: "\(name) 在这里不可用" + (near.map { ",是不是 \($0)?" } ?? ""),
            en: "\(name) is not available here" + (near.map { "; did you mean \($0)?" } ?? ""))
    }

    /// Every name that the script declares: locals, parameters, loop variables, labels.
    private var localNames: Set<String> {
        var found: Set<String> = []
        for (n, token) in tokens.enumerated() where token.kind == .name {
            switch token.text {
            case "local", "for":
                var at = n + 1
                if tokens[safe: at]?.text == "function" { at += 1 }
                while let name = tokens[safe: at], name.kind == .name {
                    found.insert(name.text)
                    at += 1
                    // `<const>`
                    if tokens[safe: at]?.text == "<" { at += 3 }
                    guard tokens[safe: at]?.text == "," else { break }
                    at += 1
                }
            case "function":
                var at = n + 1
                while let next = tokens[safe: at], next.text != "(" { at += 1 }
                at += 1
                while let name = tokens[safe: at], name.text != ")" {
                    if name.kind == .name { found.insert(name.text) }
                    at += 1
                }
            default: if tokens[safe: n - 1]?.text == ":", tokens[safe: n - 2]?.text == ":" { found.insert(token.text) }
            }
        }
        return found
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

/// The known word that a misspelt one most likely is.
enum Nearest {
    static func to(_ word: String, among known: some Sequence<String>) -> String? {
        let limit = Swift.max(1, word.count / 3)
        return known.map { ($0, distance(Array(word), Array($0))) }.filter { $0.1 <= limit && $0.0 != word }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = Swift.min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = Swift.min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
