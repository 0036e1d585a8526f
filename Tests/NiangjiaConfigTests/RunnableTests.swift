import NiangjiaConfig
import NiangjiaCore
import Testing

/// Forms whose every name is there, and that the host couldn't handle all the same: the check tells it, the first application no more.
@Suite("What the host can't follow is refused when the plugin is checked") struct RunnableTests {
    /// The problems of a manifest with one form, each with its line and place.
    private func problems(_ form: String) -> [String] {
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: {zh-CN: 一, en: One}
            settings: {most: integer, perhaps: {type: integer, optional: true}}
            records:
              site: {key: [code], fields: {code: string, opens: date, head: person, seats: integer}, by: [clerk]}
            forms:
              ask:
                by: [clerk]
                fields:
                  site: site
                  who: person
                  firm: organization
                  at: {type: instant, optional: true}
                  from: date
                  stay: {in: date, out: date, host: person}
                  people: {type: array, items: {person: person, day: date, friends: {type: array, items: {who: person}}}}
                \(form)
            """
        let report = ManifestFile.read(Array(text.utf8), file: "plugins/x/plugin.yaml").report
        return report.errors.map { "\($0.path): \($0.text(.en))" }
    }

    @Test(
        "What leads behind a reference, into a list or to a moment",
        arguments: [
            ("subject: site.head", "forms.ask.subject", "is no reference field of this form"),
            ("subject: household", "forms.ask.subject", "is no reference field of this form"),
            ("subject: people.friends.who", "forms.ask.subject", "is no reference field of this form"),
            ("dated_by: site.opens", "forms.ask.dated_by", "one of the form itself"),
            ("dated_by: stay.in", "forms.ask.dated_by", "one of the form itself"),
            ("dated_by: at", "forms.ask.dated_by", "one of the form itself"),
            (
                "unique: [{per: subject, nights: {from: at, to: from}, reason: ONCE}]",
                "forms.ask.unique[0].nights.from", "between date fields"
            ),
            ("recheck: {daily: \"03:30\", until: at}", "forms.ask.recheck.until", "must be a date"),
            ("dated_by: people.day", "forms.ask.dated_by", "one of the form itself"),
            ("gives: {kind: money, to: site.head, when: approved}", "forms.ask.gives.to", "outside lists"),
            ("gives: {kind: money, to: people.person, when: approved}", "forms.ask.gives.to", "outside lists"),
            ("gives: {kind: money, to: from, when: approved}", "forms.ask.gives.to", "outside lists"),
            ("gives: {kind: money, to: own.clerk, when: approved}", "forms.ask.gives.to", "outside lists"),
            ("gives: {kind: fee, from: site.head, when: approved}", "forms.ask.gives.from", "outside lists"),
            ("unique: [{per: who.birth_date, reason: ONCE}]", "forms.ask.unique[0].per", "are for rules"),
            ("unique: [{per: household.size, reason: ONCE}]", "forms.ask.unique[0].per", "are for rules"),
            ("places: {per: applicant.occupation, count: {setting: most}}", "forms.ask.places.per", "are for rules"),
            ("subject: firm\n    facts: {household: [size]}", "forms.ask.facts.household", "no household's facts"),
            ("recheck: {daily: \"03:30\", until: people.friends}", "forms.ask.recheck.until", "must be a date"),
            (
                "stages: {one: {until: site.opens, end: true}}", "forms.ask.stages.one.until",
                "no field of this form or its stages"
            ),
        ])
    func refused(_ form: String, _ place: String, _ words: String) {
        let found = problems(form + "\nreasons: {ONCE: {zh-CN: 一次, en: Once}}")
        #expect(found.contains { $0.hasPrefix(place + ":") && $0.contains(words) }, "\(found)")
    }

    @Test(
        "What it can follow stays",
        arguments: [
            "subject: people.person", "subject: firm", "dated_by: from",
            "gives: {kind: money, to: stay.host, when: approved}", "gives: {kind: fee, from: firm, when: approved}",
            "unique: [{per: subject, nights: {from: stay.in, to: stay.out}, reason: ONCE}]",
            "unique: [{per: who.household, with: firm.industry, reason: ONCE}]",
            "places: {per: site, count: site.seats, closes: site.opens}", "places: {count: {setting: perhaps}}",
            "recheck: {daily: \"03:30\", until: site.opens}",
            "stages: {one: {until: stay.out, end: true}}",
        ])
    func followed(_ form: String) {
        let found = problems(form + "\nreasons: {ONCE: {zh-CN: 一次, en: Once}}")
        #expect(found == [])
    }

    @Test("A number of places that a program may leave out is a warning, and leaving it out the program's error")
    func countedPlaces() throws {
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: {zh-CN: 一, en: One}
            settings: {most: integer, perhaps: {type: integer, optional: true}}
            forms:
              ask:
                by: [clerk]
                fields: {who: person}
                subject: who
                places: {count: {setting: perhaps}}
                gives: {kind: nothing}
            """
        let read = ManifestFile.read(Array(text.utf8), file: "plugins/x/plugin.yaml")
        let warned = read.report.problems.filter { $0.path == "forms.ask.places.count.setting" }
        #expect(warned.count == 1 && read.report.errors.isEmpty, "\(read.report.problems)")
        let manifest = try #require(read.manifest)
        func missing(_ more: String) -> [String] {
            let program = """
                program: x-2026
                plugin: x
                policy: 测工发〔2026〕9号
                status: open
                organization: 990100
                series: x
                season: {from: 2026-07-01, to: 2026-09-30}
                review: [city]
                \(more)
                """
            let report = ProgramFile.read(
                Array(program.utf8), file: "config/programs/x-2026.yaml",
                against: ConfigSurroundings(plugins: ["x": manifest])
            ).report
            return report.errors.map { "\($0.path): \($0.text(.en))" }
        }
        let left = missing("settings: {most: 1}")
        #expect(left.count == 1 && left[0].hasPrefix("settings.perhaps:"), "\(left)")
        #expect(missing("settings: {most: 1, perhaps: 5}") == [])
        #expect(missing("settings: {most: 1}\nforms: {ask: {settings: {perhaps: 5}}}") == [])
        let late = missing("settings: {most: 1}\nchanges: [{from: 2026-08-01, settings: {perhaps: 5}}]")
        #expect(late.count == 1, "\(late)")
        let unread = missing("settings: {most: 1, perhaps: five}")
        #expect(unread.count == 1 && !unread[0].contains("number of places"), "\(unread)")
    }

