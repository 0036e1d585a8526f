/// Until when a case may stay in a stage: `within` from its coming there, `until` the end of a day, whichever is first.
struct StageDeadline {
    let context: FormContext
    let stage: StageDefinition
    /// The case's fields, its stages under `stages`.
    let fields: Value
    let settings: [String: Value]

    /// The moment that ends the stay; nil where nothing does.
    func due(from now: Instant) throws(NiangjiaError) -> Instant? {
        var found: [Instant] = []
        if let within = try within() {
            found.append(try StageDeadline.adding(within, to: now, context.bundle.calendar))
        }
        if let path = stage.until, let date = fields.at(path: path).date { found.append(Instant(date + 1)) }
        return found.min()
    }

    /// The words of `within`: `24h`, or what the setting says for the value at `by`.
    private func within() throws(NiangjiaError) -> String? {
        switch stage.within {
        case nil: return nil
        case .literal(let word): return word
        case .setting(let name):
            let setting = settings[name] ?? .null
            guard let path = stage.withinBy else { return setting.text }
            let key = fields.at(path: path).text ?? ""
            guard let word = setting[key].text else {
                throw NiangjiaError(
                    .configuration, zh: "设置 \(name) 中没有“\(key)”的时限(阶段 \(stage.name))",
                    en: "the setting \(name) has no duration for \"\(key)\" (stage \(stage.name))",
                    place: "config/programs/\(context.program.id).yaml: settings.\(name)")
            }
            return word
        }
    }

    /// `24h`, `3d`, `3wd` after a moment; working days keep the time of day.
    static func adding(_ word: String, to now: Instant, _ calendar: WorkCalendar) throws(NiangjiaError) -> Instant {
        let digits = word.prefix { $0.isNumber }
        guard let n = Int64(digits), n < 100_000 else { throw wrong(word) }
        switch word.dropFirst(digits.count) {
        case "h": return now + n * 3_600_000
        case "d": return now + n * 86_400_000
        case "wd":
            let day = try calendar.adding(workdays: Int(n), to: now.date)
            return now + Int64(day.days - now.date.days) * 86_400_000
        default: throw wrong(word)
        }
    }

    private static func wrong(_ word: String) -> NiangjiaError {
        NiangjiaError(
            .configuration, zh: "“\(word)”不是时长,请写 24h、3d 或 3wd", en: "\"\(word)\" is no duration: 24h, 3d or 3wd")
    }
}
