import Testing

@testable import LuaSandbox

@Suite struct HelperTests {
    /// Of medical costs: deductible 1,000.00, tiers above it, term cap 30,000.00.
    static let tiers: ScriptValue = [
        ["up_to": 500_000, "rate": 3_000], ["up_to": 2_000_000, "rate": 4_000], ["up_to": .null, "rate": 5_000],
    ]

    @Test(
        arguments: [
            ("M1", 1_575_000, 540_000), ("M1b first", 420_000, 96_000), ("M2b", 300_000, 60_000), ("M3", 86_000, 0),
            ("M4", 210_050, 33_015), ("M5 uncapped", 8_600_000, 4_000_000), ("M6", 200_005, 30_002),
            ("M7", 733_333, 203_333),
            ("M11 lowest", 100_000, 0), ("M11 middle", 600_000, 150_000), ("M11 highest", 2_100_000, 750_000),
        ] as [(String, Int64, Int64)])
    func tiers(_ id: String, _ selfPay: Int64, _ due: Int64) async throws {
        let verdict = try await Sandbox.assess(
            "return grant(money.tiers(facts.application.self_pay - 100000, settings.tiers))",
            columns: [Sandbox.int("facts.application.self_pay", selfPay)], settings: ["tiers": Self.tiers])
        #expect(verdict.amount == due)
    }

    @Test func splittingABillChangesNothing() async throws {  // M1b
        let verdict = try await Sandbox.assess(
            """
            local function due(sum) return money.tiers(sum - 100000, settings.tiers) end
            local first, second, third = due(420000), due(420000 + 605000), due(420000 + 605000 + 550000)
            return grant(third, {parts = {first, second - first, third - second}})
            """, settings: ["tiers": Self.tiers])
        #expect(verdict.parts == [96_000, 224_000, 220_000])
        #expect(verdict.amount == 540_000)
    }

    /// M12: deductible 10,000, 80 % up to 40,000, 90 % above.
    @Test(arguments: [(7_000_000, 5_000_000, Capped.limited), (500_000, 0, .nothing)] as [(Int64, Int64, Capped)])
    func weihai(_ selfPay: Int64, _ due: Int64, _ expected: Capped) async throws {
        let verdict = try await Sandbox.assess(
            """
            local tiers = {{up_to = 3000000, rate = 8000}, {rate = 9000}}
            return grant(money.tiers(facts.application.self_pay - 1000000, tiers)):at_most(5000000, "CAPPED_PERIOD")
            """, columns: [Sandbox.int("facts.application.self_pay", selfPay)])
        #expect(verdict.amount == due)
        #expect(verdict.kind == (expected == .limited ? .limit : .grant))
        #expect(verdict.code == (expected == .limited ? "CAPPED_PERIOD" : nil))
    }

    enum Capped: Sendable { case limited, nothing }

    @Test(
        arguments: [
            ("money '50.00'", 5_000), ("money '50'", 5_000), ("money '50.5'", 5_050), ("money '50元'", 5_000),
            ("money '1,200.00'", 120_000), ("money '-3.01'", -301), ("money '0.01'", 1),
            ("money.rate(1000, 3050)", 305), ("money.rate(1, 5000)", 1), ("money.rate(1, 4999)", 0),
            ("money.rate(-1, 5000)", -1),
            ("money.rate(9000000000000000, 10000)", 9_000_000_000_000_000),
            ("list.total(money.split(101, {6000, 1500, 1000, 1000, 500}))", 101),
            ("money.split(101, {6000, 1500, 1000, 1000, 500})[1]", 61),
            (
                "money.split(20400000, {{rate = 6000}, {rate = 1500}, {rate = 1000}, {rate = 1000}, {rate = 500}})[2]",
                3_060_000
            ),
            ("date.days('2026-07-01', '2026-07-15')", 14), ("date.days('2024-02-28', '2024-03-01')", 2),
            ("date.days('2026-07-15T23:30:00+08:00', '2026-07-16')", 1), ("date.years('2008-02-29', '2026-02-28')", 17),
            ("date.years('2008-02-29', '2026-03-01')", 18), ("date.years('2000-05-05', '2026-05-05')", 26),
            ("geo.metres({lat = 36015800, lon = 106242500}, {lat = 36015616, lon = 106246695})", 378),
            ("geo.metres({lat = 39901050, lon = 116420790}, {lat = 39902446, lon = 116427022})", 554),
            ("geo.metres({lat = 0, lon = 0}, {lat = 0, lon = 0})", 0),
            ("list.rank({'a', 'b', 'c'}, 'b')", 2), ("list.total({{n = 2}, {n = 3}, {}}, 'n')", 5),
            ("list.step({{from = 0, v = 1}, {from = 10, v = 2}, {from = 20, v = 3}}, 19).v", 2),
            ("list.step({{up_to = 10, v = 1}, {up_to = 20, v = 2}, {v = 3}}, 10).v", 1),
            ("list.step({{up_to = 10, v = 1}, {up_to = 20, v = 2}, {v = 3}}, 999).v", 3),
            ("list.pick({{code = 'a', v = 1}, {code = 'b', v = 2}}, 'code', 'b').v", 2),
            ("#list.pluck({{v = 1}, {}, {v = 3}}, 'v')", 2),
        ] as [(String, Int64)])
    func integers(_ expression: String, _ expected: Int64) async throws {
        #expect(try await Sandbox.value(expression) == .int(expected))
    }

