import Testing

@testable import NiangjiaCore

@Suite struct VoucherWordsTests {
    @Test("Each kind of voucher has English words of its own; Chinese is told as it was booked")
    func kinds() {
        let kinds = EntrySet.Kind.allCases
        let told = kinds.map { VoucherWords.memo("预留 1 笔", kind: $0.rawValue, .en) }
        #expect(Set(told).count == kinds.count && told.allSatisfy { $0.allSatisfy { $0.isASCII } })
        #expect(kinds.allSatisfy { VoucherWords.memo("预留 1 笔", kind: $0.rawValue, .zh) == "预留 1 笔" })
        #expect(VoucherWords.memo("x", kind: "other", .en) == "x")
    }

    @Test("A day is read off a memo that says so of a closed period, and off none else")
    func closed() {
        #expect(Periods.closedDay(in: "退汇 pay-1(业务日期 2026-12-30 已结账)") == CivilDate("2026-12-30"))
        for memo in ["", " 已结账)", "2026-12-30 已结账)", "退汇 2026-12-30", "(业务日期 x 已结账)"] {
            #expect(Periods.closedDay(in: memo) == nil, "\(memo)")
        }
    }
}
