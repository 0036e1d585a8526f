import NiangjiaCore

/// What a device does for somebody who stands before it and shows their id and their code.
extension Operations {
    /// The code of the day that whoever asks shows to a device.
    static func ownCode(_ call: Call) async throws {
        guard let person = try signedIn(call).person else {
            throw NiangjiaError(
                .notFound, zh: "这个账号没有对应的人员资料。", en: "No person is behind this account: there is no code of one.")
        }
        let today = call.host.clock.now().date
        let code = ShownCode.of(person, on: today, call.host.crypto)
        call.output.line(
            "出示码 \(code)(\(today) 当天有效),编号 \(person):扫码时一起出示。",
            en: "Your code is \(code), on \(today) only; show it with your id \(person) where a device scans.")
        call.output.answer(["person": .text(person.text), "code": .text(code), "on": .text(today.description)])
    }

    /// One answer for whoever never had anything, has collected it, was refused, or collects it elsewhere: a device learns no more.
    static func nothingForDevice(_ error: any Error) -> any Error {
        guard let known = error as? NiangjiaError, [.notFound, .forbidden, .invalid].contains(known.code),
            !["/station", "/program"].contains(known.place)
        else { return error }
        return NiangjiaError(
            .notFound, zh: "这里没有可以领取的物品。本人可在“申请”或“核定说明”中查看原因。",
            en: "Nothing is to be collected here. They themselves can read why.")
    }
}

extension Operation {
    /// What a device asks for, at its own place, by its own channel, and for whoever shows their code.
    ///
    /// - Throws: `forbidden` for anything that devices don't do; `wrong_code`, `locked_out`, `rate_limited`.
    func forDevice(_ arguments: Value, _ account: Account?, _ host: Host) async throws -> Value {
        guard let account, let device = account.device else { return arguments }
        try checkDevice(account)
        guard var members = arguments.map else { return arguments }
        switch devices {
        case .plainly, nil: break
        case .atStation:
            members["station"] = try await Operation.station(of: device, members, host)
        case .handingOver:
            guard members["case"].map(\.isNull) ?? true else {
                throw NiangjiaError(
                    .forbidden, zh: "设备只发给出示码的本人;按申请发放由站点管理员或经办用自己的账号办理。",
                    en: "A device hands over to whoever shows their code; for a case a keeper or a clerk does it.",
                    place: "/case")
            }
            members["station"] = try await Operation.station(of: device, members, host)
            try await Operation.checkScan("person", members, device, host)
        case .scanning:
            members["channel"] = "scan"
            try await Operation.checkScan("applicant", members, device, host)
        }
        return .map(members)
    }

    /// Where a device works: its own station, or, carried around, one that is named.
    private static func station(of device: Device, _ members: [String: Value], _ host: Host) async throws -> Value {
        let named = members["station"]?.text
        guard let station = device.station else {
            guard let named else {
                throw NiangjiaError(
                    .invalid, zh: "请写明站点:这台设备不固定在一个站点。",
                    en: "Name the station: the device doesn't stand at one.", place: "/station")
            }
            return .text(named)
        }
        let code = try await host.store.read { reader in
            try reader.first("SELECT code FROM station WHERE id = $1", [.id(station)]) { $0.text(0) }
        }
        guard let code, named.map({ $0 == code }) ?? true else {
            throw NiangjiaError(
                .forbidden, zh: "设备只能在自己的站点办理。", en: "A device works at its own station only.", place: "/station")
        }
        return .text(code)
    }

    /// Refuses what nobody who stands there shows: an id alone, which anybody can count up.
    private static func checkScan(
        _ member: String, _ members: [String: Value], _ device: Device, _ host: Host
    ) async throws {
        let arguments = Arguments(.map(members))
        let person = try arguments.id(member, Person.self)
        guard let code = try arguments.optionalText("code") else {
            throw NiangjiaError(
                .invalid, zh: "请扫本人当天的出示码(code):设备不凭编号办理。",
                en: "Scan the person's code of the day, too (code): an id alone isn't enough for a device.",
                place: "/code")
        }
        let now = host.clock.now()
        let limits = try await host.bundles.active().city.door.limits
        try await host.scans.recall(device, at: now, in: host.store)
        if let refusal = host.scans.take(device.id, at: now, limits) {
            if refusal.isFirst {
                let context = host.context(device.account.id)
                // No part of what was asked for: sent again with its key, that is looked at anew.
                try await Idempotency.$current.withValue(nil) {
                    try await host.store.write(.interactive) {
                        try context.record("device.limited", about: device.id, body: [:], in: $0)
                    }
                }
            }
            throw refusal.error
        }
        try await host.access.scan(code, of: person, by: device)
    }
}
