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
                "金额和由它决定的人数不显示:插件 \(plugin) \(version) 除作者外还没有人读过,规则可以把某一个人的资料写进合计里。另一人读过 plugins/\(plugin)/ 后认可(niangjia plugin approve \(plugin) --as 另一人),再试算就有金额,批准要的是有金额的试算;有权查看每一项资料的人现在就能看。",
            en:
                "No money is told, nor how many it reaches: nobody but its author has read plugin \(plugin) \(version), and a rule can write one person's data into a sum. Another person reads plugins/\(plugin)/ and trusts it (niangjia plugin approve \(plugin) --as THEM); the next preview tells the money, and an approval asks for one that does. Whoever may see every fact is told it now."
        )
    }

    /// What to do where a preview that an approval asks for was made without money.
    static func beforeApproval(_ plugins: Set<String>, _ bundle: String) -> LocalText? {
        guard !plugins.isEmpty else { return nil }
        let commands = plugins.sorted().map { "niangjia plugin approve \($0) --bundle \(bundle.prefix(12))" }
            .joined(separator: "\n  ")
        return LocalText(
            zh: "没有显示金额的试算不算:先由作者以外的人读过插件并认可,再试算;或由有权查看规则用到的每一项资料的人试算:\n  \(commands)",
            en:
                "A preview that told no money doesn't count: have somebody other than its author read the plugin and trust it first, or whoever may see all that the rule is told preview it:\n  \(commands)"
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
