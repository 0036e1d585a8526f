import NiangjiaCore

/// Something that a person asks the host to do. Each is written once; the command line, the local socket and the HTTP API all
/// call it here.
public struct Operation: Sendable {
    /// Who may ask.
    public enum Need: Hashable, Sendable {
        /// Whoever may read the data folder: nothing about a single person, and nothing is changed in the city's name.
        case shell
        /// Anybody who has signed in.
        case signIn
        /// Somebody one of whose roles may do one of these.
        case anyOf([Permission])
        /// Whoever has the data folder while there never was an account; after that somebody one of whose roles may do this.
        case founding(Permission)

        static func permission(_ permission: Permission) -> Need { .anyOf([permission]) }
    }

    /// `program.preview`
    public let name: String
    /// Who may ask.
    public let need: Need
    /// Whose records it reads or changes. Enforced for ``Reach/city`` before it runs; for ``Reach/own`` and ``Reach/part`` by what
    /// reads the records (``CaseRights``, ``OrganizationScope``), which the access matrix tries out.
    public let reach: Reach
    /// The most rows that it gives at a time.
    let rows: Int
    /// How devices ask for it; nil: they don't.
    let devices: DeviceUse?
    /// What the city is opened for by a command that finds no server.
    let opens: Host.Opening
    /// Whether it goes over everybody in scope: the workers can start before anything is known of them.
    let judges: Bool
    /// Whether a session may do it whose account still has to enrol a second factor.
    let beforeEnrolment: Bool
    /// The largest file that may come with it, in bytes.
    let largestFile: Int
    /// Whether it goes on where a kill has cut it off, when the same is asked again; else nobody can know whether it was done.
    let goesOn: Bool
    /// For what lies in memory: what does the same without waiting, or nil where memory doesn't hold it just now.
    let instantly: (@Sendable (Host) -> ((Call) throws -> Void)?)?
    let run: @Sendable (Call) async throws -> Void

    /// What isn't said of an operation is the narrowest: it is for the whole city only, and for no device.
    init(
        _ name: String, _ need: Need, reach: Reach = .city, rows: Int = 500, devices: DeviceUse? = nil,
        opens: Host.Opening = .work, judges: Bool = false, beforeEnrolment: Bool = false,
        largestFile: Int = EvidenceFiles.largest, goesOn: Bool = false,
        instantly: (@Sendable (Host) -> ((Call) throws -> Void)?)? = nil,
        _ run: @escaping @Sendable (Call) async throws -> Void
    ) {
        self.name = name
        self.need = need
        self.reach = reach
        self.rows = rows
        self.devices = devices
        self.opens = opens
        self.judges = judges
        self.beforeEnrolment = beforeEnrolment
        self.largestFile = largestFile
        self.goesOn = goesOn
        self.instantly = instantly
        self.run = run
    }

    /// Refuses whoever may not ask for it.
    ///
    /// - Parameter isFounding: whether there never was an account.
    func check(_ account: Account?, isFounding: Bool) throws {
        try checkEnrolled(account)
        switch need {
        case .shell: break
        case .signIn: if account == nil { throw Operations.signInFirst }
        case .anyOf(let permissions):
            guard let account else { throw Operations.signInFirst }
            guard permissions.isEmpty || permissions.contains(where: account.may) else {
                throw Access.forbidden(anyOf: permissions)
            }
        case .founding(let permission):
            if let account {
                guard account.may(permission) else { throw Access.forbidden(permission) }
            } else if !isFounding {
                throw Operations.signInFirst
            }
        }
        try checkReach(of: account)
    }
}

/// One asking for an operation.
public struct Call: Sendable {
    public let host: Host
    /// Who is signed in.
    public let account: Account?
    public let arguments: Arguments
    public let output: Output

    public init(host: Host, account: Account?, arguments: Arguments, output: Output) {
        self.host = host
        self.account = account
        self.arguments = arguments
        self.output = output
    }

    /// The name under which a change is written down; whoever only has the folder is `shell`.
    var name: String { account?.id ?? "shell" }

    /// Who acts, in the role that allows it.
    func actor(_ permission: Permission) throws -> Actor {
        guard let account else { throw Operations.signInFirst }
        return try account.actor(for: permission)
    }

    /// The context of a change by whoever asks.
    var context: ChangeContext { host.context(name) }
}

/// What came with the asking, typed when it is read.
public struct Arguments: Sendable {
    public let value: Value

    public init(_ value: Value) { self.value = value }

    func text(_ name: String) throws -> String {
        guard let text = try optionalText(name) else { throw missing(name) }
        return text
    }

    /// Why somebody does something: it stands in the log, so it has to say something.
    func reason(_ name: String = "reason") throws -> String {
        guard let reason = try optionalReason(name) else { throw missing(name) }
        return reason
    }

