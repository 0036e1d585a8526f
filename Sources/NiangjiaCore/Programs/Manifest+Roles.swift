extension Manifest {
    /// Whether a role opens what is kept from everybody else: whom a sealed case is about, a field with `read`, or the second word on
    /// an action.
    public func keeps(for role: String) -> Bool {
        forms.values.contains { form in
            form.sealed?.but.contains(role) == true
                || (form.fields + form.stages.flatMap(\.fields)).contains { $0.read.contains(role) }
        } || actions.values.contains { $0.confirmBy.contains(role) }
    }
}
