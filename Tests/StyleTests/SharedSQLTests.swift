import Testing

/// What decision 0087 leaves out of the statements that every engine must take, as far as a text shows it.
enum SharedSQL {
    /// A word or sign that only SQLite has, or means otherwise than PostgreSQL, and what is written in its place.
    struct Rule: Sendable {
        var finds: @Sendable (Substring) -> Bool
        var instead: String
    }

    static let rules: [Rule] = [
        Rule(finds: { has($0, /CROSS JOIN/) }, instead: "JOIN … ON x.id = +y.id keeps SQLite's order of tables"),
        Rule(finds: { has($0, /\bIS NOT (?!NULL\b|DISTINCT\b)/) }, instead: "IS DISTINCT FROM"),
        Rule(finds: { has($0, /\bIS (?!NULL\b|NOT\b|DISTINCT\b)/) }, instead: "IS NOT DISTINCT FROM"),
        Rule(finds: { hasTwo($0) }, instead: "CASE WHEN: min and max take one argument"),
        Rule(
            finds: { sql in
                sql.matches(of: /(\S+)\s+(?:NOT )?LIKE (\S+)/).contains { found in
                    let (left, right) = (found.output.1, found.output.2)
                    return !left.hasSuffix(")") && (!right.hasPrefix("'") || right.contains(/[A-Z]/))
                }
            }, instead: "lower(x) LIKE lower($1), or a pattern in lower case: one engine tells letters apart"),
        Rule(
            finds: { has($0, /\b(?:INSERT OR|REPLACE INTO|GLOB|REGEXP|INDEXED BY|PRAGMA|AUTOINCREMENT)\b/) },
            instead: "ON CONFLICT, LIKE, or the driver"),
        Rule(
            finds: {
                has($0, /(?i)\b(?:ifnull|iif|instr|strftime|datetime|julianday|unixepoch|group_concat|total)\(/)
                    || has($0, /(?i)\b(?:json\w*|hex|unhex|randomblob|random|last_insert_rowid|changes)\(/)
                    || has($0, /(?i)\b(?:printf|typeof)\(/)
            }, instead: "COALESCE, CASE, replace, or reckoned by the host"),
        Rule(finds: { has($0, /\b(?:rowid|sqlite_\w+)\b/) }, instead: "a column of the table's own"),
        Rule(finds: { has($0, /\b[xX]'/) }, instead: "a blob as an argument"),
        Rule(finds: { $0.contains("==") || $0.contains("`") }, instead: "= and double quotes"),
        Rule(finds: { has($0, /LIMIT -/) }, instead: "no LIMIT"),
        Rule(
            finds: { has($0, /(?i)\bSUM\((?!CASE)[^()]*[=<>]/) },
            instead: "SUM(CASE WHEN … THEN 1 ELSE 0 END): a truth is no number"),
    ]

    /// What of a string isn't shared; nothing where it is no SQL.
    static func faults(_ text: String) -> [String] {
        let words = /\b(?:SELECT|FROM|WHERE|JOIN|UPDATE|INTO|DELETE|AND|OR|ORDER BY|LIKE|IS NOT|CASE WHEN)\b/
        guard has(text[...], words) else { return [] }
        return rules.filter { $0.finds(text[...]) }.map(\.instead)
    }

    /// Words end where letters do: `a.rowid` are two.
    private static func has(_ sql: Substring, _ pattern: Regex<Substring>) -> Bool {
        sql.contains(pattern.wordBoundaryKind(.simple))
    }

    /// Whether min or max is asked of two things.
    private static func hasTwo(_ sql: Substring) -> Bool {
        sql.matches(of: /(?i)\b(?:min|max)\(/.wordBoundaryKind(.simple)).contains { found in
            var depth = 0
            for character in sql[found.range.upperBound...] {
                switch character {
                case "(": depth += 1
                case ")" where depth == 0: return false
                case ")": depth -= 1
                case "," where depth == 0: return true
                default: continue
                }
            }
            return false
        }
    }
}

@Suite("SQL that SQLite and PostgreSQL share") struct SharedSQLTests {
    static let rooms = ["NiangjiaCore", "NiangjiaServer", "NiangjiaExchange", "NiangjiaPlugins", "NiangjiaDemo"]

    @Test("Every statement outside the driver is of the shared dialect (decision 0087)")
    func statements() {
        var read = 0
        for file in Repository.swift where Self.rooms.contains(file.room) {
            for (line, text) in CodeOnly.strings(file.text) {
                if text.contains("SELECT ") { read += 1 }
                for instead in SharedSQL.faults(text) {
                    Issue.record("\(file.path):\(line): not of the shared dialect; instead: \(instead)")
                }
            }
        }
        #expect(read > 300)
    }

    @Test(
        "What isn't shared is found",
        arguments: [
            "SELECT 1 FROM a CROSS JOIN b ON b.id = a.id", "UPDATE a SET x = min(x, $1)",
            "SELECT MAX(a, coalesce(b, 0)) FROM t", "OLD.x IS NOT NEW.x OR NEW.y IS NULL",
            "SELECT 1 FROM a WHERE x IS $1",
            "SELECT 1 FROM a WHERE name LIKE $1", "SELECT 1 FROM a WHERE kind NOT LIKE 'Case%'",
            "INSERT OR IGNORE INTO a VALUES (1)", "SELECT ifnull(x, 0) FROM a", "SELECT json_extract(b, '$.k') FROM a",
            "SELECT rowid FROM a", "SELECT 1 FROM a WHERE b = x'00'", "SELECT 1 FROM a WHERE b == 1",
            "SELECT SUM(a = 1) FROM t", "SELECT a FROM t LIMIT -1",
        ])
    func found(sql: String) { #expect(SharedSQL.faults(sql).count == 1) }

    @Test(
        "What is shared passes, and so do words of people",
        arguments: [
            "SELECT MAX(COALESCE(a, 0)), b FROM t GROUP BY b",
            "SELECT 1 FROM a WHERE x IS NOT NULL AND y IS DISTINCT FROM $1",
            "SELECT 1 FROM a WHERE lower(name) LIKE lower($1) ESCAPE '!'",
            "SELECT 1 FROM a WHERE kind LIKE 'case.%'", "SELECT e.id FROM q JOIN e ON e.id = +q.entitlement",
            "SELECT SUM(CASE WHEN a = 1 THEN 1 ELSE 0 END) FROM t",
            "the total(s) of a month; min(a, b) is meant",
        ])
    func shared(sql: String) { #expect(SharedSQL.faults(sql).isEmpty) }

    @Test("Strings of a source are found with their lines")
    func strings() {
        let source = "let a = \"x \\(b(\"y\")) z\" // \"no\"\nlet c = \"\"\"\n  d \\\n  e\n  \"\"\""
        let found = CodeOnly.strings(source).map { "\($0.line) \($0.text)" }
        #expect(found == ["1 y", "1 x ? z", "2 \n  d    e\n  "])
    }
}
