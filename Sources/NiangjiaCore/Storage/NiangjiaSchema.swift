/// The whole schema, version by version. A step that has shipped is never edited: a change is a new version.
public enum NiangjiaSchema {
    public static let migrations: [Migration] = [
        Migration(version: 1, title: "foundation", steps: foundation.map { .create($0) })
    ]

    static let foundation: [Table] =
        [
            PeopleSchema.person, PeopleSchema.membership, OrganizationsSchema.organization, HouseholdsSchema.household,
            StationsSchema.station, StationsSchema.facility, StationsSchema.visit, RegisterHistory.table,
            RecordsSchema.record, RecordsSchema.importBatch, RecordsSchema.importRow,
        ] + DecisionsSchema.tables + CasesSchema.tables + FundsSchema.tables + PaymentsSchema.tables
        + AccessSchema.tables + ActionsSchema.tables
        + JobsSchema.tables + OutboxSchema.tables + FilesSchema.tables + BundlesSchema.tables + ChainSchema.tables
}
