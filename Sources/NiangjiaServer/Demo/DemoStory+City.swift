import Foundation
import NiangjiaCore
import NiangjiaDemo

extension DemoStory {
    /// Accounts and the approved configuration.
    func foundCity() async throws {
        chapter(1, "建立城市:账号、配置", "A city: accounts and configuration")
        try await people.addOffices()
        for office in DemoPeople.offices {
            output.line("    \(office.id)  \(office.display)")
        }
        try await run("check", .map([:]), as: nil)
        let state = try await host.bundles.look(at: host.folder, as: "office")
        guard state.errors.isEmpty else {
            throw NiangjiaError(
                .configuration, zh: "演示配置有误:\(state.errors.map(\.zh).joined(separator: ";"))",
                en: "The demo's configuration has mistakes: \(state.errors.map(\.en).joined(separator: "; "))")
        }
        try await run("program.list", .map([:]), as: "office")
    }

    /// The files that the city hands in.
    func importFiles() async throws {
        chapter(2, "导入:组织、家庭、人员、站点、资金", "Files are imported")
        let folder = URL(fileURLWithPath: host.folder.path + "/exports/demo-files")
        if !FileManager.default.fileExists(atPath: folder.path + "/fund_openings.csv") {
            let output = output
            try city.write(to: folder) { output.progress(output.word("生成", "making"), Int64($0), of: nil) }
        }
        for name in DemoCity.importOrder {
            let kind = DemoCity.mappings[name]?["kind"].text ?? ""
            let mapping = folder.path + "/" + name.replacingOccurrences(of: ".csv", with: ".mapping.yaml")
            let taken = try await host.store.read { reader in
                try reader.first(
                    "SELECT rows_done FROM import_batch WHERE source = 'demo' AND batch = $1 AND state = 'taken'",
                    [.text(name)]
                ) { $0.int(0) }
            }
            if let taken {
                output.line("    \(name):此前已导入 \(taken) 行", en: "    \(name): \(taken) rows were imported before")
                continue
            }
            output.line("    \(name)")
            try await run(
                "register.import",
                [
                    "kind": .text(kind), "file": .text(folder.path + "/" + name), "mapping": .text(mapping),
                    "source": "demo", "batch": .text(name),
                ], as: "office")
        }
        try await run("fund.balance", .map([:]), as: nil)
    }

    /// The account behind whom a case is filed: a member's own, a unit's, or the office that has it.
    func filer(_ story: DemoCase) async throws -> String {
        let crypto = host.crypto
        switch story.channel {
        case "member":
            guard let number = story.applicant else { return "office" }
            let person = try await host.store.read { try DemoPeople.person(number, crypto, in: $0) }
            let known = try await host.store.read { reader in
                try reader.first("SELECT id FROM account WHERE person = $1", [.id(person)]) { $0.text(0) }
            }
            if let known { return known }
            let id = "m-" + story.id.lowercased().split(separator: "-").joined(separator: "-")
            let name = try await host.store.read { reader in
                try reader.first("SELECT name FROM person WHERE id = $1", [.id(person)]) { $0.text(0) } ?? id
            }
            try await people.add(Account(id: id, display: "会员 \(name)", roles: [RoleGrant(.member)], person: person))
            return id
        case "unit":
            guard let code = story.unit else { return "office" }
            let unit = try await host.store.read { try Lookup.organization(code, in: $0) }
            let id = "unit-\(code.lowercased())"
            try await people.add(Account(id: id, display: "单位经办 \(code)", roles: [RoleGrant(.unit)], scope: unit))
            return id
        case "scan": return "keeper"
        default: return "office"
        }
    }
}
