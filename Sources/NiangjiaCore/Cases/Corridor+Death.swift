/// What somebody who has died has or waits for and hasn't begun to use goes to whoever waits (decision 0089).
extension Corridor {
    /// Where nothing has been decided yet. What is under way through stages is given back by a stage, or by a person.
    private static let undecided: [CaseState] = [
        .inCheck, .returned, .underNotice, .manual, .entered, .waitlisted,
    ]

    /// Gives back what a person holds of whose death the job tells. Done again it finds nothing more; where the death was a mistake it
    /// does nothing. Returns false while a program of theirs is suspended: the job has been put off then.
    ///
    /// What can't be dealt with holds up nothing else: all of it is tried, then the first failure is thrown.
    func giveBack(_ job: Job) async throws -> Bool {
        guard let person = ID<Person>(job.subject) else { return true }
        let (isDead, asked, standing) = try await store.read { reader in
            (
                try Death.isTold(of: person, in: reader), try Corridor.asked(by: person, in: reader),
                try Corridor.standing(of: person, in: reader)
            )
        }
        guard isDead else { return true }
        var isWhole = true
        var first: (any Error)?
        func attempt(_ program: String, _ body: () async throws -> Void) async throws {
            guard try await !putOff(job, whileSuspended: program) else { return isWhole = false }
            do {
                try await body()
            } catch let error as CancellationError {
                throw error
            } catch {
                first = first ?? error
            }
        }
        for (id, program) in asked { try await attempt(program) { try await takeUp(id) } }
        for one in standing { try await attempt(one.program) { try await giveBack(one, of: person) } }
        if let first { throw first }
        return isWhole
    }

    /// Their own applications that have a place or wait for one: judged again, they are refused.
    private static func asked(by person: ID<Person>, in reader: any StoreReader) throws -> [(
        id: ID<CaseFile>, program: String
    )] {
        let states = undecided.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try reader.all(
            """
            SELECT c.id, c.program FROM case_file c WHERE c.applicant = $1 AND c.state IN (\(states)) \
            AND EXISTS (SELECT 1 FROM place p WHERE p.case_id = c.id AND p.state IN ('held', 'waiting', 'entered')) \
            ORDER BY c.id
            """, [.id(person)]
        ) { ($0.id(0), $0.text(1)) }
    }

    /// What stands of decisions about them, and of what they applied for that is about nobody else.
    private static func standing(of person: ID<Person>, in reader: any StoreReader) throws -> [StandingDecision] {
        let cases = try reader.all(
            "SELECT id FROM case_file WHERE applicant = $1 AND state IN ('approved', 'done') ORDER BY id", [.id(person)]
        ) { $0.id(0, CaseFile.self) }
        let own = try StandingDecision.all(
            """
            d.subject_kind = 'person' AND d.subject = $1 AND d.state = 'standing' \
            AND (c.id IS NULL OR c.state IN ('approved', 'done')) ORDER BY d.id
            """, [.id(person)], in: reader)
        return try own
            + cases.flatMap { id in
                try StandingDecision.all(
                    "d.case_id = $1 AND d.state = 'standing' AND d.subject_kind = 'nobody' ORDER BY d.id", [.id(id)],
                    in: reader)
            }
    }

    /// Lets a place, or the nights of a stay, fall that nothing else hangs on and whose time hasn't come. Where something was granted
    /// with it, handed over or paid, it is the heirs', and a person decides.
    private func giveBack(_ one: StandingDecision, of person: ID<Person>) async throws {
        let bundle = try await bundles.bundle(digest: one.bundle)
        let context = try FormContext(bundle: bundle, program: one.program, form: one.form)
        let nights = context.form.unique.compactMap(\.nights)
        guard context.form.places != nil || !nights.isEmpty, !context.form.stages.contains(where: \.frees),
            let (intake, line) = try await asStored(one, context, at: clock.now())
        else { return }
        let (path, today) = (FormPath(context, line, household: nil, intake: intake), clock.now().date)
        try await store.write(.batch) { writer in
            let begins = try nights.flatMap { try path.values($0.from, in: writer).compactMap(\.date) }
            guard begins.allSatisfy({ $0 > today }), try Death.isTold(of: person, in: writer),
                try Entitlements.of(one.decision, in: writer).allSatisfy({ $0.state == .released })
            else { return }
            let change = self.change(by: .host)
            let revocation = Revocation(
                decision: one.decision, at: change.now, actor: Actor.host.account, cause: .death,
                code: HostReason.deceased, params: [:], keep: .zero)
            _ = try Revoker(change, by: .host).revoke(revocation, in: writer)
        }
    }
}
