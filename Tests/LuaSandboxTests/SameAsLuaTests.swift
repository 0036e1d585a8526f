import Foundation
import Testing

@testable import LuaSandbox

/// Debian's package `lua5.4`; where it isn't installed there is nothing to compare with.
private let interpreter = "/usr/bin/lua5.4"

/// What the environment does have behaves as in plain Lua 5.4: the same expressions, by the engine and by `lua5.4`.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: interpreter))) struct SameAsLua {
    /// Turns any value into text that survives a wire and a terminal.
    private static let prelude = """
        local function show(...)
          local shown = {}
          for i = 1, select('#', ...) do
            local v = select(i, ...)
            shown[i] = type(v) == 'table' and '{' .. table.concat(v, ',') .. '}' or tostring(v)
          end
          return (table.concat(shown, ';'):gsub('.', function(c) return string.format('%02x', c:byte()) end))
        end

        """

    /// Whether each body, run by both, gives the same text or fails in both. `error` stands for a failure.
    func compare(_ bodies: [String]) async throws {
        let list = "local bodies = {\n" + bodies.map { "function(...) \($0) end" }.joined(separator: ",\n") + "\n}\n"
        let ours = Sandbox.source(
            Self.prelude + list
                + "function program.assess.x(facts) return grant(0, {keeps = {v = show(bodies[facts.n](7, nil, 'x'))}}) end"
        )
        let call = ScriptCall(
            function: "assess.x", rows: bodies.count,
            columns: [ScriptColumn("facts.n", .integers((1...Int64(bodies.count)).map { $0 }))])
        let rows = try await Sandbox.pool.call(call, on: ours, lane: .batch).rows
        let plain = try lua(
            Self.prelude + list
                + "for i = 1, #bodies do local ok, v = pcall(function() return show(bodies[i](7, nil, 'x')) end) print(ok and v or 'error') end"
        )
        #expect(plain.count == bodies.count)
        var differences: [String] = []
        for (index, body) in bodies.enumerated() where index < plain.count {
            let own = rows[index].failure == nil ? rows[index].keeps["v"].string ?? "?" : "error"
            if own != plain[index] {
                differences.append("\(body): \(text(own)) here, \(text(plain[index])) there")
            }
        }
        #expect(differences.isEmpty, "\(differences.count) of \(bodies.count): \(differences.prefix(10))")
    }

    private func text(_ hex: String) -> String {
        if hex == "error" { return hex }
        let digits = Array(hex)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func lua(_ script: String) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".lua")
        try Data(script.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = [file.path]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }

    // MARK: generated

    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
            return z ^ z >> 31
        }
    }

    private static let numbers = [
        "0", "1", "-1", "2", "3", "7", "-7", "10", "63", "64", "65", "-64", "255", "1000003", "0xff",
        "0x7fffffffffffffff",
        "0xffffffffffffffff", "math.maxinteger", "math.mininteger", "-2", "1 << 31", "-(1 << 31)",
    ]

    private static func integer(_ depth: Int, _ random: inout Random) -> String {
        if depth == 0 || Int.random(in: 0..<5, using: &random) == 0 { return numbers.randomElement(using: &random)! }
        func next(_ random: inout Random) -> String { integer(depth - 1, &random) }
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return "(-\(" " + next(&random)))"
        case 1: return "(~ \(next(&random)))"
        case 2: return "math.max(\(next(&random)), \(next(&random)))"
        case 3: return "(\(next(&random)) < \(next(&random)) and \(next(&random)) or \(next(&random)))"
        default:
            let symbol = ["+", "-", "*", "//", "%", "&", "|", "~", "<<", ">>"].randomElement(using: &random)!
            return "(\(next(&random)) \(symbol) \(next(&random)))"
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func integers(_ seed: UInt64) async throws {
        var random = Random(state: seed)
        try await compare(
            (0..<500).map { _ in
                "return \(Self.integer(4, &random)), \(Self.integer(2, &random)) <= \(Self.integer(2, &random)), math.ult(\(Self.integer(1, &random)), \(Self.integer(1, &random)))"
            })
    }

    private static let texts = [
        "''", "'a'", "'abc'", "'aXbXc'", "'hello world'", "'key=value; k2=v2'", "'f(a(b)c)d'", "'  padded\\t'",
        "'2026-07-15'",
        "'\\0\\1\\xff'", "'娘家'", "'%d%s'", "'aaa'", "'[x]'", "'THE (quick) fox'",
    ]
    private static let patterns = [
        "'a'", "'%a+'", "'%d'", "'(%w+)=(%w+)'", "'.-'", "'a-'", "'[^%s]+'", "'^%s*(.-)%s*$'", "'%b()'", "'%f[%a]%a+'",
        "'()'",
        "'(.)%1'", "'X$'", "'$'", "'^'", "'[a-c]*'", "'[%]%[]'", "'%.'", "'a?b?c?'", "'(a*(.)%w(%s*))'", "''", "'%'",
        "'[a'",
        "'(a'", "'a)'", "'%1'", "'[^]]'", "'[]]'", "'%z'", "'.'", "'[a-]'", "'[%a-z]'", "'%g+'", "'%p'", "'%x+'",
    ]

    @Test(arguments: 5...8 as ClosedRange<UInt64>) func texts(_ seed: UInt64) async throws {
        var random = Random(state: seed)
        func one(_ list: [String]) -> String { list.randomElement(using: &random)! }
        func position() -> String { "\(Int.random(in: -6...12, using: &random))" }
        try await compare(
            (0..<500).map { index in
                let s = one(Self.texts)
                let p = one(Self.patterns)
                switch index % 12 {
                case 0: return "return (\(s)):sub(\(position()), \(position()))"
                case 1: return "return (\(s)):byte(\(position()), \(position()))"
                case 2: return "return (\(s)):find(\(p), \(position()))"
                case 3: return "return (\(s)):match(\(p), \(position()))"
                case 4:
                    return
                        "return (\(s)):gsub(\(p), \(one(["'<%0>'", "'%1'", "'x'", "'%%'", "{a = 'b', abc = 1}", "function(a, b) return b or a end", "function() return false end", "'%2'", "'%'"])))"
                case 5:
                    return
                        "local t = {} for a, b in (\(s)):gmatch(\(p)) do t[#t + 1] = tostring(a) .. tostring(b) end return t"
                case 6:
                    return "return (\(s)):upper(), (\(s)):lower(), (\(s)):reverse(), #\(s), \(s) .. \(one(Self.texts))"
                case 7:
                    return "return \(s) < \(one(Self.texts)), \(s) <= \(one(Self.texts)), \(s) == \(one(Self.texts))"
                case 8: return "return (\(s)):find(\(one(Self.texts)), \(position()), true)"
                case 9: return "return (\(s)):gsub(\(p), 'y', \(position()))"
                case 10:
                    return
                        "return string.format('%\(one(["", "-", "0", "+", " ", "#", "-0", "+0"]))\(one(["", "3", "12"]))\(one(["", ".0", ".3", ".12"]))\(one(["d", "x", "X", "i", "o"]))', \(one(Self.numbers)))"
                default:
                    return
                        "return string.format('%\(one(["", "-"]))\(one(["", "3", "12"]))\(one(["", ".0", ".2"]))s|%s|%%', 'abcde', \(s))"
                }
            })
    }

    /// Whole functions: nested loops with break and goto, closures over loop variables, varargs, assignments at once, lists.
    @Test(arguments: 9...16 as ClosedRange<UInt64>) func programs(_ seed: UInt64) async throws {
        try await compare(
            (0..<120).map { index in
                var program = LuaProgram(random: Random(state: seed << 32 | UInt64(index)))
                return program.text()
            })
    }

    // MARK: written

    @Test func theLanguage() async throws {
        try await compare([
            "return 7 // 2, -7 // 2, 7 // -2, -7 // -2, 7 % -3, -7 % 3, math.mininteger // -1, math.mininteger % -1",
            "return 1 // 0", "return 1 % 0", "return math.maxinteger + 1, math.mininteger - 1, math.maxinteger * 2",
            "return 1 << 63, 1 << 64, 1 << -1, -1 >> 1, -1 >> 63, 1 << 62 << 1, ~0",
            "local n = 0 for i = math.maxinteger - 2, math.maxinteger do n = n + 1 end return n",
            "local n = 0 for i = math.mininteger, math.mininteger + 2 do n = n + 1 end return n",
            "local n = 0 for i = 10, 1, -3 do n = n * 10 + i end return n",
            "local n = 0 for i = 1, 0 do n = n + 1 end return n", "for i = 1, 2, 0 do end",
            "local t = {} for i = 1, 3 do t[i] = function() i = i + 1 return i end end return t[1](), t[1](), t[2](), t[3]()",
            "local fs = {} for i = 1, 3 do while true do local x = i fs[i] = function() x = x + 10 return x end do break end end end return fs[1](), fs[2](), fs[3](), fs[1]()",
            "local a = {} for i = 1, 3 do local j = i a[#a + 1] = function() return j end if i == 2 then goto out end end ::out:: return a[1](), a[2]()",
            "local i = 1 ::top:: if i < 5 then i = i + 1 goto top end return i",
            "for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end if i == 3 then return i, j end ::continue:: end end",
            "return select('#'), select('#', nil), select('#', nil, nil), select(2, 'a', 'b', 'c'), select(-1, 'a', 'b')",
            "return select(0)", "return select(-3, 1)", "return (select(2, 'a', 'b', 'c'))", "return ...",
            "local a, b, c, d = ... return d, c, b, a",
            "local function f(...) local t = {...} return #t, ... end return f(1, 2, 3)",
            "local t = {..., 'end'} return t",
            "local function f(a, ...) if a == 0 then return ... end return f(a - 1, a, ...) end return f(5)",
            "local t = {1, 2, 3, nil} return #t", "local t = {n = 1, 10, 20, [3] = 30} return #t, t[3]",
            "local t = {5, 3, 9, 1} table.sort(t) return t",
            "local t = {5, 3, 9, 1} table.sort(t, function(a, b) return a > b end) return t",
            "local t = {'b', 'a', 'C', 'B'} table.sort(t) return t", "local t = {1, 'a'} table.sort(t) return t",
            "local t = {1, 2, 3} table.insert(t, 2, 9) table.insert(t, 7) return t",
            "local t = {} table.insert(t, 2, 1)",
            "local t = {1, 2, 3} return table.remove(t), table.remove(t, 1), table.remove(t, 1), table.remove(t), #t",
            "return table.remove({}, 5)", "return table.concat({1, 2, 'x'}, ', ', 2, 3)",
            "return table.concat({}, 'x')",
            "return table.concat({1, {}, 3})", "return table.unpack({1, 2, nil, 4}, 1, 4)",
            "return table.unpack({1, 2, 3}, 2)",
            "local t = {10, 20, nil, 40} local n = 0 for i, v in ipairs(t) do n = n + i * v end return n",
            "return tonumber('12'), tonumber(' -12 '), tonumber('x'), tonumber('ff', 16), tonumber('zz', 36), tonumber('8', 8), tonumber('')",
            "return tonumber('1 2'), tonumber('- 1'), tonumber('--1'), tonumber('7fffffffffffffff', 16), tonumber('1', 2)",
            "return tostring(nil), tostring(true), tostring(-0), tostring(math.mininteger)",
            "return 9007199254740993, -9223372036854775807 - 1",
            "return 'a' .. 1 .. 2, 1 .. '', #'abc' .. 'd'", "return 'a' < 'B', 'Z' < 'a', '' < 'a', 'a' < 'a\\0'",
            "return 1 < 'x'", "return {} < {}",
            "return 1 == '1', nil == false, 'a' == 'a'", "return not nil, not 0, not ''",
            "return nil and 1, false or nil, 1 and 2, nil or 'x'",
            "local t = {} t[1], t[2], t[3] = 1, 2 return #t, t[3]", "local a, b = 1, 2 a, b = b, a return a, b",
            "local i = 1 local t = {} i, t[i] = i + 1, 20 return i, t[1], t[2]",
            "local t = {f = function(self, x) return self.v + x end, v = 5} return t:f(3)",
            "local t = {} t.x = {y = {z = 1}} return t.x.y.z, t['x']['y'].z", "return ('x').y", "return (nil).x",
            "local t = {} t[nil] = 1",
            "return #'\\u{5a18}\\u{5bb6}', '\\x41\\65\\z   B', 'a\\\nb'", "return [[\nline\n]], [==[a]]b]==]",
            "repeat local x = 1 until x == 1 return 'ok'", "local x <const> = 5 return x + 1",
            "do local x = 1 end return x",
            "local function fact(n) if n < 2 then return 1 end return n * fact(n - 1) end return fact(25)",
            "local s = 0 for k, v in pairs({1, 2, 3, a = 4}) do s = s + v end return s",
            "return math.type(1), math.type('1'), math.tointeger(5)",
            "return math.abs(-5), math.max(1, 3, 2), math.min(4, -2), math.ult(1, -1)", "return math.max()",
            "return ('x'):len(), ('%d'):format(3)",
            "return string.char(), string.char(72, 105), ('abc'):byte(10)", "return string.char(-1)",
            "return string.format('%d')",
            "return string.format('%c%c', 72, 0)", "return string.format('%5s|%-5s|%.1s', 'ab', 'ab', 'ab')",
            "return ('abc'):sub(math.mininteger, math.maxinteger)",
            "error('x')", "assert(false, 'x')", "return assert(1, 2, 3)", "assert(nil)",
            "return 5 & 6 | 1 ~ 3 << 2, 2 + 3 * 4 - -1, -2 // 3 * 3", "return 1 .. 2 == '12', not 1 == 2",
        ])
    }
}
