import NiangjiaCore

/// What a form that moves money or goes over many must say, so that nobody learns it from a failed batch.
extension FormChecker {
    /// A batch has no applicant and nobody who fills a form in.
    func checkBatch(_ node: YAMLNode) {
        let path = "forms.\(form.name)"
        let givesMoney = form.gives.kind.values.contains(.money)
        checkPayee(node, "\(path).gives.to", givesMoney: givesMoney)
        guard form.by.contains("batch"), let population = form.population else { return }
        for (member, at) in givenTo(node, "\(path).gives.to") where givesMoney && member.text == "applicant" {
            problems.error(
                member, at, zh: "批量没有申请人,请写 to: subject(付给裁定的对象本人)",
                en: "a batch has no applicant; write to: subject (whom the decision is about)")
        }
        let columns = manifest.columns(of: population).map(\.name)
        for field in form.fields where !field.isLeftOut && !columns.contains(field.name) {
            let at = "\(path).fields.\(field.name)"
            problems.error(
                node["fields"]?.keyNode(field.name) ?? node["fields"], at,
                zh: "批量时无人填写 \(field.name): 请加 optional: true,或去掉 batch",
                en: "nobody fills \(field.name) in a batch: add optional: true, or take batch away")
        }
    }

    /// Money goes to a person or an organisation: a household, a station or a record has no account.
    private func checkPayee(_ node: YAMLNode, _ path: String, givesMoney: Bool) {
        guard givesMoney else { return }
        let kind = PathResolver(manifest: manifest, form: form).subjectKind
        let isPayable = kind == .person || kind == .organization
        let advice = LocalText(
            zh: "可写 subject(对象是人或单位时)、applicant(非批量),或指向人员、单位字段的路径;给一户的钱请按人申请,如 subject: applicant",
            en:
                "write subject (where it is a person or an organisation), applicant (not in a batch), or a path to a person "
                + "or organisation field; money for a household goes to a person, as with subject: applicant")
        for (member, at) in givenTo(node, path) {
            guard let text = member.text else { continue }
            if text == "household" || text.hasSuffix(".household") {
                problems.error(member, at, zh: "不能付给家庭: " + advice.zh, en: "a household can't be paid: " + advice.en)
            } else if text == "subject", !isPayable {
                problems.error(
                    member, at, zh: "对象是\(kind.title.zh),没有收款账户: " + advice.zh,
                    en: "the subject is a \(kind.rawValue), which has no account: " + advice.en)
            }
        }
    }

    private func givenTo(_ node: YAMLNode, _ path: String) -> [(YAMLNode, String)] {
        guard let to = node["gives"]?["to"] else { return [] }
        return to.isScalar ? [(to, path)] : to.members.map { ($0.value, YAMLPath.child(path, $0.key.text ?? "")) }
    }
}

extension SubjectKind {
    fileprivate var title: LocalText {
        switch self {
        case .person: LocalText(zh: "人", en: "person")
        case .household: LocalText(zh: "家庭", en: "household")
        case .organization: LocalText(zh: "单位", en: "organisation")
        case .station: LocalText(zh: "站点", en: "station")
        case .record: LocalText(zh: "登记记录", en: "record")
        case .nobody: LocalText(zh: "空", en: "nobody")
        }
    }
}

extension Field {
    /// Whether nothing need be handed in.
    fileprivate var isLeftOut: Bool {
        if case .nullable = type { return true }
        return isOptional
    }
}
