import NiangjiaCore

/// Rows that a test puts into the store as no host would: a decision or an entitlement with terms of its own.
extension StoreWriter {
    /// Inserts a decision by the columns of the view `decision`; `id`, `series`, `subject_kind` and `subject` must be among them.
    public func insertDecision(_ cells: [String: SQLValue]) throws {
        let (series, kind) = (cells["series"] ?? .null, cells["subject_kind"] ?? .null)
        try execute(
            """
            INSERT INTO decision_series (id, series, subject_kind) SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM decision_series
            WHERE true ON CONFLICT DO NOTHING
            """, [series, kind])
        let number = try integer(
            "SELECT id FROM decision_series WHERE series = $1 AND subject_kind = $2", [series, kind])
        try insert(
            cells, "decision_terms", DecisionsSchema.decisionTerms, ["last": cells["id"] ?? .null])
        try insert(
            cells, "decision_row", DecisionsSchema.decisionRow,
            ["terms": cells["id"] ?? .null, "series_id": .optional(number)])
    }

    /// Inserts an entitlement by the columns of the view `entitlement`.
    public func insertEntitlement(_ cells: [String: SQLValue]) throws {
        try insert(
            cells, "entitlement_terms", PaymentsSchema.entitlementTerms, ["last": cells["id"] ?? .null])
        try insert(
            cells, "entitlement_row", PaymentsSchema.entitlementRow, ["terms": cells["id"] ?? .null])
    }

    private func insert(
        _ cells: [String: SQLValue], _ name: String, _ table: Table, _ more: [String: SQLValue]
    ) throws {
        let known = Set(table.columns.map(\.name))
        let all = cells.filter { known.contains($0.key) }.merging(more) { _, new in new }.sorted { $0.key < $1.key }
        try insert(into: name, columns: all.map(\.key), values: all.map(\.value))
    }
}
