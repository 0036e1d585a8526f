import CLuaEngine

/// A known fault of Lua 5.4 releases, and what it means for a city's scripts.
public enum ScriptEngineFault: String, Sendable, CaseIterable {
    /// `1 ~ (2 or 3)` is computed wrongly in a function with more than 255 constants.
    case bitwiseConstants = "bitwise_constants"
    /// `t[a < 2]` is compiled to something else where `t` belongs to an outer function.
    case comparisonAsIndex = "comparison_as_index"
    /// `break` out of a block with a `<close>` variable may leave it open.
    case closeAndBreak = "close_and_break"
    /// `local _ENV <const>` is compiled to something else.
    case constantEnvironment = "constant_environment"
    /// Hashes can't be seeded: the length of a table with gaps may differ from run to run.
    case unseededHashes = "unseeded_hashes"

    var bit: UInt32 {
        switch self {
        case .bitwiseConstants: UInt32(NIANGJIA_FAULT_BITWISE)
        case .comparisonAsIndex: UInt32(NIANGJIA_FAULT_INDEX)
        case .closeAndBreak: UInt32(NIANGJIA_FAULT_CLOSE)
        case .constantEnvironment: UInt32(NIANGJIA_FAULT_ENV)
        case .unseededHashes: UInt32(NIANGJIA_FAULT_SEED)
        }
    }

    /// What `doctor` says, in zh-CN.
    public var zh: String {
        switch self {
        case .bitwiseConstants: "常量超过 255 个的函数中位运算会算错:加载时拒绝这样的函数"
        case .comparisonAsIndex: "外层变量以比较结果为下标时会编译错:加载时拒绝"
        case .closeAndBreak: "break 跳出 <close> 块时可能不关闭:<close> 一律不可用"
        case .constantEnvironment: "local _ENV <const> 会编译错:_ENV 一律不可用"
        case .unseededHashes: "无法固定散列种子:有空缺的表,其长度可能每次不同,由复核发现"
        }
    }

    /// What `doctor` says, in English.
    public var en: String {
        switch self {
        case .bitwiseConstants:
            "bitwise operations go wrong in functions with more than 255 constants: the loader refuses them"
        case .comparisonAsIndex: "an outer variable indexed by a comparison is miscompiled: the loader refuses it"
        case .closeAndBreak: "break may leave a <close> variable open: <close> is never available"
        case .constantEnvironment: "local _ENV <const> is miscompiled: _ENV is never available"
        case .unseededHashes:
            "hashes cannot be seeded: the length of a table with gaps may differ, the second judgement finds it"
        }
    }
}