    /// What must say something as a reason must, and is none.
    private static let said: [String: LocalText] = [
        "reference": LocalText(zh: "流水号", en: "the bank's or platform's number"),
        "invoice": LocalText(zh: "发票号", en: "the invoice's number"),
        "message": LocalText(zh: "银行的说明", en: "what the bank says"),
        "decision": LocalText(zh: "依据的会议纪要或文号", en: "the decision's paper"),
        "purpose": LocalText(zh: "用途", en: "what it is for"), "note": LocalText(zh: "说明", en: "a note"),
        "how": LocalText(zh: "核实的方式", en: "how it was checked"),
    ]

    /// A reason where none need be given; one that is given and says nothing is refused.
    func optionalReason(_ name: String = "reason") throws -> String? {
        guard let text = try optionalText(name) else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            if let what = Arguments.said[name] {
                throw NiangjiaError(
                    .invalid, zh: "请写明\(what.zh),不能为空。", en: "Say \(what.en): it can't be empty.", place: "/\(name)")
            }
            throw NiangjiaError(
                .invalid, zh: "请写明理由:它会记入日志,不能为空。", en: "Say why: the reason is logged and can't be empty.",
                place: "/\(name)")
        }
        return text
    }

    func optionalText(_ name: String) throws -> String? {
        switch value[name] {
        case .null: return nil
        case .text(let text): return text
        default: throw wrong(name, "文本", "text")
        }
    }

    func integer(_ name: String) throws -> Int64? {
        switch value[name] {
        case .null: return nil
        case .int(let number): return number
        case .text(let text):
            guard let number = Int64(text) else { throw wrong(name, "整数", "an integer") }
            return number
        default: throw wrong(name, "整数", "an integer")
        }
    }

    func date(_ name: String) throws -> CivilDate? {
        guard let text = try optionalText(name) else { return nil }
        guard let date = CivilDate(text) else { throw wrong(name, "日期,如 2026-07-15", "a date like 2026-07-15") }
        return date
    }

    /// Refuses a day on which nothing can have happened yet.
    func refuseFuture(_ day: CivilDate, _ name: String, _ today: CivilDate) throws {
        guard day > today else { return }
        throw NiangjiaError(
            .invalid, zh: "\(name) 的日期 \(day) 在今天(\(today))之后:请核对,到那天再登记。",
            en: "The day of \(name), \(day), is after today (\(today)): check it, or enter it on that day.",
            place: "/\(name)")
    }

    /// A decision that somebody has to make: it is said, one way or the other, and saying nothing decides nothing.
    func decided(_ name: String) throws -> Bool {
        switch value[name] {
        case .bool(let yes): return yes
        case .text("true"), .text("yes"): return true
        case .text("false"), .text("no"): return false
        case .null:
            throw NiangjiaError(
                .invalid, zh: "请写明 \(name):yes 或 no(接口为 true 或 false);不写不作裁定。",
                en: "Say \(name): yes or no (true or false over the API); nothing is decided for who says nothing.",
                place: "/\(name)")
        default: throw wrong(name, "yes 或 no", "yes or no")
        }
    }

    func flag(_ name: String) -> Bool { value[name].bool ?? (value[name].text == "true") }

    func id<Entity>(_ name: String, _ type: Entity.Type = Entity.self) throws -> ID<Entity> {
        let text = try text(name)
        guard let id = ID<Entity>(text) else {
            throw wrong(
                name, "\(Entity.idPrefix)-… 形式的编号(请核对抄写)", "an id like \(Entity.idPrefix)-… (check the spelling)")
        }
        return id
    }

    /// The id that was given, if one was: where a page goes on, for one.
    func optionalID<Entity>(_ name: String, _ type: Entity.Type = Entity.self) throws -> ID<Entity>? {
        try optionalText(name) == nil ? nil : try id(name)
    }

    func list(_ name: String) -> [Value] { value[name].list ?? [] }

    /// Refuses a `limit` that the operation doesn't give: nobody shall take a cut list for the whole one.
    func checkLimit(of operation: Operation) throws {
        guard let limit = try integer("limit") else { return }
        let most = operation.rows
        guard (1...Int64(most)).contains(limit) else {
            throw wrong("limit", "1 至 \(most) 的整数", "an integer from 1 to \(most)")
        }
    }

    /// How many rows are asked for. Where no other number is the standard, nobody who says nothing is cut short.
    func limit(otherwise standard: Int = 1_000_000) throws -> Int { Int(try integer("limit") ?? Int64(standard)) }

    private func missing(_ name: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: "缺少 \(name)。", en: "\(name) is missing.", place: "/\(name)")
    }

    private func wrong(_ name: String, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: "\(name) 须为\(zh)。", en: "\(name) must be \(en).", place: "/\(name)")
    }
}

/// By what somebody is known.
public enum Credentials: Sendable {
    case none
    case token(String)
    /// A sign-in that was kept: where it has ended, what needs none goes on without it.
    case saved(String)
    /// `kept`: the token of a sign-in of the account that was kept. It stands in for a code that isn't there.
    case password(account: String, password: String, code: String? = nil, kept: String? = nil)
}

