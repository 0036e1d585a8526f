/// The whole schema, and by what versions it came to be.
public enum NiangjiaSchema {
    /// A version that has shipped is never edited: a change is a new version, and what it brings says `since:`.
    static let schema = Schema(
        tables: tables, views: DecisionsSchema.views + PaymentsSchema.views, triggers: FactPagesSchema.triggers,
        versions: [.init("foundation")])

    /// All versions in order; a new store takes all of them, an old one those that it lacks.
    public static let migrations = schema.migrations

    /// What lies packed. A driver shows the rows of each as a table.
    public static let packings: [Packing] = [DecisionsSchema.packing]

    /// Tables whose rows are sealed, by name.
    static let sealed = Dictionary(
        uniqueKeysWithValues: tables.filter { $0.sealing != nil }.map { ($0.name, $0) })

    static let tables: [Table] =
        [
            Table.changeCount, KeyChecks.table, PeopleSchema.person, PeopleSchema.membership,
            OrganizationsSchema.organization,
            HouseholdsSchema.household,
            StationsSchema.station, StationsSchema.facility, StationsSchema.visit, RegisterHistory.table,
            RecordsSchema.record, RecordsSchema.importBatch, RecordsSchema.importRow, RecordsSchema.importDeed,
            RecordsSchema.importJob,
        ] + TransfersSchema.tables + FactPagesSchema.tables + DecisionsSchema.tables + PlacesSchema.tables
        + [PreviewsSchema.preview] + CasesSchema.tables
        + FundsSchema.tables + PeriodsSchema.tables + PaymentsSchema.tables + CorrectionsSchema.tables
        + ExportsSchema.tables
        + DuesSchema.tables + DonationsSchema.tables + GrantsSchema.tables + SuppliersSchema.tables
        + SharingSchema.tables + ReportFiguresSchema.tables
        + AccessSchema.tables + ActionsSchema.tables
        + JobsSchema.tables + OutboxSchema.tables + FilesSchema.tables + BundlesSchema.tables + ChainSchema.tables
}
