import NiangjiaCore

/// Imports in steps: what the API has in place of a path of this machine.
extension Operations {
    private static let mayImport = Operation.Need.permission(.changeRegisters)

    static let importOperations: [Operation] = [
        Operation("import.begin", mayImport, reach: .part) { call in
            let request = (call.arguments.value.map ?? [:]).filter { !$0.value.isNull }
            tell(try await call.host.imports.begin(.map(request), by: signedIn(call).id), call)
        },
        Operation("import.put", mayImport, reach: .part, largestFile: ImportDesk.largestFile) { call in
            tell(
                try await call.host.imports.put(
                    call.arguments.id("import"), file: call.arguments.text("file"), by: signedIn(call).id), call)
        },
        Operation("import.show", mayImport, reach: .part) { call in
            tell(try await call.host.imports.record(call.arguments.id("import"), of: signedIn(call).id), call)
        },
        Operation("import.confirm", mayImport, reach: .part) { call in
            tell(
                try await call.host.imports.confirm(
                    call.arguments.id("import"), seen: call.arguments.integer("version"), by: signedIn(call).id), call)
        },
        Operation("import.jobs", mayImport, reach: .part) { call in
            let found = try await call.host.imports.list(
                of: signedIn(call).id, after: call.arguments.optionalID("after"),
                limit: call.arguments.limit(otherwise: 50))
            call.output.table(
                ["导入", "种类", "文件", "状态", "行数"], en: ["import", "kind", "file", "state", "rows"],
                found.map {
                    [
                        $0.id.text, $0.request["kind"].text ?? "", $0.name, $0.state.title[call.output.language],
                        $0.rowsTotal.map { "\($0)" } ?? "-",
                    ]
                })
            call.output.answer(.list(found.map(\.value)))
        },
    ]

    private static func tell(_ record: StagedImportRecord, _ call: Call) {
        call.output.line(
            "导入 \(record.id)  \(record.name)  \(record.state.title.zh)",
            en: "import \(record.id)  \(record.name)  \(record.state.title.en)")
        call.output.answer(record.value)
    }
}