/// How an operation ended, as the exit status of a command says it.
public enum ExitStatus: Int32, Sendable {
    case ok = 0
    /// Something was found wrong.
    case wrong = 1
    /// It was used wrong.
    case misused = 2
}

/// All operations, and the one way to run one.
public enum Operations {
    public static let all: [Operation] =
        accountOperations + sessionOperations + deviceOperations + actionOperations + configOperations
        + programOperations + decideOperations
        + previewOperations + diffOperations
        + runOperations + correctOperations + unaskedOperations + memberOperations + caseOperations + evidenceOperations
        + decisionOperations + placeOperations
        + moneyOperations + enteredOperations + fundReportOperations + duesOperations + donationOperations
        + grantOperations + supplierOperations
        + sharingOperations + auditOperations + journalOperations + patternOperations + registerOperations
        + importOperations + transferOperations
        + cityOperations + keyOperations + clockOperations
        + reportOperations
        + pluginOperations

    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static let signInFirst = NiangjiaError(
        .unauthenticated, zh: "请先登录:niangjia account login --as 账号(或用 --as 账号 与 NIANGJIA_PASSWORD)。",
        en: "Sign in first: niangjia account login --as ACCOUNT (or --as ACCOUNT with NIANGJIA_PASSWORD).")

    /// Runs an operation, telling the output of everything, failures included.
    public static func run(
        _ name: String, _ arguments: Value, on host: Host, as credentials: Credentials, output: Output
    ) async -> ExitStatus {
        do {
            let (account, token) = try await signIn(credentials, for: name, on: host, output)
            do {
                try await perform(name, arguments, on: host, as: account, output: output)
            } catch {
                if let token { try? await host.access.signOut(token) }
                throw error
            }
            if let token { try? await host.access.signOut(token) }
            return output.isWrong ? .wrong : .ok
        } catch {
            let failure = describe(error)
            output.fail(failure)
            let misuses: [NiangjiaError.Code] = [
                .invalid, .notFound, .unauthenticated, .forbidden, .wrongPassword, .wrongCode, Access.enrolFirst.code,
            ]
            return misuses.contains(failure.code) ? .misused : .wrong
        }
    }

    /// Runs an operation for somebody who has signed in already.
    public static func perform(
        _ name: String, _ arguments: Value, on host: Host, as account: Account?, output: Output
    ) async throws {
        guard let operation = byName[name] else {
            throw NiangjiaError(.invalid, zh: "没有这个操作:\(name)。", en: "There is no such operation: \(name).")
        }
        var isFounding = false
        if case .founding = operation.need, account == nil { isFounding = try await host.access.isUnfounded() }
        try operation.check(account, isFounding: isFounding)
        let arguments = try await operation.forDevice(arguments, account, host)
        try Arguments(arguments).checkLimit(of: operation)
        try await operation.run(Call(host: host, account: account, arguments: Arguments(arguments), output: output))
    }

    /// What answers an operation from memory, to somebody who hasn't signed in; nil where it isn't there.
    static func instantly(_ name: String, on host: Host) -> ((_ arguments: Value, Output) throws -> Void)? {
        guard let operation = byName[name], let work = operation.instantly?(host) else { return nil }
        return { arguments, output in
            try operation.check(nil, isFounding: false)
            let arguments = Arguments(arguments)
            try arguments.checkLimit(of: operation)
            try work(Call(host: host, account: nil, arguments: arguments, output: output))
        }
    }

    /// A password opens a session for one command only; its token is returned to be ended.
    private static func signIn(
        _ credentials: Credentials, for operation: String, on host: Host, _ output: Output
    ) async throws -> (Account?, String?) {
        switch credentials {
        case .none: return (nil, nil)
        case .token(let token): return (try await host.authenticate(token), nil)
        case .saved(let token):
            do {
                let account = try await host.authenticate(token)
                // Whoever has the folder needs no sign-in for it, and no second factor.
                return (account.mustEnrol && byName[operation]?.need == .shell ? nil : account, nil)
            } catch let error as NiangjiaError where error.code == .unauthenticated {
                output.signInEnded()
                guard byName[operation]?.need == .shell else { throw error }
                return (nil, nil)
            }
        case .password(let account, let password, let code, let kept):
            do {
                let signedIn = try await host.access.signIn(
                    account, password: password, code: code, needing: await host.secondFactorRoles())
                return (signedIn.account, signedIn.token)
            } catch let error as NiangjiaError where error.code == "second_factor_required" {
                guard let kept, let known = try? await host.authenticate(kept), known.id == account else { throw error }
                return (known, nil)
            }
        }
    }

    /// Any error in words for people.
    static func describe(_ error: any Error) -> NiangjiaError {
        guard error is CancellationError else { return NiangjiaError(error) }
        return NiangjiaError(
            .busy, zh: "已停下:再次运行同一命令即可继续。", en: "Stopped: run the same command again to go on.")
    }
}
