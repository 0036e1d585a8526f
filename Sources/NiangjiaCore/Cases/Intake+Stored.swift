/// What a case in the store asks for: handed in then, waived and filled in at its stages since.
extension Intake {
    /// - Parameters:
    ///   - fields: Its fields, stored or corrected.
    ///   - entries: What was filled in at its stages.
    ///   - moment: When it counts as handed in; nil: when it was.
    init(
        of record: CaseRecord, fields: [String: Value], _ entries: [StageEntry], _ context: FormContext,
        at moment: Instant? = nil
    ) throws {
        var submission = Submission(
            program: record.program, form: record.form, applicant: record.applicant, fields: fields,
            channel: record.channel)
        submission.unit = record.unit
        submission.serving = record.serving
        try self.init(submission, context: context, at: moment ?? record.submittedAt)
        caseID = record.id
        waived = record.waived
        stage = record.stage
        stages = CaseStages.facts(entries)
    }
}

extension Corridor {
    /// Reads what a stored case asks for; `fields` stand in place of the stored ones.
    func intake(
        of record: CaseRecord, _ context: FormContext, fields: [String: Value]? = nil, at moment: Instant? = nil
    ) async throws -> Intake {
        let crypto = crypto
        let (stored, entries) = try await store.read { reader in
            (
                try fields ?? Cases.fields(of: record.id, crypto: crypto, in: reader),
                record.stage == nil ? [] : try CaseStages.entries(of: record.id, crypto: crypto, in: reader)
            )
        }
        return try Intake(of: record, fields: stored, entries, context, at: moment)
    }
}
