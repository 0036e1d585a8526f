/// How a person's identifiers are kept: sealed at rest, found by keyed hashes. Everybody who looks a person up goes through here.
public enum PersonIdentifiers {
    /// The keyed hash of an identity number; the document is part of it, so that equal numbers of different documents differ.
    public static func mac(idNumber: String, document: String, _ crypto: any CryptoProvider) -> [UInt8] {
        crypto.mac(Array("id:\(document):\(idNumber)".utf8), purpose: .lookup)
    }

    /// The keyed hash of a mobile number.
    public static func mac(mobile: String, _ crypto: any CryptoProvider) -> [UInt8] {
        crypto.mac(Array("mobile:\(mobile)".utf8), purpose: .lookup)
    }

    /// The keyed hash of a bank card.
    public static func mac(bankCard: String, _ crypto: any CryptoProvider) -> [UInt8] {
        crypto.mac(Array("card:\(bankCard)".utf8), purpose: .lookup)
    }

    /// What a sealed column is bound to: table, row and column. A ciphertext moved elsewhere doesn't open.
    public static func context(_ table: String, _ row: Int64, _ column: String) -> [UInt8] {
        Array("\(table):\(row):\(column)".utf8)
    }

    /// Opens a sealed column of a register row.
    public static func open(
        _ sealed: [UInt8], table: String, row: Int64, column: String, _ crypto: any CryptoProvider
    ) throws -> String {
        let plain = try crypto.open(sealed, purpose: .personal, context: context(table, row, column))
        return String(decoding: plain, as: UTF8.self)
    }

    /// The same for whoever shows many values: nil for one that was damaged or edited past the host, which hides no other.
    public static func shown(
        _ sealed: [UInt8], table: String, row: Int64, column: String, _ crypto: any CryptoProvider
    ) throws -> String? {
        do {
            return try open(sealed, table: table, row: row, column: column, crypto)
        } catch let error as NiangjiaError where error.code == .unreadable { return nil }
    }

    /// What stands for a value that can't be read: not empty, which would say that there is none.
    public static let unreadable = "***"

    /// Seals a value for a column of a register row.
    public static func seal(
        _ text: String, table: String, row: Int64, column: String, _ crypto: any CryptoProvider
    ) throws -> [UInt8] {
        try crypto.seal(Array(text.utf8), purpose: .personal, context: context(table, row, column))
    }
}
