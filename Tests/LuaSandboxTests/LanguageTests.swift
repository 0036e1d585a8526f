import Testing

@testable import LuaSandbox

/// The environment is what a rule needs, and nothing else.
@Suite struct LanguageTests {
    @Test(arguments: [
        "pcall", "xpcall", "coroutine", "load", "loadstring", "loadfile", "dofile", "require", "package", "os", "io",
        "debug", "utf8", "next", "rawget", "rawset", "rawequal", "rawlen", "setmetatable", "getmetatable",
        "collectgarbage",
        "print", "warn", "_G", "_VERSION", "math.random", "math.randomseed", "math.floor", "math.sqrt", "math.sin",
        "math.huge", "math.pi", "math.fmod", "string.dump", "string.rep", "string.pack", "string.unpack", "table.move",
        "table.pack",
    ])
    func isAbsent(_ name: String) async throws {
        #expect(try await Sandbox.value("type(\(name))") == "nil")
    }

    @Test(arguments: [
        "ipairs", "pairs", "select", "type", "tostring", "tonumber", "error", "assert", "grant", "limit", "refuse",
        "incomplete", "review", "revoke", "math.abs", "math.max", "math.min", "math.tointeger", "math.type", "math.ult",
        "table.insert", "table.remove", "table.concat", "table.unpack", "table.sort", "string.len", "string.sub",
        "string.byte", "string.char", "string.lower", "string.upper", "string.reverse", "string.find", "string.match",
        "string.gmatch", "string.gsub", "string.format", "money.rate", "money.tiers", "money.split", "date.days",
        "date.add", "date.add_months", "date.years", "calendar.is_workday", "calendar.add_workdays", "geo.metres",
        "area.within", "list.has", "list.step", "list.rank", "list.total", "list.pluck", "list.pick", "list.sample",
    ])
    func isThere(_ name: String) async throws {
        #expect(try await Sandbox.value("type(\(name))") == "function")
    }

    @Test(
        arguments: [
            ("7 // 2", 3), ("-7 // 2", -4), ("-7 % 3", 2), ("1 << 62", 1 << 62), ("5 & 6 | 8 ~ 1", 13),
            ("math.maxinteger + 1 == math.mininteger and 1 or 0", 1),
            ("#'abc'", 3), ("select('#', 1, nil, 3)", 3), ("math.max(3, 9, -2)", 9), ("math.abs(-4)", 4),
            ("tonumber('12')", 12), ("tonumber(' -12 ')", -12), ("tonumber('ff', 16)", 255), ("('abc'):byte(-1)", 99),
            ("table.unpack({4, 5, 6}, 2, 2)", 5),
        ] as [(String, Int64)])
    func integers(_ expression: String, _ expected: Int64) async throws {
        #expect(try await Sandbox.value(expression) == .int(expected))
    }

    @Test(arguments: [
        ("tostring({})", "table"), ("tostring(grant)", "function"), ("tostring(facts)", "table"),
        ("tostring(nil)", "nil"),
        ("tostring(true)", "true"), ("tostring(-3)", "-3"), ("type(facts)", "table"), ("type(grant(1))", "decision"),
        ("('Hello'):upper()", "HELLO"), ("('abc'):reverse()", "cba"), ("('hello'):sub(2, -2)", "ell"),
        ("string.format('%05d|%-4s|%x|%%|%s', 42, 'ab', 255, {})", "00042|ab  |ff|%|table"),
        ("table.concat({1, 'b', 3}, ', ')", "1, b, 3"), ("('key=value'):match('(%w+)=(%w+)')", "key"),
        ("(('2026-07-15'):gsub('(%d+)-(%d+)-(%d+)', '%3.%2.%1'))", "15.07.2026"),
        ("(('a b c'):gsub('%a', {a = '1', b = 2}))", "1 2 c"), ("(('abc'):gsub('', '-'))", "-a-b-c-"),
        ("(('f(a(b)c)d'):match('%b()'))", "(a(b)c)"), ("(('THE (quick) fox'):gsub('%f[%a]%a+', 'x'))", "x (x) x"),
        ("('x=[[y]]'):match('=(%[(%[*).-%]%])')", "[[y]]"), ("('aXbX'):match('^(.-)X')", "a"),
        ("('aa'):match('(a)%1')", "a"),
    ])
    func texts(_ expression: String, _ expected: String) async throws {
        #expect(try await Sandbox.value(expression) == .text(expected))
    }

    @Test func pairsGoesInKeyOrder() async throws {
        let verdict = try await Sandbox.assess(
            """
            local t = {zebra = 1, [3] = 1, apple = 1, [-1] = 1, mango = 1, [20] = 1, [true] = 1}
            local seen = {}
            for k in pairs(t) do seen[#seen + 1] = tostring(k) end
            return grant(0, {keeps = {order = table.concat(seen, ' ')}})
            """)
        #expect(verdict.keeps["order"] == "-1 3 20 apple mango zebra true")
    }