    @Test(arguments: [
        ("date.add('2026-12-31', 1)", "2027-01-01"), ("date.add('2026-03-01', -1)", "2026-02-28"),
        ("date.add_months('2026-01-31', 1)", "2026-02-28"), ("date.add_months('2024-01-31', 1)", "2024-02-29"),
        ("date.add_months('2026-03-15', -3)", "2025-12-15"), ("date.add_months('2026-11-30', 12)", "2027-11-30"),
    ])
    func dates(_ expression: String, _ expected: String) async throws {
        #expect(try await Sandbox.value(expression) == .text(expected))
    }

    @Test(
        "Rows of steps that don't rise strictly, or leave one open before the last, fail: they would give a wrong amount",
        arguments: [
            "{{from = 1}, {from = 10}, {from = 5}}", "{{from = 1}, {from = 10}, {from = 10}}",
            "{{up_to = 20}, {up_to = 10}}", "{{up_to = 10}, {up_to = 10}, {}}", "{{}, {up_to = 10}}",
            "{{from = 1}, {up_to = 10}}", "{{up_to = 3}, {from = 10}}",
        ])
    func stepsOutOfOrder(_ rows: String) async throws {
        for value in [0, 7, 16] {
            #expect(try await Sandbox.failure("list.step(\(rows), \(value))").en.contains("list.step"), "\(value)")
        }
    }

    @Test func workingDays() async throws {  // posted Wed 2023-09-27, five working days
        let first: Int32 = 19_629  // 2023-09-29
        let calendar = ScriptCalendar(
            // 09-29 and 10-02 … 10-06 are weekdays off; 10-07 (Sat) and 10-08 (Sun) are worked.
            holidays: [first] + (3...7).map { first + $0 }, makeUpDays: [first + 8, first + 9],
            covered: 19_358...19_722)
        let lua = """
            function program.assess.x(facts, settings, context)
              local ends = calendar.add_workdays(context.on, 5)
              local back = calendar.add_workdays(ends, -5)
              local seen = {}
              for i = 0, 13 do
                local day = date.add(context.on, i)
                if calendar.is_workday(day) then seen[#seen + 1] = day end
              end
              return grant(0, {keeps = {ends = ends, back = back, days = table.concat(seen, ' ')}})
            end
            """
        let source = ScriptSource(bytes: Array(lua.utf8), calendar: calendar)
        let verdict = try await Sandbox.judge(source, columns: [Sandbox.date("context.on", first - 2)])
        #expect(verdict.keeps["ends"] == "2023-10-10")
        #expect(verdict.keeps["back"] == "2023-09-27")
        #expect(verdict.keeps["days"] == "2023-09-27 2023-09-28 2023-10-07 2023-10-08 2023-10-09 2023-10-10")
        let outside = try await Sandbox.judge(source, columns: [Sandbox.date("context.on", 30_000)])
        #expect(outside.failure?.en.contains("does not cover") == true)
        #expect(outside.failure?.line == 2)
    }

    @Test func areas() async throws {
        let square: ScriptValue = [
            ["lat": 0, "lon": 0], ["lat": 0, "lon": 100], ["lat": 100, "lon": 100], ["lat": 100, "lon": 0],
        ]
        for (lat, lon, inside) in [(50, 50, true), (0, 50, true), (100, 100, true), (101, 50, false), (-1, 0, false)]
            as [(Int64, Int64, Bool)]
        {
            let verdict = try await Sandbox.assess(
                "return grant(area.within({lat = facts.p.lat, lon = facts.p.lon}, settings.area) and 1 or 0)",
                columns: [Sandbox.int("facts.p.lat", lat), Sandbox.int("facts.p.lon", lon)], settings: ["area": square])
            #expect(verdict.amount == (inside ? 1 : 0), "\(lat), \(lon)")
        }
    }

