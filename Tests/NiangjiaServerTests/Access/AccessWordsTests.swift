import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What a member reads of why somebody looked at their data.
@Suite("Words for looks") struct AccessWordsTests {
    @Test("Every reason that the host gives by itself has words in both languages", arguments: AccessReason.allCases)
    func told(_ reason: AccessReason) {
        for language in [Language.zh, .en] {
            let words = AccessWords.reason(reason.rawValue, language)
            #expect(!words.isEmpty && words != reason.rawValue)
        }
    }

    @Test("An action is told by its name; what a person wrote stays as it is, whatever it begins with")
    func written() {
        let run = ID<ActionRun>(rawValue: 4711).text
        #expect(AccessWords.reason("action handout-2026/give \(run)", .en) == "for the action handout-2026/give")
        for text in [
            "action needed after his call", "action handout-2026/give", "action a/b c", "action give \(run)",
            "action handout-2026/give \(run) again", "本人来电",
        ] {
            #expect(AccessWords.reason(text, .zh) == text)
            #expect(AccessWords.reason(text, .en) == text)
        }
    }
}
