import NiangjiaCore

extension Operations {
    static let deviceOperations: [Operation] = [
        Operation("device.add", .permission(.manageAccounts), addDevice),
        Operation("device.list", .permission(.seeAccounts), listDevices),
        Operation("device.revoke", .permission(.manageAccounts)) { call in
            let id = try call.arguments.text("device")
            try await call.host.access.revoke(device: id, by: call.name)
            call.output.line("设备 \(id) 已停用。", en: "The device \(id) is revoked.")
            call.output.answer(["device": .text(id), "state": "revoked"])
        },
    ]

    private static func addDevice(_ call: Call) async throws {
        let kinds = Device.Kind.allCases.map(\.rawValue).joined(separator: " ")
        guard let kind = Device.Kind(rawValue: try call.arguments.text("kind")) else {
            throw NiangjiaError(.invalid, zh: "设备种类:\(kinds)", en: "Kinds of device: \(kinds)", place: "/kind")
        }
        let id = try call.arguments.text("device")
        let (station, organization) = (
            try call.arguments.optionalText("station"), try call.arguments.optionalText("organization")
        )
        guard station != nil || organization != nil else {
            throw NiangjiaError(
                .invalid, zh: "请写明设备所在的站点(--station)或组织(--organization)。",
                en: "Name the station or the organisation of the device.", place: "/station")
        }
        var device = Device(id: id, display: try call.arguments.optionalText("display") ?? id, kind: kind)
        (device.station, device.scope) = try await call.host.store.read { reader in
            let place = try station.map { try Lookup.station($0, in: reader) }
            let own = try organization.map { try Lookup.organization($0, in: reader) }
            return (place?.id, own ?? place?.organization)
        }
        let key = try await call.host.access.add(device, by: call.name)
        call.output.line(
            "已添加设备 \(id)。密钥只显示这一次,请写入设备:",
            en: "The device \(id) was added. Its key is shown this once; write it into the device:")
        call.output.line("  Authorization: Device \(key)")
        guard case .map(var members) = device.value else { return }
        members["key"] = .text(key)
        call.output.answer(.map(members))
    }

    private static func listDevices(_ call: Call) async throws {
        let devices = try await call.host.access.devices()
        call.output.table(
            ["设备", "名称", "种类", "状态"], en: ["device", "name", "kind", "state"],
            devices.map { [$0.id, $0.display, $0.kind.rawValue, $0.isActive ? "active" : "revoked"] })
        call.output.answer(.list(devices.map(\.value)))
    }
}

extension Operation {
    /// How devices ask for an operation: they hand over, and file what is scanned at their place.
    enum DeviceUse: Sendable {
        /// As anybody does.
        case plainly
        /// At the device's own station, where it has one.
        case atStation
        /// By the channel of what is scanned.
        case scanning
    }

    /// Refuses a device what devices don't do.
    func checkDevice(_ account: Account) throws {
        guard account.device == nil || devices != nil else {
            throw NiangjiaError(
                .forbidden, zh: "设备不能办理这一项。", en: "This isn't done by devices.", cause: name)
        }
    }

    /// What a device asks for, at its own place and by its own channel.
    ///
    /// - Throws: `forbidden` for anything that devices don't do.
    func forDevice(_ arguments: Value, _ account: Account?, _ host: Host) async throws -> Value {
        guard let account, let device = account.device else { return arguments }
        try checkDevice(account)
        guard var members = arguments.map else { return arguments }
        switch devices {
        case .plainly, nil: break
        case .scanning: members["channel"] = "scan"
        case .atStation:
            guard let station = device.station else { break }
            let code = try await host.store.read { reader in
                try reader.first("SELECT code FROM station WHERE id = $1", [.id(station)]) { $0.text(0) }
            }
            guard let code, members["station"]?.text.map({ $0 == code }) ?? true else {
                throw NiangjiaError(
                    .forbidden, zh: "设备只能在自己的站点办理。", en: "A device works at its own station only.", place: "/station")
            }
            if members["case"] == nil { members["station"] = .text(code) }
        }
        return .map(members)
    }
}
