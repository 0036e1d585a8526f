import Testing

@testable import NiangjiaCore

@Suite struct StepWordsTests {
    @Test("What the host notes beside a step is told in English alone; what people wrote stays theirs")
    func notes() {
        let amount = Corridor.note(.approve, nil, before: Money(fen: 10_000), [])
        #expect(StepWords.note(amount ?? "", .en) == "100.00 has become 0.00 yuan, to be reviewed anew")
        #expect(StepWords.note(amount ?? "", .zh) == amount)
        #expect(StepWords.note(Corridor.restless, .en).allSatisfy { $0.isASCII })
        for own in ["材料齐全 / all there", "金额由家长填写", "SEASON_CAP", ""] {
            #expect(StepWords.note(own, .en) == own)
        }
    }
}
