/// Whom a figure of a report tells of, for what may be told of a few (decision 0066).
public struct FigurePeople: Hashable, Sendable {
    /// The plugins that decided about them; empty where no form is kept from others, or where all programs are counted together.
    var plugins: [String] = []
    /// How many stand behind the figure and behind each of its parts.
    var counts: [Int64]

    init(_ plugins: [String] = [], _ counts: [Int64]) {
        (self.plugins, self.counts) = (plugins, counts)
    }

    var hasFew: Bool { counts.contains { FigurePeople.isFew($0) } }

    static func isFew(_ count: Int64) -> Bool { (1..<Int64(Suppression.least)).contains(count) }
}

/// What of a report may be told to somebody who may not see everybody that it counts.
///
/// A figure that rests on 1 to 4 people isn't told, nor its parts and its money: somebody who knows three of them knows the fourth. City
/// totals of calendar years that are over are official and told whole. What plugins with sensitive or sealed forms decided is told for
/// calendar years only, and never of a few: between two spans that differ by a day lies one patient.
public struct ReportVeil: Sendable {
    /// Plugins with a form that is sensitive or sealed.
    private let kept: Set<String>
    private let today: CivilDate

    /// - Parameter bundle: the configuration in force; nil in a new city, where nothing was decided.
    public init(_ bundle: Bundle?, today: CivilDate) {
        kept = Set(
            (bundle?.plugins ?? [:]).filter { $0.value.manifest.forms.values.contains(where: \.isKept) }.keys)
        self.today = today
    }

    /// Why a figure isn't told; nil: it is.
    func reason(_ value: MetricValue, of request: ReportRequest) -> LocalText? {
        for people in value.people {
            let isKept = people.plugins.contains { kept.contains($0) }
            if isKept, !request.isOfYears {
                return LocalText(
                    zh: "涉及敏感或封存的项目,只按整年(1月1日至12月31日)公布",
                    en: "of programs that are sensitive or sealed, told for whole calendar years only")
            }
            if people.hasFew, isKept || !isOfficial(request) {
                return LocalText(
                    zh: "涉及不足 \(Suppression.least) 人,不公布", en: "fewer than \(Suppression.least) people: not told")
            }
        }
        return nil
    }

    /// Whether groups of a few are told of a figure of one form.
    func tellsGroups(of form: FormDefinition?, _ request: ReportRequest) -> Bool {
        form?.isKept != true && isOfficial(request)
    }

    /// A year that isn't over is added to day by day.
    private func isOfficial(_ request: ReportRequest) -> Bool { request.isOfYears && request.asOf < today }
}

extension FormDefinition {
    /// Whether that somebody applies by it, or who does, is nobody else's business.
    var isKept: Bool { sensitive != nil || sealed != nil }
}

extension ReportRequest {
    /// Whether the period is made of full calendar years.
    var isOfYears: Bool {
        let (first, last) = (period.from.parts, period.to.parts)
        return first.month == 1 && first.day == 1 && last.month == 12 && last.day == 31
    }
}
