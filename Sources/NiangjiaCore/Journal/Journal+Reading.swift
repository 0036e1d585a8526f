/// What stands beside the bytes of a journaled call: neither facts nor outcomes.
public struct CallHead: Sendable, Hashable {
    /// Its id.
    public var id: ID<Call>
    /// When the rule was asked.
    public var at: Instant
    /// The program's id.
    public var program: String
    /// The plugin that judged.
    public var plugin: String
    /// The digest of the plugin's files.
    public var pluginDigest: String
    /// The digest of the bundle that was active.
    public var bundle: String
    /// The script's function: `assess.<form>`, `recheck.<form>`.
    public var function: String
    /// The engine that answered.
    public var engine: String
    /// The application that was judged; nil: none.
    public var caseID: ID<CaseFile>?
    /// The commitment that the chain holds, as hexadecimal text; nil where the facts were lawfully erased, and of a sealed case: whoever
    /// knows what was filled in could try people until one fits.
    public var digest: String?
    /// Whether the facts were lawfully erased.
    public var isErased: Bool
}

/// What stands beside the bytes of a block of a run.
public struct BlockHead: Sendable, Hashable {
    /// How far a block has come.
    public enum State: String, Sendable, CaseIterable { case judged, applied }

    /// Its number in the run.
    public var block: Int64
    /// How many subjects were judged in it.
    public var count: Int64
    /// judged, applied
    public var state: String
    /// The commitment that the chain holds, as hexadecimal text; nil where the facts were lawfully erased.
    public var digest: String?
}

extension Journal {
    /// The newest calls, of one program, of one application or of all, older than one where given.
    ///
    /// A sealed application is named by its id, as lists of cases name it.
    public static func calls(
        of program: String? = nil, for caseID: ID<CaseFile>? = nil, after: ID<Call>? = nil, limit: Int,
        in reader: any StoreReader
    ) throws -> [CallHead] {
        // Only what is asked for stands in the query, so that a case's calls are found by its index.
        var conditions = ["c.id < $1"]
        var arguments: [SQLValue] = [.int(after?.rawValue ?? .max), .int(Int64(limit))]
        func narrow(_ column: String, _ value: SQLValue?) {
            guard let value else { return }
            arguments.append(value)
            conditions.append("c.\(column) = $\(arguments.count)")
        }
        narrow("program", program.map { .text($0) })
        narrow("case_id", caseID.map { .id($0) })
        return try reader.all(
            """
            SELECT c.id, c.at, c.program, c.plugin, c.plugin_digest, c.bundle, c.function, c.engine, c.case_id, c.digest,
            c.wrapped_key IS NULL, f.sealed FROM call c LEFT JOIN case_file f ON f.id = c.case_id
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY c.id DESC LIMIT $2
            """, arguments
        ) { row in
            CallHead(
                id: row.id(0), at: row.instant(1), program: row.text(2), plugin: row.text(3), pluginDigest: row.text(4),
                bundle: row.text(5), function: row.text(6), engine: row.text(7), caseID: row.idOrNil(8),
                digest: row.bool(10) || row.bool(11) ? nil : Hex.text(row.blob(9)), isErased: row.bool(10))
        }
    }

    /// The blocks of a run, in order. Throws `not_found` for a run that there isn't.
    ///
    /// - Parameters:
    ///   - after: goes on behind this block.
    ///   - limit: so many at most.
    public static func blocks(
        of run: ID<Run>, after: Int64? = nil, limit: Int = 1_000_000, in reader: any StoreReader
    ) throws -> [BlockHead] {
        guard try reader.integer("SELECT 1 FROM run WHERE id = $1", [.id(run)]) != nil else {
            throw NiangjiaError(.notFound, zh: "没有核定 \(run)", en: "there is no run \(run)", place: "/run")
        }
        return try reader.all(
            """
            SELECT block, count, state, digest, wrapped_key IS NULL FROM run_block WHERE run = $1 AND block > $2
            ORDER BY block LIMIT $3
            """, [.id(run), .int(after ?? .min), .int(Int64(limit))]
        ) { row in
            BlockHead(
                block: row.int(0), count: row.int(1), state: row.text(2),
                digest: row.bool(4) ? nil : Hex.text(row.blob(3)))
        }
    }
}
