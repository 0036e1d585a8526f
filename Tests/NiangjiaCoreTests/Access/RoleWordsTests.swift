import NiangjiaCore
import Testing

@Suite struct RoleWordsTests {
    @Test("Whoever may do something is called by a title: the host's roles, a reviewer's level, the plugin's own")
    func titles() {
        var manifest = Manifest(id: "a", version: "1.0.0", api: 1, title: LocalText(zh: "甲", en: "A"))
        manifest.roles["safety"] = LocalText(zh: "安全员", en: "safety officer")
        let told = RoleWords.list(["clerk", "reviewer:county", "safety", "own.stages.review.judge"], manifest)
        #expect(told.zh == "工会经办、区县级审核人、安全员、own.stages.review.judge")
        #expect(told.en == "clerk, reviewer of the county, safety officer, own.stages.review.judge")
        #expect(RoleWords.title("safety").zh == "safety")
        #expect(RoleWords.level("basic").zh == "基层工会")
    }
}
