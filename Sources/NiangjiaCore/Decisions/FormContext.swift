/// A form of a program as a bundle has it: everything the corridor needs to know of it.
struct FormContext: Sendable {
    /// In one place: a context is handed on with every step of an application, and holds a city's whole configuration.
    private var content: Content
    var bundle: Bundle { content.bundle }
    var program: Program { content.program }
    var plugin: Plugin { content.plugin }
    var form: FormDefinition { content.form }
    var rules: FormRules { content.rules }
    /// The program by whose lines and season whoever waits for its money is served: to a stored case, the one in force.
    var payer: Program { content.payer }
    /// Which of the register's people and versions a sweep reads.
    var view = RegisterView()

    /// `plugin/form`, as stacking and looks name it.
    var qualifiedName: String { content.qualifiedName }

    private final class Content: Sendable {
        let bundle: Bundle
        let program: Program
        let plugin: Plugin
        let form: FormDefinition
        let rules: FormRules
        let payer: Program
        let qualifiedName: String

        init(
            _ bundle: Bundle, _ program: Program, _ plugin: Plugin, _ form: FormDefinition, _ rules: FormRules? = nil,
            payer: Program? = nil
        ) {
            self.bundle = bundle
            self.program = program
            self.plugin = plugin
            self.form = form
            self.rules = rules ?? program.rules(for: form.name)
            self.payer = payer ?? program
            qualifiedName = plugin.manifest.id + "/" + form.name
        }
    }

    init(bundle: Bundle, program id: String, form name: String) throws(NiangjiaError) {
        guard let program = bundle.programs[id] else {
            throw NiangjiaError(.notFound, zh: "没有项目 \(id)", en: "there is no program \(id)", place: "/program")
        }
        guard let plugin = bundle.plugins[program.plugin] else {
            throw NiangjiaError(
                .configuration, zh: "项目 \(id) 的插件 \(program.plugin) 不在方案中",
                en: "the plugin \(program.plugin) of program \(id) is not in the bundle")
        }
        guard let form = plugin.manifest.forms[name] else {
            throw NiangjiaError(
                .notFound,
                zh: "项目 \(id) 没有表单 \(name)(有 \(plugin.manifest.forms.keys.sorted().joined(separator: "、")))",
                en:
                    "program \(id) has no form \(name), but \(plugin.manifest.forms.keys.sorted().joined(separator: ", "))",
                place: "/form")
        }
        content = Content(bundle, program, plugin, form)
    }

    /// The form as if its rules had held so many years before, with the settings of a day.
    func moved(back years: Int, settingsOn day: CivilDate) -> FormContext {
        var moved = self
        moved.content = Content(bundle, program, plugin, form, rules.moved(back: years, settingsOn: day))
        return moved
    }

    /// The form of a stored case: its rules stay as they are, and who waits for money stands before it as the program in force has it.
    ///
    /// - Parameter waits: whether it waits itself: then its money is that of the program in force, where that names any.
    func paid(by payer: Program, waits: Bool) -> FormContext {
        var rules = rules
        let funding = payer.rules(for: form.name).funding
        if waits, !funding.isEmpty { rules.funding = funding }
        var paid = self
        paid.content = Content(bundle, program, plugin, form, rules, payer: payer)
        return paid
    }

    /// Throws when a batch is asked for a date on which the program doesn't happen.
    func checkSeason(_ date: CivilDate) throws(NiangjiaError) {
        guard !rules.season.contains(date) else { return }
        throw NiangjiaError(
            .conflict, zh: "\(date) 不在项目期间 \(rules.season) 内,请用 --as-of 指定期间内的日期",
            en: "\(date) is outside the season \(rules.season); name a date within it with --as-of")
    }

    /// Throws when a preview is asked for a date on which the program doesn't happen. Applications of a year are looked back at from any.
    func checkPreviewed(on date: CivilDate) throws(NiangjiaError) {
        if form.population != nil { try checkSeason(date) }
    }

    /// Refuses a form that is handled case by case: nobody says over whom a batch would go.
    func checkPopulation() throws(NiangjiaError) {
        guard form.population != nil else { throw withoutPopulation }
    }

    var withoutPopulation: NiangjiaError {
        NiangjiaError(
            .invalid, zh: "表单 \(form.name) 没有 population,不能批量核定:它按申请逐份办理",
            en: "form \(form.name) has no population and can't be decided in batch: it is handled case by case",
            place: "/form")
    }

    /// What kind of thing the form's decisions are about.
    func subjectKind() throws(NiangjiaError) -> SubjectKind {
        switch form.subject {
        case .nobody: return .nobody
        case .applicant:
            guard let population = form.population else { return .person }
            return FormContext.kind(ofPopulation: population.of)
        case .path(let path):
            guard let type = FormContext.referenceType(at: path, in: form.fields) else {
                throw NiangjiaError(
                    .configuration, zh: "表单 \(form.name) 的 subject: \(path) 不是引用字段",
                    en: "subject: \(path) of form \(form.name) is not a reference field")
            }
            return FormContext.kind(ofReference: type)
        }
    }

    static func kind(ofPopulation name: String) -> SubjectKind {
        switch name {
        case "persons": .person
        case "households": .household
        case "organizations": .organization
        case "stations": .station
        default: .record
        }
    }

    static func kind(ofReference name: String) -> SubjectKind {
        switch name {
        case "person", "child", "member": .person
        case "organization": .organization
        case "household": .household
        case "station": .station
        default: .record
        }
    }

    /// The register or record that a path through fields ends at; goes through lists and objects.
    static func referenceType(at path: String, in fields: [Field]) -> String? {
        var fields = fields
        var found: String?
        for step in path.split(separator: ".") {
            guard let field = fields.first(where: { $0.name == step }) else { return nil }
            var type = field.type
            if case .list(let element) = type { type = element }
            if case .nullable(let inner) = type { type = inner }
            switch type {
            case .reference(let name):
                found = name
                fields = []
            case .object(let inner):
                found = nil
                fields = inner
            default: return nil
            }
        }
        return found
    }

    /// The array field through which the subject's path goes: one decision for each of its elements.
    var arrayField: Field? {
        guard case .path(let path) = form.subject, let first = path.split(separator: ".").first,
            let field = form.fields.first(where: { $0.name == first }), case .list = field.type
        else { return nil }
        return field
    }
}