    @Test func sortIsStable() async throws {
        let verdict = try await Sandbox.assess(
            """
            local t = {}
            for i = 1, 6000 do t[i] = {key = i % 7, at = i} end
            table.sort(t, function(a, b) return a.key < b.key end)
            for i = 2, #t do
              assert(t[i - 1].key < t[i].key or t[i - 1].key == t[i].key and t[i - 1].at < t[i].at)
            end
            local lies = {5, 3, 9, 1}
            table.sort(lies, function() return true end)
            return grant(#t + #lies)
            """)
        #expect(verdict.amount == 6004)
    }

    @Test func theRestOfTheLanguageWorks() async throws {
        let verdict = try await Sandbox.assess(
            """
            local function each(list, f) for i, v in ipairs(list) do f(v, i) end end
            local sum = 0
            each({1, 2, 3}, function(v, i) sum = sum + v * i end)
            for i = 10, 1, -3 do if i == 4 then goto done end sum = sum + i end
            ::done::
            local function count(...) return select('#', ...) end
            while sum < 40 do sum = sum + 1 end
            repeat sum = sum + 1 until sum > 45
            return grant(sum + count(nil, nil))
            """)
        #expect(verdict.amount == 48)
    }

    @Test(arguments: [
        ("1 / 2", "fraction"), ("a / 2", "/"), ("a ^ 3", "^"), ("2 ^ a", "^"), ("0.5", "fraction"), ("1e3", "fraction"),
        ("2.0", "fraction"),
        ("9223372036854775808", "fraction"), ("facts.x / 1", "/"), ("3 * 1.5", "fraction"),
    ])
    func floatsAreRefused(_ expression: String, _ word: String) async throws {
        let source = Sandbox.source("local a = 1\nfunction program.assess.x(facts)\n  return \(expression)\nend")
        let failure = try #require(await Sandbox.loadFailure(source))
        #expect(failure.kind == .refusedByLoader)
        #expect(failure.line == 3)
        #expect(failure.en.contains(word), "\(failure)")
    }

    @Test(
        arguments: [
            ("local n = 0\nfunction program.assess.x()\n  n = n + 1\n  return grant(n)\nend", 3, "cannot write n"),
            ("function program.assess.x()\n  seen = true\n  return grant(1)\nend", 2, "the global seen"),
            ("function helper() end", 1, "the global helper"),
            ("local e = _ENV\nfunction program.assess.x() e.x = 1 end", 1, "_ENV"),
            (
                "local function make()\n  local n = 0\n  return function()\n    n = n + 1\n    return grant(n)\n  end\nend\nprogram.assess.x = make()",
                4, "cannot write n"
            ),
            ("local n = 0\nlocal function f() return function()\n n = 1 end end", 3, "cannot write n"),
            ("function program.asses() end", nil, "program.asses is unknown"),
            ("program.assess.x = 3", nil, "functions by name"),
            ("local x = = 1", 1, "unexpected symbol"),
            ("string.extra = 1", 1, "frozen"), ("program.assess.x = (nil).y", 1, "index"),
        ] as [(String, Int?, String)])
    func loaderRefuses(_ lua: String, _ line: Int?, _ word: String) async throws {
        let failure = try #require(await Sandbox.loadFailure(Sandbox.source(lua)))
        #expect(failure.en.contains(word), "\(failure)")
        if let line { #expect(failure.line == line) }
    }

    @Test(arguments: [
        "kept[1] = facts.n", "kept.n = 1", "table.insert(kept, 1)", "table.sort(kept)", "nested.inner.x = 1",
        "string.sub = 1", "program.assess.x = nil",
        "settings.list[1] = 2", "settings.value = 2", "facts.subject.n = 1", "facts.new = 1", "context.on = 1",
        "grant(1).amount = 2", "('').x = 1",
    ])
    func whatOutlivesACallIsFrozen(_ statement: String) async throws {
        let source = Sandbox.source(
            "local kept = {}\nlocal nested = {inner = {x = 0}}\nfunction program.assess.x(facts, settings, context)\n  \(statement)\n  return grant(#kept + nested.inner.x)\nend"
        )
        let verdict = try await Sandbox.judge(
            source, columns: [Sandbox.int("facts.subject.n", 1), Sandbox.int("facts.n", 1)],
            settings: ["value": 1, "list": [1]])
        #expect(verdict.failure?.line == 4, "\(verdict)")
        #expect(verdict.failure?.kind == .scriptError)
    }

    @Test func chunkTablesAreReadAsEver() async throws {
        let source = Sandbox.source(
            """
            local rates = {city = {base = 30, list = {1, 2, 3}}, county = {base = 20}}
            local function base(name) return rates[name].base end
            function program.assess.x()
              local n = 0
              for name, rate in pairs(rates) do n = n + rate.base end
              for _, v in ipairs(rates.city.list) do n = n + v end
              return grant(n + base('city') + #rates.city.list + list.total(rates.city.list))
            end
            """)
        #expect(try await Sandbox.judge(source).amount == 95)
    }

    @Test func theLoadedFunctionsAreTold() async throws {
        let report = try await Sandbox.pool.load(
            Sandbox.source(
                "function program.recheck.b() end\nfunction program.assess.b() end\nfunction program.assess.a() end"))
        #expect(report.functions == ["assess.a", "assess.b", "recheck.b"])
        #expect(report.usage.peakBytes > 0)
    }
}
