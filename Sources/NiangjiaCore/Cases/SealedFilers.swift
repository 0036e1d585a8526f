/// Whom a sealed case hides: who filed it, and whom it is about. What else tells of the case or its money must not name them; all of
/// that asks here.
public enum SealedFilers {
    /// What stands in the place of whoever isn't named.
    public static let nobody = "-"

    /// Whether a case hides whom it is about.
    public static func hides(_ id: ID<CaseFile>?, in reader: any StoreReader) throws -> Bool {
        guard let id else { return false }
        return try reader.integer("SELECT sealed FROM case_file WHERE id = $1", [.id(id)]) == 1
    }

    /// Whom or what something is about, or to whom it is paid, as anybody is told: `-` where its case is sealed.
    public static func told(_ who: String, of id: ID<CaseFile>?, in reader: any StoreReader) throws -> String {
        try hides(id, in: reader) ? nobody : who
    }

    /// The same by the decision that came of a case.
    public static func told(_ who: String, of id: ID<Decision>, in reader: any StoreReader) throws -> String {
        let ofCase = try reader.first("SELECT case_id FROM decision WHERE id = $1", [.id(id)]) {
            $0.intOrNil(0).map { ID<CaseFile>(rawValue: $0) }
        }
        return try told(who, of: ofCase ?? nil, in: reader)
    }

    /// The account that did something about a case, as anybody is told: `-` in the place of who filed it where it is sealed.
    static func actor(_ actor: String, about: String, in reader: any StoreReader) throws -> String {
        guard let id = ID<CaseFile>(about) else { return actor }
        let hidden = try reader.first("SELECT filer FROM case_file WHERE id = $1 AND sealed = 1", [.id(id)]) {
            $0.text(0)
        }
        return hidden == actor ? nobody : actor
    }

    /// Who filed a case, in a query over many: a column of `case_file` under an alias.
    static func filer(_ alias: String) -> String {
        "CASE WHEN \(alias).sealed = 1 THEN '\(nobody)' ELSE \(alias).filer END"
    }

    /// Why somebody can't review it: of a sealed case without the reason, which would tell whose it is (a relative's, another
    /// union's).
    static func refusal(_ error: NiangjiaError, of record: CaseRecord) -> NiangjiaError {
        guard record.isSealed else { return error }
        return NiangjiaError(
            .forbidden, zh: "您不能审核这份申请(已封存,不说明原因)", en: "you can't review this case; it is sealed, so it isn't said why"
        )
    }
}
