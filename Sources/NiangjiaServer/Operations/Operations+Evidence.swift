import Foundation
import NiangjiaCore

/// The evidence of a case, for whoever may see the fields that name it.
extension Operations {
    static let evidenceOperations: [Operation] = [
        Operation("case.evidence", .anyOf([.seeOwn, .seeCases]), listEvidence),
        Operation("case.evidence_file", .anyOf([.seeOwn, .seeCases]), readEvidence),
    ]

    /// The files that a case's fields and stages name, as far as the caller may read those.
    private static func listEvidence(_ call: Call) async throws {
        let (_, files) = try await shownFiles(call)
        var rows: [Value] = []
        for file in files {
            let kept = try await call.host.store.read { try EvidenceFiles.row(file.name, in: $0) }
            // Gone from the disk is said, not passed over: whoever reviews must know that there was something.
            let content = try? await call.host.evidence.content(file.name)
            rows.append([
                "field": .text(file.field), "stage": file.stage.map { .text($0) } ?? .null, "file": .text(file.name),
                "media_type": kept.map { .text($0.type) } ?? .null, "size": kept.map { .int($0.size) } ?? .null,
                "sm3": content.map { .text(hexadecimal(call.host.crypto.digest($0))) } ?? .null,
                "at": kept.map { .text($0.at.description) } ?? .null,
            ])
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

    /// A file's bytes. That somebody has looked is written down before they are given out.
    private static func readEvidence(_ call: Call) async throws {
        let wanted = try call.arguments.text("file")
        let (record, files) = try await shownFiles(call)
        let place = wanted.replacing(".", with: "/")
        guard let file = files.first(where: { $0.name == wanted || $0.path == place }) else {
            throw EvidenceFiles.missing
        }
        try await logLook(at: file, of: record, call)
        let content = try await call.host.evidence.content(file.name)
        // What it is goes by the content, now as when it was taken.
        guard let type = EvidenceType(of: content) else { throw EvidenceFiles.missing }
        let name = "\(record.id)-\(file.path.replacing("/", with: "-")).\(type.ending)"
        var answer: [String: Value] = [
            "case": .text(record.id.text), "field": .text(file.field), "file": .text(file.name), "name": .text(name),
            "media_type": .text(type.rawValue), "size": .int(Int64(content.count)),
            "sm3": .text(hexadecimal(call.host.crypto.digest(content))),
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

    private static func shownFiles(_ call: Call) async throws -> (CaseRecord, [ShownFile]) {
        let record = try await visibleCase(call)
        let account = try signedIn(call)
        let view = try await CaseView(of: record, for: account, on: call.host)
        let filter = try await FactFilter(of: record, view, for: account, call.host)
        return (record, try await call.host.store.read { try view.shownFiles(filter, in: $0) })
    }

    /// A look at evidence is a look at its applicant, who may know of it; the log names nobody whom a sealed case hides: neither as
    /// whom the look is about, nor as who looks.
    private static func logLook(at file: ShownFile, of record: CaseRecord, _ call: Call) async throws {
        let (account, context) = (try signedIn(call), call.context)
        if record.isSealed, account.person != nil, account.person == record.applicant { return }
        let about = record.isSealed ? record.id.text : record.applicant?.text ?? record.id.text
        let (fields, reason) = ("evidence:\(file.path)", record.id.text)
        try await call.host.store.write(.interactive) { writer in
            try writer.execute(
                "INSERT INTO access_log (id, at, account, about, fields, reason) VALUES ($1, $2, $3, $4, $5, $6)",
                [
                    .id(context.ids.next(Look.self)), .instant(context.now), .text(account.id), .text(about),
                    .text(fields), .text(reason),
                ])
            try context.record(
                "access.evidence", about: about, body: ["fields": .text(fields), "reason": .text(reason)], in: writer)
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

    /// Where it stands in the whole case: `stages/rectified/proof`.
    var path: String { stage.map { "stages/\($0)/\(field)" } ?? field }
}

extension CaseView {
    /// The evidence that the fields name which the caller is told.
    func shownFiles(_ filter: FactFilter, in reader: any StoreReader) throws -> [ShownFile] {
        guard let form else { return [] }
        let shown = try toldFields(filter, in: reader)
        let own = FormInput.files(in: shown.fields, form.fields).map { ShownFile(field: $0.label, name: $0.name) }
        return own
            + shown.stages.flatMap { entry -> [ShownFile] in
                let name = entry["stage"].text
                let declared = form.stages.first { $0.name == name }?.fields ?? []
                return FormInput.files(in: entry["fields"].map ?? [:], declared).map {
                    ShownFile(field: $0.label, stage: name, name: $0.name)
                }
            }
    }
}