    @Test("A population of records is all that stand of a table, and a batch decides about its members")
    func populations() {
        func found(_ population: String, _ subject: String = "applicant") -> [String] {
            let text = """
                id: x
                version: 1.0.0
                api: 1
                title: {zh-CN: 一, en: One}
                records:
                  site: {key: [code], fields: {code: string, state: string}, by: [clerk]}
                forms:
                  ask:
                    by: [batch]
                    population: \(population)
                    fields: {who: {type: person, optional: true}, firm: {type: organization, optional: true}}
                    subject: \(subject)
                    gives: {kind: nothing}
                """
            return ManifestFile.read(Array(text.utf8), file: "plugins/x/plugin.yaml").report.errors.map { $0.text(.en) }
        }
        #expect(found("{of: site}") == [])
        let refused = found("{of: site, where: {state: [open]}}")
        #expect(refused.count == 1 && refused[0].contains("can't be chosen by their fields"), "\(refused)")
        #expect(refused.first?.hasPrefix("line 10") == true, "\(refused)")
        // Facts of registers choose whether or not the rule reads them.
        #expect(found("{of: persons, where: {union_level: [basic]}}") == [])
        #expect(found("{of: households, where: {hardship_class: [deep]}}") == [])
        #expect(found("{of: persons}", "firm").contains { $0.contains("write subject: applicant") })
        #expect(found("{of: persons}", "nobody").contains { $0.contains("write subject: applicant") })
    }
}
