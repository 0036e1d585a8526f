import Foundation
import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let cityOperations: [Operation] = [
        Operation("check", .shell, reach: .open, opens: .look, check),
        Operation("doctor", .shell, reach: .open, opens: .look, doctor),
        Operation("backup", .shell, reach: .open, opens: .look, backup),
        Operation("health", .shell, reach: .open, devices: .plainly, opens: .look, beforeEnrolment: true) { call in
            let bundle = try await call.host.bundles.activeDigest()
            call.output.answer([
                "ok": true, "time": .text(call.host.clock.now().description), "is_demo": .bool(call.host.folder.isDemo),
                "bundle": bundle.map { .text($0) } ?? .null,
            ])
        },
        Operation(
            "station.near", .shell, reach: .open, rows: 100, devices: .plainly, beforeEnrolment: true,
            instantly: { host in host.stations.known.map { stations in { try nearby($0, stations) } } },
            { call in
                let known = try await call.host.bundles.activeIfAny()?.facilities.facilities.map(\.code) ?? []
                try nearby(call, try await call.host.stations.present(Set(known)))
            }),
    ]

    /// Validates everything in the folder, and says how it stands to what is in force.
    private static func check(_ call: Call) async throws {
        let files = try ConfigFolder.files(in: call.host.folder.path)
        var reading = try await call.host.bundles.read(files)
        reading.report.append(contentsOf: ConfigFolder.unread(in: call.host.folder.path))
        if let bundle = reading.bundle {
            reading.report.append(contentsOf: try await call.host.bundles.versionProblems(of: bundle))
            reading.report.append(contentsOf: try await call.host.bundles.fundProblems(of: bundle))
        }
        for problem in reading.report.problems {
            let mark =
                problem.severity == .error
                ? call.output.word("错误", "error:") : call.output.word("提醒", "warning:")
            call.output.line("\(problem.place) \(mark) \(problem.text(call.output.language))")
        }
        let organizations = try await call.host.store.read { try $0.integer("SELECT COUNT(*) FROM organization") }
        if organizations == 0 {
            call.output.line(
                "提示 还没有导入组织:配置中的组织代码未核对。",
                en: "note: no organizations are imported yet: codes in the configuration weren't checked.")
        }
        let errors = reading.report.errors.count
        if errors > 0 { call.output.foundWrong() }
        call.output.line(
            errors == 0
                ? "配置无误\(reading.report.warnings.isEmpty ? "" : "(有 \(reading.report.warnings.count) 处提醒)"):\(files.count) 个文件,\(reading.bundle?.programs.count ?? 0) 个项目。"
                : "共 \(errors) 处错误;生效中的配置不受影响。",
            en: errors == 0
                ? "The configuration is right\(reading.report.warnings.isEmpty ? "" : " (\(reading.report.warnings.count) warnings)"): \(files.count) files, \(reading.bundle?.programs.count ?? 0) programs."
                : "Mistakes: \(errors); what is in force isn't touched.")
        call.output.answer([
            "ok": .bool(errors == 0), "files": .int(Int64(files.count)),
            "problems": .list(
                reading.report.problems.map { problem in
                    [
                        "place": .text(problem.place), "path": .text(problem.path),
                        "severity": .text(problem.severity.rawValue),
                        "message": ["zh-CN": .text(problem.message.zh), "en": .text(problem.message.en)],
                    ]
                }),
        ])
    }

    /// Stations near a point: those in a box around it by the index, then by true distance.
    private static func nearby(_ call: Call, _ stations: StationIndex.Snapshot) throws {
        let (latitude, longitude) = (try degrees(call, "latitude"), try degrees(call, "longitude"))
        let frameName = try call.arguments.optionalText("frame") ?? "wgs84"
        guard let frame = CoordinateFrame(rawValue: frameName),
            let typed = Coordinate(latitude: latitude, longitude: longitude, frame: frame)
        else {
            throw NiangjiaError(
                .invalid, zh: "坐标或坐标系(wgs84、gcj02、bd09)不对。", en: "Wrong coordinates or frame (wgs84, gcj02, bd09).",
                place: "/latitude")
        }
        let point = typed.converted(to: .wgs84)
        let within = Double(min(50_000, max(1, try call.arguments.integer("within") ?? 3_000)))
        let limit = try call.arguments.limit(otherwise: 20)
        let facility = try call.arguments.optionalText("facility")
        // Misspelt, it would look as if there were none.
        if let facility, !stations.vocabulary.isEmpty, !stations.vocabulary.contains(facility) {
            throw NiangjiaError(
                .invalid, zh: "没有设施代码 \(facility):代码见 config/facilities.yaml,站点的 facilities 里也有。",
                en:
                    "There is no facility \(facility): the codes stand in config/facilities.yaml and in the stations' facilities.",
                place: "/facility")
        }
        let now = call.host.clock.now()
        let found = stations.find(point, within: within, facility: facility, limit: limit)
        if call.output.takesLines { tell(found.map { stations.station($0, now: now) }, call) }
        call.output.answer(json: stations.json(found, now: now))
    }

    private static func tell(_ found: [NearbyStation], _ call: Call) {
        call.output.table(
            ["站点", "名称", "距离(米)", "现在", "地址"], en: ["station", "name", "metres", "now", "address"],
            found.map { station in
                let isOpen = station.isOpen.map {
                    $0 ? call.output.word("开放", "open") : call.output.word("未开放", "closed")
                }
                return [station.code, station.name, "\(station.metres)", isOpen ?? "-", station.address]
            })
    }

    private static func degrees(_ call: Call, _ name: String) throws -> Double {
        let text = try call.arguments.text(name)
        guard let degrees = DecimalText.number(text) else {
            throw NiangjiaError(.invalid, zh: "\(name) 须为度数。", en: "\(name) must be degrees.", place: "/\(name)")
        }
        return degrees
    }
}

/// A station as somebody nearby sees it.
struct NearbyStation: Sendable {
    var code: String
    var name: String
    var address: String
    var metres: Int64
    var isOpen: Bool?
    var latitude: String
    var longitude: String
    var facilities: [String]

    /// Units of 1e-7 degree as text, exactly.
    static func degrees(_ units: Int64) -> String {
        let magnitude = String(units.magnitude)
        let padded = String(repeating: "0", count: max(0, 8 - magnitude.count)) + magnitude
        return (units < 0 ? "-" : "") + padded.dropLast(7) + "." + padded.suffix(7)
    }
}
