import Foundation
import NiangjiaCore

/// The evidence of a case, for whoever may see the fields that name it.
extension Operations {
    static let evidenceOperations: [Operation] = [
        Operation("case.evidence", .anyOf([.seeOwn, .seeCases]), reach: .own, listEvidence),
        Operation("case.evidence_file", .anyOf([.seeOwn, .seeCases]), reach: .own, readEvidence),
    ]

    /// The files that a case's fields and stages name, as far as the caller may read those.
    private static func listEvidence(_ call: Call) async throws {
        let (_, files, others) = try await shownFiles(call)
        var rows: [Value] = []
        for file in files {
            let kept = try await call.host.store.read { try EvidenceFiles.row(file.name, in: $0) }
            // Whom the case hides is known by what another case has of the same bytes, so that nothing is told of those.
            if file.isHidden {
                rows.append(evidence(file, kept?.type))
                continue
            }
            // Gone from the disk is said, not passed over: whoever reviews must know that there was something.
            let content = try? await call.host.evidence.content(file.name)
            rows.append([
                "field": .text(file.field), "stage": file.stage.map { .text($0) } ?? .null, "file": .text(file.name),
                "read": .null, "media_type": kept.map { .text($0.type) } ?? .null,
                "size": kept.map { .int($0.size) } ?? .null,
                "sm3": content.map { .text(Hex.text(call.host.crypto.digest($0))) } ?? .null,
                "at": kept.map { .text($0.at.description) } ?? .null,
            ])
        }
        for file in others {
            call.output.line(
                "有 1 份附件您不能查看:\(file.field)(限 \(file.read.joined(separator: "、")))",
                en: "1 attachment you may not see: \(file.field) (\(file.read.joined(separator: ", ")))")
            guard case .map(var members) = evidence(file, nil) else { continue }
            (members["file"], members["read"]) = (.null, .list(file.read.map { .text($0) }))
            rows.append(.map(members))
        }
        call.output.table(
            ["栏目", "阶段", "类型", "字节", "收到", "附件"], en: ["field", "stage", "type", "bytes", "taken", "file"],
            rows.map { row in
                [
                    row["field"].text ?? "", row["stage"].text ?? "", row["media_type"].text ?? "-",
                    row["size"].int.map { "\($0)" } ?? "-", row["at"].text ?? "-", row["file"].text ?? "",
                ]
            })
        call.output.answer(.list(rows))
    }

    /// A file of which no more is told than that it is there.
    private static func evidence(_ file: ShownFile, _ type: String?) -> Value {
        [
            "field": .text(file.field), "stage": file.stage.map { .text($0) } ?? .null, "file": .text(file.place),
            "read": .null, "media_type": type.map { .text($0) } ?? .null, "size": .null, "sm3": .null, "at": .null,
        ]
    }

    /// A file's bytes. That somebody has looked is written down before they are given out.
    private static func readEvidence(_ call: Call) async throws {
        let wanted = try call.arguments.text("file")
        let (record, files, others) = try await shownFiles(call)
        let place = wanted.replacing(".", with: "/")
        guard let file = files.first(where: { $0.path == place || !$0.isHidden && $0.name == wanted }) else {
            guard let other = others.first(where: { $0.path == place }) else { throw EvidenceFiles.missing }
            throw NiangjiaError(
                .forbidden, zh: "附件 \(other.field) 限 \(other.read.joined(separator: "、")) 查看。",
                en: "The attachment \(other.field) is for \(other.read.joined(separator: ", ")).", place: "/file")
        }
        try await logAccess(at: file, of: record, call)
        let content = try await call.host.evidence.content(file.name)
        // What it is goes by the content, now as when it was taken.
        guard let type = EvidenceType(of: content) else { throw EvidenceFiles.missing }
        let name = "\(record.id)-\(file.path.replacing("/", with: "-")).\(type.ending)"
        var answer: [String: Value] = [
            "case": .text(record.id.text), "field": .text(file.field), "file": .text(file.told), "name": .text(name),
            "media_type": .text(type.rawValue), "size": .int(Int64(content.count)),
            "sm3": .text(Hex.text(call.host.crypto.digest(content))),
        ]
        if let out = try call.arguments.optionalText("out") {
            try await offPool { try EvidenceFiles.write(content, out: out) }
            answer["out"] = .text(out)
            call.output.line("已写入 \(out)(查看已记录)", en: "written to \(out); the reading is logged")
        } else {
            answer["content"] = .text(Data(content).base64EncodedString())
            call.output.line(
                "附件 \(name),\(content.count) 字节(查看已记录);用 --out 写成文件。",
                en: "file \(name), \(content.count) bytes; the reading is logged. --out writes it to a file.")
        }
        call.output.answer(.map(answer))
    }

