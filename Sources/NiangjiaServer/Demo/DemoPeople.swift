import NiangjiaCore
import NiangjiaDemo

/// The accounts of the story, each another person's; sessions are opened once and used as anybody's.
final class DemoPeople: Sendable {
    private let host: Host
    private let tokens = Guarded<[String: String]>([:])

    init(host: Host) { self.host = host }

    /// Everybody with an office, in the order in which they are shown.
    static let offices: [(id: String, display: String, roles: [RoleGrant])] = [
        ("admin", "系统管理员 孔样", [RoleGrant(.systemAdmin)]),
        ("office", "权益保障部 项目管理员 林样", [RoleGrant(.programAdmin), RoleGrant(.clerk)]),
        ("basic", "基层工会审核人 高样", [RoleGrant(.reviewer, level: "basic")]),
        ("county", "区县总工会审核人 蒋样", [RoleGrant(.reviewer, level: "county")]),
        ("city", "市总工会审核人 邓样", [RoleGrant(.reviewer, level: "city")]),
        ("treasurer", "财务部 制单 于样", [RoleGrant(.treasurer)]),
        ("payer", "财务部 复核 程样", [RoleGrant(.payer)]),
        ("keeper", "东关站点管理员 孟样", [RoleGrant(.keeper)]),
        ("auditor", "经审办 审计员 白样", [RoleGrant(.auditor)]),
    ]

    /// Adds the offices' accounts that are not there yet. The first one is added by whoever has the folder.
    func addOffices() async throws {
        for office in DemoPeople.offices {
            try await add(Account(id: office.id, display: office.display, roles: office.roles))
        }
    }

    /// Adds an account unless it is there.
    func add(_ account: Account) async throws {
        let known = try await host.store.read { try Access.account(account.id, in: $0) }
        if known != nil { return }
        _ = try await host.access.add(
            account, password: DemoStory.password, by: account.id == "admin" ? "shell" : "admin")
    }

    /// Signs somebody in, once.
    func account(_ id: String) async throws -> Account {
        if let token = tokens.withLock({ $0[id] }), let account = try? await host.access.authenticate(token) {
            return account
        }
        let signIn = try await host.access.signIn(id, password: DemoStory.password)
        tokens.withLock { $0[id] = signIn.token }
        return signIn.account
    }

    /// A fresh session of an account, to be kept for the commands that follow.
    func token(_ id: String) async throws -> String {
        try await host.access.signIn(id, password: DemoStory.password).token
    }

    /// What the files call something → what the host calls it.
    func resolve(_ references: [DemoReference], for account: String) async throws -> [DemoReference: String] {
        let crypto = host.crypto
        var found: [DemoReference: String] = [:]
        for case .file(let name) in references {
            found[.file(name)] = try await host.evidence.add(DemoText.evidence(name), by: account)
        }
        let rows = try await host.store.read { reader -> [DemoReference: String] in
            var rows: [DemoReference: String] = [:]
            for reference in references {
                switch reference {
                case .person(let number): rows[reference] = try DemoPeople.person(number, crypto, in: reader).text
                case .organization(let code): rows[reference] = try Lookup.organization(code, in: reader).text
                case .station(let code):
                    rows[reference] = try reader.first("SELECT id FROM station WHERE code = $1", [.text(code)]) {
                        $0.id(0, Station.self).text
                    }
                case .file: continue
                }
            }
            return rows
        }
        found.merge(rows) { _, new in new }
        return found
    }

    static func person(_ idNumber: String, _ crypto: any CryptoProvider, in reader: any StoreReader) throws -> ID<
        Person
    > {
        let mac = PersonIdentifiers.mac(idNumber: idNumber, document: IdentityDocument.residentID.rawValue, crypto)
        let found = try reader.first("SELECT id FROM person WHERE id_mac = $1", [.blob(mac)]) { $0.id(0, Person.self) }
        guard let found else {
            throw NiangjiaError(
                .notFound, zh: "演示人物没有导入。", en: "A person of the story was not imported.", cause: idNumber)
        }
        return found
    }
}
