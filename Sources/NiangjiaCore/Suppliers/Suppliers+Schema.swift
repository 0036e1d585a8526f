/// Tables of settling goods and vouchers with suppliers.
public enum SuppliersSchema {
    /// What a supplier's invoice was settled with.
    public static let settlement = Table(
        "supplier_settlement", key: ["id"], proof: .sealed(zh: "供应商结算", en: "settlement with a supplier", id: "ss"),
        [
            Column("id", .int), Column("supplier", .int), Column("from_on", .int), Column("to_on", .int),
            Column("invoice", .text), Column("count", .int), Column("amount", .int, check: "amount > 0"),
            Column("entitlement", .int), Column("settled_by", .text), Column("settled_at", .int),
        ], unique: [["supplier", "invoice"]])

    /// Delivered goods that a settlement holds: each is settled once.
    public static let settled = Table(
        "supplier_settled", key: ["entitlement"], proof: .sealed(zh: "已结算的实物", en: "settled delivery"),
        [Column("entitlement", .int), Column("settlement", .int)], index: [["settlement"]])

    /// Delivered goods of which somebody says that they weren't, or not so: not settled until somebody else decides.
    public static let dispute = Table(
        "supplier_dispute", key: ["entitlement"], proof: .sealed(zh: "实物争议", en: "disputed delivery"),
        [
            Column("entitlement", .int), Column("reason", .text), Column("opened_by", .text), Column("opened_at", .int),
            // open, kept (they are paid), cancelled (they are not)
            Column("state", .text, default: .text(Suppliers.DisputeState.open.rawValue)),
            Column("decided_by", .text, nullable: true),
        ], index: [["state"]])

    static let tables = [settlement, settled, dispute]
}

/// What a supplier's invoice was settled with.
public enum SupplierSettlement: Identified { public static let idPrefix = "ss" }
