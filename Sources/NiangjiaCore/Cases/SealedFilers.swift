/// Whoever filed a sealed case is whom it hides: what else tells of the case must not name them.
enum SealedFilers {
    /// The account that did something about a case, as anybody is told: `-` in the place of who filed it where it is sealed.
    static func actor(_ actor: String, about: String, in reader: any StoreReader) throws -> String {
        guard let id = ID<CaseFile>(about) else { return actor }
        let filed = try reader.integer(
            "SELECT COUNT(*) FROM case_file WHERE id = $1 AND sealed = 1 AND filer = $2", [.id(id), .text(actor)])
        return filed == 1 ? "-" : actor
    }
}
