/// Looks up the words of a metric, and says what is wrong with them.
struct MetricPlanReader {
    let definition: MetricDefinition
    let manifest: Manifest
    private(set) var faults: [MetricFault] = []

    init(definition: MetricDefinition, manifest: Manifest) {
        self.definition = definition
        self.manifest = manifest
    }

    /// Nil where something is wrong that leaves nothing to count.
    mutating func read() -> MetricPlan? {
        guard definition.count != nil || definition.sum != nil else {
            fault("", zh: "须写 count(计数)或 sum(求和)", en: "needs count or sum")
            return nil
        }
        if definition.count != nil, definition.sum != nil {
            fault("sum", zh: "count 和 sum 只写一个", en: "write count or sum, not both")
        }
        if definition.sum != nil, !definition.by.isEmpty {
            fault("by", zh: "by 只用于 count:求和不分类,请删去", en: "by goes with count: sums aren't told apart; remove it")
        }
        if let form = manifest.forms[definition.of] { return read(form) }
        if let record = manifest.records[definition.of] { return read(record) }
        let names = manifest.forms.keys.sorted() + manifest.records.keys.sorted()
        unknown("of", definition.of, names, zh: "没有表单或记录表", en: "there is no form or record")
        return nil
    }

    private mutating func read(_ form: FormDefinition) -> MetricPlan? {
        guard let moment = moment(of: form) else { return nil }
        if definition.target != nil {
            fault("target", zh: "target 只用于记录表", en: "target is for record tables")
        }
        let paths = MetricPaths(form: form, manifest: manifest, moment: moment)
        var plan = MetricPlan(of: form.name, moment: moment, figure: .cases)
        plan.form = form
        plan.groups = groups { path throws(MetricFault) in try paths.group(path) }
        do throws(MetricFault) {
            (plan.figure, plan.isMoney) = try paths.figure(definition)
        } catch {
            faults.append(error)
        }
        return plan
    }

    private mutating func read(_ record: RecordDefinition) -> MetricPlan? {
        if let at = definition.at {
            fault("at", zh: "记录表没有阶段,请删去 at: \(at)", en: "a record table has no stages; remove at: \(at)")
        }
        let paths = MetricPaths(record: record, manifest: manifest)
        var plan = MetricPlan(of: definition.of, moment: .rows, figure: .cases)
        plan.record = record
        plan.groups = groups { path throws(MetricFault) in try paths.group(path) }
        do throws(MetricFault) {
            (plan.figure, plan.isMoney) = try paths.figure(definition)
            plan.people = try paths.people(counting: plan.figure)
            plan.target = try definition.target.map { path throws(MetricFault) in
                try paths.target(path, isMoney: plan.isMoney, ofSum: definition.sum != nil)
            }
        } catch {
            faults.append(error)
        }
        return plan
    }

    private mutating func groups(_ read: (String) throws(MetricFault) -> MetricPlan.Group) -> [MetricPlan.Group] {
        var found: [MetricPlan.Group] = []
        for (n, path) in definition.by.enumerated() {
            do throws(MetricFault) {
                found.append(try read(path))
            } catch {
                var fault = error
                fault.key = "by[\(n)]"
                faults.append(fault)
            }
        }
        return found
    }

    private mutating func moment(of form: FormDefinition) -> MetricPlan.Moment? {
        // A batch hands nothing in.
        let isOnlyBatch = !form.by.isEmpty && form.by.allSatisfy { $0 == "batch" }
        guard let at = definition.at else {
            guard !isOnlyBatch else {
                fault(
                    "", zh: "\(form.name) 只批量核定,没有申请可数;数核准的,请写 at: approved",
                    en:
                        "\(form.name) is only decided in batches and has no applications; write at: approved for its grants"
                )
                return nil
            }
            return .submitted
        }
        // Stages of a form may be called by any name.
        if form.stage(at) != nil { return .stage(at) }
        let kinds = Set(form.gives.kind.values)
        switch at {
        case "submitted" where !isOnlyBatch: return .submitted
        case "approved": return .approved
        case "delivered" where kinds.contains(.goods): return .delivered
        case "paid" where kinds.contains(.money): return .paid
        case "submitted", "delivered", "paid":
            let (zh, en) =
                switch at {
                case "submitted": ("只批量核定,没有申请", "is only decided in batches and has no applications")
                case "paid": ("不给付钱(gives.kind: money)", "gives no money")
                default: ("不发物品(gives.kind: goods)", "gives no goods")
                }
            fault(
                "at", zh: "表单 \(form.name) \(zh),\(at) 数不出来;可写 at: approved",
                en: "the form \(form.name) \(en): \(at) can't be counted; at: approved may be written")
        default:
            unknown(
                "at", at, form.stages.map(\.name) + ["submitted", "approved", "delivered", "paid"], zh: "没有阶段",
                en: "there is no stage")
        }
        return nil
    }

    private mutating func fault(_ key: String, zh: String, en: String) {
        faults.append(MetricFault(key, zh: zh, en: en))
    }

    private mutating func unknown(_ key: String, _ word: String, _ among: [String], zh: String, en: String) {
        var fault = MetricFault(key, zh: "\(zh) \(word)", en: "\(en) \(word)")
        (fault.word, fault.among) = (word, among)
        faults.append(fault)
    }
}