    /// The files of a case that the caller may see, and those of which they know only that they are there.
    private static func shownFiles(_ call: Call) async throws -> (CaseRecord, [ShownFile], others: [ShownFile]) {
        let record = try await visibleCase(call)
        let account = try signedIn(call)
        let view = try await CaseView(of: record, for: account, on: call.host)
        let filter = try await FactFilter(of: record, view, for: account, call.host)
        return try await call.host.store.read { reader in
            (record, try view.shownFiles(filter, in: reader), others: try view.keptFiles(in: reader))
        }
    }

    /// A look at evidence is a look at its case, and its applicant may know of it; the log names nobody whom a sealed case hides: neither
    /// as whom the look is about, nor as who looks.
    private static func logAccess(at file: ShownFile, of record: CaseRecord, _ call: Call) async throws {
        let (account, context) = (try signedIn(call), call.context)
        if record.isSealed, account.person != nil, account.person == record.applicant { return }
        let (fields, reason) = ("evidence:\(file.path)", record.id.text)
        try await call.host.store.write(.interactive) { writer in
            for about in record.looked() {
                try AccessLog.note(fields, about: about, by: account.id, reason: reason, context, in: writer)
                try context.record(
                    "access.evidence", about: about, body: ["fields": .text(fields), "reason": .text(reason)],
                    in: writer)
            }
        }
    }
}

/// A file that a case names, as somebody may know of it.
struct ShownFile: Hashable, Sendable {
    /// Where its form names it: `proof`, `children/0/proof`.
    var field: String
    /// The stage at which it was handed in; nil: with the application.
    var stage: String?
    /// By which the store keeps it.
    var name: String
    /// Whom the case hides from the caller, so that its name isn't told: it is the same in every case of whoever sent it.
    var isHidden = false
    /// The roles that may read it, where the caller may not.
    var read: [String] = []

    /// Where it stands in the whole case: `stages/rectified/proof`.
    var path: String { stage.map { "stages/\($0)/\(field)" } ?? field }
    /// The same as it is asked for: `stages.rectified.proof`.
    var place: String { path.replacing("/", with: ".") }
    /// By what it is answered, and may be asked for.
    var told: String { isHidden ? place : name }
}

extension CaseView {
    /// The evidence that the fields name which the caller is told.
    func shownFiles(_ filter: FactFilter, in reader: any StoreReader) throws -> [ShownFile] {
        guard let form else { return [] }
        let shown = try toldFields(filter, isStored: true, in: reader)
        let own = FormInput.files(in: shown.fields, form.fields).map {
            (label: $0.label, stage: String?.none, name: $0.name)
        }
        let later = shown.stages.flatMap { entry -> [(label: String, stage: String?, name: String)] in
            let stage = entry["stage"].text
            let declared = form.stages.first { $0.name == stage }?.fields ?? []
            return FormInput.files(in: entry["fields"].map ?? [:], declared).map { ($0.label, stage, $0.name) }
        }
        return (own + later).map { ShownFile(field: $0.label, stage: $0.stage, name: $0.name, isHidden: hidesSubject) }
    }

    /// The evidence in fields that are for others to read.
    func keptFiles(in reader: any StoreReader) throws -> [ShownFile] {
        try keptFields(in: reader).flatMap { kept in
            FormInput.files(in: [kept.field.name: kept.value], [kept.field]).map {
                ShownFile(field: $0.label, stage: kept.stage, name: "", read: kept.field.read)
            }
        }
    }
}
