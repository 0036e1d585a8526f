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

    @Test("A list has at least and at most as many items as its field says")
    func items() throws {
        let fields = [Field("photos", .list(.file), minimum: 2, maximum: 3)]
        for count in 1...4 {
            let given: [String: Value] = ["photos": .list((0..<count).map { .text("f-\($0)") })]
            if (2...3).contains(count) {
                #expect(try FieldCheck.check(given, against: fields) == given)
            } else {
                let error = #expect(throws: NiangjiaError.self) { try FieldCheck.check(given, against: fields) }
                #expect(error?.code == .invalid && error?.place == "/photos")
            }
        }
    }
}