    @Test func samplesAreDrawnFromTheSeed() async throws {
        let drawn = try await Sandbox.value("list.sample({1, 2, 3, 4, 5, 6, 7, 8}, 3, 'seed')")
        #expect(drawn == (try await Sandbox.value("list.sample({1, 2, 3, 4, 5, 6, 7, 8}, 3, 'seed')")))
        guard case .list(let values) = drawn else { return #expect(Bool(false)) }
        #expect(Set(values).count == 3)
        #expect(drawn != (try await Sandbox.value("list.sample({1, 2, 3, 4, 5, 6, 7, 8}, 3, 'other')")))
    }

    /// Errors are at the author's line, and say what was passed and what was expected.
    @Test(arguments: [
        ("money.rate('50', 30)", "money.rate: argument 1 (fen) must be an integer, got text"),
        ("money.rate(50)", "argument 2 (rate) must be an integer, got nil"),
        ("money.tiers(1, {})", "there are no rows"), ("money.tiers(1, {{rate = 1}, {rate = 2}})", "only the last row"),
        ("money 'fifty'", "write money \"50.00\""), ("money '1.234'", "no amount"), ("money '12,34'", "no amount"),
        ("money.rate(math.maxinteger, 20000)", "too large"), ("money.rate(1, math.maxinteger)", "basis points"),
        ("grant(0, {parts = {math.maxinteger, -math.maxinteger}})", "too large"), ("money.split(-1, {1})", "negative"),
        ("money.split(1, {0})", "sum to more than zero"), ("date.days('2026-02-30', '2026-01-01')", "no date"),
        ("date.days(nil, '2026-01-01')", "argument 1 (from) must be a date YYYY-MM-DD, got nil"),
        ("date.add('2026-01-01', 99999999)", "out of range"), ("list.has('abc', 'a')", "must be a list, got text"),
        ("list.total({1, 'x'})", "item 2 must be an integer, got text"),
        ("geo.metres({lat = 1}, {lat = 1, lon = 1})", "a point"),
        ("string.format('%p', {})", "knows"), ("string.format('%d', 'x')", "must be an integer, got text"),
        ("('x'):find('[a')", "malformed pattern"), ("tostring()", "argument 1"),
        ("calendar.add_workdays('2026-01-01', 1 << 40)", "out of range"),
        ("error('stop here')", "stop here"), ("assert(false, 'not so')", "not so"),
        ("error({})", "must be text, got table"),
        ("nil + 1", "arithmetic on a nil value"), ("facts.subject.x.y", "not declared"),
        ("table.unpack({}, 1, 1000)", "at most 200"),
        ("refuse('not a code')", "capitals"), ("refuse()", "argument 1 (code) must be a reason code (text), got nil"),
        ("grant('5')", "argument 1 (amount) must be an integer, got text"), ("grant(nil, {})", "got nil"),
        ("grant(-1)", "negative"),
        ("grant(1, {unit = 1})", "no option unit"), ("grant(1, {units = -1})", "not negative"),
        ("grant(5, {parts = {1, 2}})", "sum to the amount 5"),
        ("refuse('A', {note = 'free text'})", "parameter note must be an integer or a date, got text"),
        ("limit(1, 'A', {}, {}, 5)", "too many"),
        ("grant(1):at_most('x', 'A')", "at_most: argument 2 (cap)"), ("grant(1).amount", "no amount"),
        ("grant(1, {keeps = {f = grant}})", "cannot be returned (function)"),
        ("grant(1, {keeps = {1, a = 2}})", "neither a list nor by name"),
        ("grant(1, {keeps = {s = '\\xff'}})", "not UTF-8"),
    ])
    func mistakesAreNamed(_ expression: String, _ words: String) async throws {
        let failure = try await Sandbox.failure(expression)
        #expect(failure.en.contains(words), "\(failure)")
        #expect(failure.line == 2)
        #expect(failure.kind == .scriptError)
        #expect(failure.description.hasPrefix("main.lua:2: "))
    }

    /// Errors of Lua itself, in zh-CN.
    @Test(arguments: [
        ("nil + settings.n", "不能用来计算:这里是 nil"), ("settings.n.x.y", "不能从中取值:n 是 number"),
        ("helper(1)", "不能当作函数调用:helper 是 nil"),
        ("1 .. {}", "不能用来连接:这里是 table"), ("1 < 'x'", "不能比较"), ("settings.n // 0", "除数为零"), ("settings.n % 0", "除数为零"),
        ("#nil", "没有长度:这里是 nil"),
    ])
    func luaSpeaksChinese(_ expression: String, _ words: String) async throws {
        let verdict = try await Sandbox.assess(
            "local v = \(expression)\nreturn grant(0)", settings: ["n": 1, "t": [:]])
        #expect(verdict.failure?.zh.contains(words) == true, "\(String(describing: verdict.failure?.zh))")
        #expect(verdict.failure?.line == 2)
    }

    @Test(arguments: [("local x = = 1", "语法错误"), ("if x then", "语法错误"), ("local s = 'abc", "语法错误")])
    func theParserSpeaksChinese(_ lua: String, _ words: String) async throws {
        #expect(await Sandbox.loadFailure(Sandbox.source(lua))?.zh.contains(words) == true)
    }
}
