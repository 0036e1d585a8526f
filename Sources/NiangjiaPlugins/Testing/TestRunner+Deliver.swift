import NiangjiaCore

/// Steps that hand goods over, and steps that expect to be refused.
extension TestRunner {
    /// Hands over what waits for a person of `given`, or for the case of an earlier step. `code: shown` stands for the code that the
    /// member was told; anything else is what was typed.
    func deliver(_ name: String, _ step: TestStep) async throws -> [LocalText] {
        let asker = try await caller(step)
        let named = named()
        let handed: [ID<Entitlement>]
        if let person = named.persons[name] {
            let code = try await code(step, "d.subject_kind = 'person' AND d.subject = $1", .id(person))
            handed = try await corridor.deliver(to: person, program: program.id, code: code, by: asker)
        } else if let id = named.cases[name] {
            handed = try await corridor.deliver(
                case: id, code: try await code(step, "e.case_id = $1", .id(id)), by: asker)
        } else {
            throw TestFileFault(
                step.path + ".when.deliver", zh: "given 中没有 \(name),前面也没有步骤 \(name)",
                en: "given has no \(name), and no step before this is called \(name)")
        }
        guard let wanted = step.expect["amount"].text else { return [] }
        let worth = try await store.read { reader in
            try handed.reduce(Money.zero) { try $0 + Entitlements.load($1, in: reader).amount }
        }
        return Money(yuan: wanted) == worth ? [] : [TestExpectation.differs("amount", wanted, worth.yuan)]
    }

    private func code(_ step: TestStep, _ condition: String, _ argument: SQLValue) async throws -> String? {
        guard let typed = step.when["code"].text else { return nil }
        guard typed == "shown" else { return typed }
        let decision = try await store.read { reader in
            try reader.first(
                """
                SELECT d.id FROM entitlement e JOIN decision d ON d.id = e.decision WHERE e.kind = 'goods' \
                AND e.state = 'approved' AND \(condition) ORDER BY e.id
                """, [argument]
            ) { $0.id(0, Decision.self) }
        }
        // Where nothing waits, any code is refused alike.
        return decision.map { PickUpCode.of($0, corridor.crypto) } ?? "0"
    }

    /// An error that came against the one that is expected: `error` is its code, `place` where it is.
    static func compare(_ error: NiangjiaError, _ step: TestStep) -> [LocalText] {
        var failures: [LocalText] = []
        func check(_ key: String, _ wanted: String, _ actual: String) {
            guard wanted != actual else { return }
            let words = TestExpectation.differs(key, wanted, actual)
            failures.append(
                LocalText(zh: "\(words.zh): \(error.message.zh)", en: "\(words.en): \(error.message.en)"))
        }
        check("error", step.expect["error"].text ?? "null", error.code.rawValue)
        if let place = step.expect["place"].text { check("place", place, error.place ?? "null") }
        return failures
    }

    /// Runs a step that is expected not to be accepted: an application with a paper missing, or by a way that the form doesn't take.
    func refused(_ step: TestStep, _ wanted: String) async throws -> [LocalText] {
        do {
            _ = try await perform(step)
            return [TestExpectation.differs("error", wanted, "null")]
        } catch let error as NiangjiaError { return TestRunner.compare(error, step) }
    }
}
