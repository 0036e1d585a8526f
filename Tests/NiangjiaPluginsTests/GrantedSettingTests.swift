import LuaSandbox
import NiangjiaCore
import Testing

@testable import NiangjiaPlugins

/// Which amounts of the settings a rule grants as they are.
@Suite struct GrantedSettingTests {
    private func grants(_ body: String) async throws -> [GrantedSetting] {
        let source = "function program.assess.package(facts, s, context)\n\(body)\nend\n"
        let plugin = PluginCheckTests.plugin(source) { manifest in
            manifest.settings += [
                Field("most", .money),
                Field("daily", .nullable(.object([Field("rate", .rate), Field("cap", .money)])), isOptional: true),
                Field("columns", .list(.object([Field("class", .string), Field("a", .money), Field("b", .money)]))),
            ]
        }
        return try await PluginCheck(pool: WorkerPool()).check(plugin).grants
    }

    private func grant(_ paths: [String], _ caps: [[String]] = []) -> GrantedSetting {
        GrantedSetting(form: "package", paths: paths, caps: caps)
    }

    @Test("A plain amount, one of a table, of an object, and through local names")
    func known() async throws {
        #expect(try await grants("return grant(s.value, {units = 1})") == [grant(["value"])])
        #expect(try await grants("return limit(s.value, 'NOT_EXPOSED')") == [grant(["value"])])
        #expect(try await grants("local v = s.value\nreturn grant(v)") == [grant(["value"])])
        #expect(try await grants("return s.daily and grant(s.daily.cap) or grant(0)") == [grant(["daily.cap"])])
        let picked = "local row = list.pick(s.tiers, \"class\", facts.household.hardship_class)\n"
        #expect(try await grants(picked + "return row and grant(row.amount)") == [grant(["tiers[].amount"])])
        let walked = "for _, row in ipairs(s.tiers) do if row.class then return grant(row.amount) end end"
        #expect(try await grants(walked) == [grant(["tiers[].amount"])])
        let column = """
            local name, row = math.max(1, 2), list.pick(s.columns, "class", facts.household.hardship_class)
            return grant(row[name])
            """
        #expect(try await grants(column) == [grant(["columns[].a", "columns[].b"])])
    }

    @Test("The bounds by which rows are found aren't granted by a column's name; those that are named themselves are")
    func thresholds() async throws {
        func grants(_ body: String) async throws -> [GrantedSetting] {
            let source = "function program.assess.package(facts, s, context)\n\(body)\nend\n"
            let plugin = PluginCheckTests.plugin(source) { manifest in
                manifest.settings += [
                    Field(
                        "lines",
                        .list(.object([Field("up_to", .money), Field("junior", .money), Field("senior", .money)])))
                ]
            }
            return try await PluginCheck(pool: WorkerPool()).check(plugin).grants
        }
        let step = "local row = list.step(s.lines, 3)\n"
        #expect(
            try await grants(step + "return grant(row[context.stage])")
                == [grant(["lines[].junior", "lines[].senior"])])
        #expect(try await grants(step + "return grant(row.up_to)") == [grant(["lines[].up_to"])])
    }

    @Test("Caps that settings say bound the grant before them; others are left out")
    func capped() async throws {
        #expect(
            try await grants("return grant(s.value):at_most(s.most - facts.look.season.amount, 'NOT_EXPOSED')")
                == [grant(["value"], [["most"]])])
        let apart = """
            local award = grant(s.value)
            if s.daily then award = award:at_most(s.daily.cap, "NOT_EXPOSED") end
            return award:at_most(facts.look.season.amount, "NOT_EXPOSED")
            """
        #expect(try await grants(apart) == [grant(["value"], [["daily.cap"]])])
        // A cap of a grant that isn't known belongs to no other.
        let two = """
            if s.season == "a" then return grant(s.value) end
            return grant(s.value * 2):at_most(s.most, "NOT_EXPOSED")
            """
        #expect(try await grants(two) == [grant(["value"])])
    }

    @Test(
        "What is computed, chosen or written over isn't known",
        arguments: [
            "return grant(s.value * 2)", "return grant(s.value - 1)", "return grant(s.value or 5)", "return grant(500)",
            "local v = s.value\nv = v + 1\nreturn grant(v)", "return grant(money.rate(s.value, 5))",
            "return grant(facts.look.season.amount)", "local v = s.value + 1\nreturn grant(v)",
            "local v = s[facts.subject.exposure]\nreturn grant(v)",
        ])
    func unknown(body: String) async throws {
        #expect(try await grants(body).isEmpty)
    }
}
