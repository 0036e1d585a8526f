/// A random function body that both interpreters can run: integers, texts, lists, closures, every kind of loop and jump, varargs.
/// It ends (loops are short, functions don't call themselves) and returns everything that it has changed.
struct LuaProgram {
    var random: SameAsLua.Random
    /// Locals that hold integers, innermost last.
    private var names = ["a", "b", "c"]
    /// Functions in sight.
    private var functions: [String] = []
    private var count = 0
    /// Labels at the ends of the loops around this place.
    private var labels: [String] = []
    private var room = 40

    init(random: SameAsLua.Random) { self.random = random }

    mutating func text() -> String {
        "local a, b, c = 3, -5, 11 local s, t = 'x', {4, 1} " + block(4) + " return a, b, c, s, #t, t"
    }

    private mutating func pick(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    private mutating func one(_ list: [String]) -> String { list[pick(list.count)] }

    private mutating func fresh(_ prefix: String) -> String {
        count += 1
        return "\(prefix)\(count)"
    }

    private mutating func integer(_ depth: Int = 2) -> String {
        if depth == 0 { return pick(3) == 0 ? "\(pick(20) - 9)" : one(names) }
        switch pick(10) {
        case 0: return "#t"
        case 1: return "#s"
        case 2: return "(t[\(integer(depth - 1)) % 4] or \(integer(0)))"
        case 3: return "(\(condition()) and \(integer(depth - 1)) or \(integer(depth - 1)))"
        case 4 where !functions.isEmpty: return "(\(one(functions))(\(arguments())))"
        case 5: return "select('#', \(arguments()))"
        default:
            let symbol = one(["+", "-", "*", "//", "%", "&", "|", "~", "<<", ">>"])
            let right = symbol == "//" || symbol == "%" ? "\(pick(7) + 2)" : integer(depth - 1)
            return "(\(integer(depth - 1)) \(symbol) \(right))"
        }
    }

    private mutating func condition() -> String {
        let symbol = one(["<", "<=", ">", ">=", "==", "~="])
        let plain = "\(integer(1)) \(symbol) \(integer(0))"
        switch pick(6) {
        case 0: return "not (\(plain))"
        case 1: return "(\(plain) or s == 'x')"
        case 2: return "(\(plain) and #t > 1)"
        default: return "(\(plain))"
        }
    }

    private mutating func arguments() -> String {
        (0...pick(4)).map { _ in pick(6) == 0 ? "nil" : integer(1) }.joined(separator: ", ")
    }

    private mutating func block(_ statements: Int) -> String {
        let (outerNames, outerFunctions) = (names, functions)
        defer { (names, functions) = (outerNames, outerFunctions) }
        return (0..<statements).map { _ in statement() }.joined(separator: " ")
    }

    private mutating func statement() -> String {
        room -= 1
        switch pick(room > 0 ? 15 : 5) {
        case 0, 1: return "\(one(names)) = \(integer())"
        case 2: return "\(one(names)), \(one(["a", "b"])) = \(integer(1)), \(integer(1))"
        case 3: return "s = (s .. \(integer(1)) % 10):sub(-12)"
        case 4: return one(["t[#t + 1] = \(integer(1))", "table.sort(t)", "table.remove(t)", "t[1] = \(integer(1))"])
        case 5:
            let value = integer()
            let name = fresh("v")
            names.append(name)
            return "local \(name) = \(value)"
        case 6: return "if \(condition()) then \(block(2)) else \(block(2)) end"
        case 7: return "if \(condition()) then \(block(1)) elseif \(condition()) then \(block(2)) end"
        case 8: return numericFor()
        case 9: return "do \(block(3)) end"
        case 10:
            let name = fresh("w")
            let inner = loop(2)
            return "local \(name) = 0 while \(name) < \(pick(4)) do \(name) = \(name) + 1 \(inner) end"
        case 11:
            let name = fresh("u")
            // No `continue` here: a goto may not jump over a local that `until` sees.
            let kept = labels
            labels = []
            defer { labels = kept }
            return
                "local \(name) = 0 repeat \(name) = \(name) + 1 \(block(2)) until \(name) > \(pick(3)) or \(condition())"
        case 12:
            let (key, value) = (fresh("k"), fresh("e"))
            names += [key, value]
            defer { names.removeLast(2) }
            return "for \(key), \(value) in ipairs({\(integer(1)), \(integer(1)), \(integer(1))}) do \(loop(2)) end"
        default: return function()
        }
    }

    private mutating func numericFor() -> String {
        let (from, to) = (pick(6) - 2, pick(6) - 2)
        let head = "\(from), \(to)" + (pick(2) == 0 ? "" : ", \(one(["1", "2", "-1", "3"]))")
        let name = fresh("i")
        names.append(name)
        defer { names.removeLast() }
        return "for \(name) = \(head) do \(loop(2)) end"
    }

    /// The body of a loop: it may be left early, or go on with the next round.
    private mutating func loop(_ statements: Int) -> String {
        let label = fresh("next")
        labels.append(label)
        defer { labels.removeLast() }
        var body = block(statements)
        if pick(3) == 0 { body += " if \(condition()) then goto \(label) end " + block(1) }
        if pick(4) == 0 { body += " if \(condition()) then break end" }
        if labels.count > 1, pick(4) == 0 { body += " if \(condition()) then goto \(labels[pick(labels.count)]) end" }
        return body + " ::\(label)::"
    }

    /// A closure over what is in sight, which it may change, with and without further arguments.
    private mutating func function() -> String {
        let (name, parameter) = (fresh("f"), fresh("p"))
        let (outerNames, outerFunctions, outerLabels) = (names, functions, labels)
        names.append(parameter)
        // Functions that call functions in loops take for ever.
        functions = []
        labels = []
        let body = block(2)
        let result = pick(2) == 0 ? integer() : "(select(1, ..., \(integer(1))) or 0) + select('#', ...)"
        (names, functions, labels) = (outerNames, outerFunctions + [name], outerLabels)
        return
            "local function \(name)(\(parameter), ...) \(parameter) = \(parameter) or \(pick(9)) \(body) return \(result), ... end"
    }
}
