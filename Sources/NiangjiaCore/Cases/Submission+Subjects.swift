extension Submission {
    /// Whom the case would be about: one for each line of the form.
    ///
    /// - Throws: `invalid` with the field's place where a field is not as the form says; `not_found` for a form that isn't there.
    public func subjects(in bundle: Bundle, at now: Instant) throws(NiangjiaError) -> [SubjectRef] {
        let context = try FormContext(bundle: bundle, program: program, form: form)
        return try Intake(self, context: context, at: now).lines.map(\.subject)
    }
}
