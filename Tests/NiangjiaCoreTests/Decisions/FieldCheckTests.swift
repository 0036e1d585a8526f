import NiangjiaCore
import Testing

@Suite struct FieldCheckTests {
    private static let fields = [Field("paid", .money), Field("heads", .integer)]

    @Test("Amounts and numbers end where sums and products would leave 64 bits; the place is named")
    func bounds() throws {
        let most: [String: Value] = ["paid": "100000000000.00", "heads": 1_000_000_000_000]
        #expect(
            try FieldCheck.check(most, against: Self.fields)
                == ["paid": 10_000_000_000_000, "heads": 1_000_000_000_000])
        for (name, value) in [
            ("paid", Value.text("92233720368547758.07")), ("paid", .int(.max)), ("paid", .int(.min)),
            ("heads", .int(.max)), ("heads", .int(.min)),
        ] {
            let given = most.merging([name: value]) { $1 }
            let error = #expect(throws: NiangjiaError.self) { try FieldCheck.check(given, against: Self.fields) }
            #expect(error?.place == "/\(name)")
        }
    }
}
