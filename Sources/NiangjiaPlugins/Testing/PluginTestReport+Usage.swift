import LuaSandbox
import NiangjiaCore

/// What a call may use, as the host grants it.
enum CallBudgets {
    static let limits = ScriptLimits()
    static let pool = PoolConfiguration()

    static var value: Value {
        [
            "instructions": .int(Int64(limits.rowInstructions)), "memory_bytes": .int(Int64(limits.memoryBytes)),
            "output_bytes": .int(Int64(limits.outputBytes)), "host_calls": .int(Int64(ScriptAction.mostCalls)),
            "wall_ms": .int(Int64(pool.rowMilliseconds)),
        ]
    }
}

extension CallUsage {
    /// For machines.
    public var value: Value {
        [
            "function": .text(function), "rows": .int(Int64(rows)), "instructions": .int(instructions),
            "memory_bytes": .int(memoryBytes), "output_bytes": .int(outputBytes), "host_calls": .int(Int64(hostCalls)),
            "wall_ms": .int(wallMilliseconds),
        ]
    }

    /// Each figure beside its budget, in a language.
    func text(_ language: Language) -> String {
        let limits = CallBudgets.limits
        // They are counted in steps: of a short rule no more is known than that it is short.
        let count = instructions < 1_000 ? "<1000" : "\(instructions)"
        var parts = [
            LocalText(
                zh: "指令 \(count)/\(limits.rowInstructions)", en: "instructions \(count)/\(limits.rowInstructions)"),
            LocalText(
                zh: "内存 \(memoryBytes >> 10)/\(limits.memoryBytes >> 10) KB",
                en: "memory \(memoryBytes >> 10)/\(limits.memoryBytes >> 10) KB"),
            LocalText(
                zh: "输出 \(outputBytes)/\(limits.outputBytes) 字节",
                en: "output \(outputBytes)/\(limits.outputBytes) bytes"),
            LocalText(
                zh: "用时 \(wallMilliseconds)/\(CallBudgets.pool.rowMilliseconds) 毫秒",
                en: "time \(wallMilliseconds)/\(CallBudgets.pool.rowMilliseconds) ms"),
        ]
        if function.hasPrefix("action.") {
            parts.insert(
                LocalText(
                    zh: "查询 \(hostCalls)/\(ScriptAction.mostCalls) 次",
                    en: "questions \(hostCalls)/\(ScriptAction.mostCalls)"
                ), at: 3)
        }
        return parts.map { $0[language] }.joined(separator: language == .zh ? ",  " : ", ")
    }
}

extension PluginTestReport {
    /// The most that any case used of each budget, by entry point.
    public var usage: [CallUsage] {
        var found: [String: CallUsage] = [:]
        for call in results.flatMap(\.calls) { found[call.function] = found[call.function]?.most(call) ?? call }
        return found.values.sorted { $0.function < $1.function }
    }

    func usageText(_ language: Language) -> String {
        guard !usage.isEmpty else { return "" }
        let title = LocalText(zh: "用例中一次裁定用得最多的", en: "the most that one call of these cases used")
        return "  " + title[language] + "\n"
            + usage.map { "      program.\($0.function): \($0.text(language))\n" }.joined()
    }

    /// What each case used.
    public func usageByCase(_ language: Language) -> String {
        results.flatMap { result in
            result.calls.map { "      \(result.id)  program.\($0.function): \($0.text(language))\n" }
        }.joined()
    }
}
