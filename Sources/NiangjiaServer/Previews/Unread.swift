import NiangjiaCore

/// Why no money is told of what a rule would come to, and what to do (decision 0091).
struct Unread: Sendable {
    private let plugin: String
    private let version: String

    init(_ plugin: String, in bundle: Bundle) {
        self.plugin = plugin
        version = bundle.plugins[plugin]?.manifest.version ?? "-"
    }

    var words: LocalText {
        LocalText(
            zh:
                "金额和由它决定的人数不显示:插件 \(plugin) \(version) 除作者外还没有人读过,规则可以把某一个人的资料写进合计里。另一人读过 plugins/\(plugin)/ 后认可(niangjia plugin approve \(plugin) --as 另一人),再试算就有金额;有权查看每一项资料的人现在就能看。",
            en:
                "No money is told, nor how many it reaches: nobody but its author has read plugin \(plugin) \(version), and a rule can write one person's data into a sum. Another person reads plugins/\(plugin)/ and trusts it (niangjia plugin approve \(plugin) --as THEM); the next preview tells the money. Whoever may see every fact is told it now."
        )
    }

    /// For `--json` and the API.
    var value: Value {
        [
            "plugin": .text(plugin), "version": .text(version), "text": .text(words.zh), "text_en": .text(words.en),
        ]
    }

    /// Refuses names beside what such a rule gives, to whoever may not know all that it is told.
    func needKnowing(_ knows: Bool) throws(NiangjiaError) {
        guard !knows else { return }
        throw NiangjiaError(
            .forbidden,
            zh:
                "插件 \(plugin) \(version) 除作者外还没有人读过:另一人认可之前(niangjia plugin approve \(plugin)),具体人员和金额只给有权查看规则用到的每一项资料的人。",
            en:
                "Nobody but its author has read plugin \(plugin) \(version): until another person trusts it (niangjia plugin approve \(plugin)), names and amounts are for whoever may see all that the rule is told."
        )
    }
}
