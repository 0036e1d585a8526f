/// How a number is printed in a report: exact where it can be, and with the word that says so where it is not.
///
/// A figure f for an exact value v is `余` after it when v was cut down, `近` before it when f > v by at most 5 %, `约` when f is
/// rounded within 3 %; no word only where it is exact at the precision shown.
public enum Figure {
    /// What a format made of a quantity.
    public struct Printed: Hashable, Sendable {
        /// As the report prints it, with its unit.
        public var text: String
        /// What must be said about it.
        public var note: LocalText?
    }

    /// What is printed where there is nothing to divide by: never 0 %, never 100 %.
    static let nothingToDivide = Printed(
        text: "—", note: LocalText(zh: "分母为零,不计算比率", en: "nothing to divide by; no rate is computed"))

    /// Prints a quantity.
    ///
    /// - Parameters:
    ///   - format: empty, `万`, `万元`, `亿元`, `元`, `%`, `天`, `y`, `y年m月`; `~2` before `万元`, `元` or nothing keeps two
    ///     significant digits and chooses the word.
    ///   - hasWord: whether the text before it already says 约, 近 or 超过.
    /// - Throws: `configuration` for a format that the quantity can't have.
    public static func print(_ quantity: Quantity, format: String, hasWord: Bool = false) throws -> Printed {
        if format.hasPrefix("~") { return try approximate(quantity, format.dropFirst(), hasWord: hasWord) }
        switch (quantity, format) {
        case (.text(let text), ""): return Printed(text: text)
        case (.date(let date), "y"): return Printed(text: String(date.parts.year))
        case (.count(let year), "y"): return Printed(text: String(year))
        case (.date(let date), "y年m月"): return Printed(text: "\(date.parts.year)年\(date.parts.month)月")
        case (.date(let date), ""): return Printed(text: date.description)
        case (.count(let count), ""): return Printed(text: String(count))
        case (.count(let count), "天"): return Printed(text: "\(count)天")
        case (.count(let count), "万"): return tenThousands(count, hasWord: hasWord)
        case (.money(let money), ""), (.money(let money), "元"): return Printed(text: trimmed(money.yuan) + "元")
        case (.money(let money), "万元"):
            if money.fen.magnitude < 1_000_000 { return Printed(text: trimmed(money.yuan) + "元") }
            return scaled(money.fen, unit: 10_000, "万元", hasWord: hasWord)
        case (.money(let money), "亿元"): return scaled(money.fen, unit: 100_000_000, "亿元", hasWord: hasWord)
        case (.ratio(_, of: 0), _), (.average(_, of: 0), _): return nothingToDivide
        case (.average(let part, let whole), "天"), (.average(let part, let whole), ""):
            return Printed(text: tenths(divided(part, times: 10, by: whole)) + format)
        case (.ratio(let part, let whole), "%"):
            return Printed(text: trimmed(Money(fen: divided(part, times: 10_000, by: whole)).yuan) + "%")
        case (.ratio(let part, let whole), "天"):
            return Printed(text: tenths(divided(part, times: 10, by: whole)) + "天")
        case (.ratio(let part, let whole), "元"):
            return Printed(text: trimmed(Money(fen: divided(part, times: 1, by: whole)).yuan) + "元")
        default:
            throw NiangjiaError(
                .configuration, zh: "格式“\(format)”不适用于该指标", en: "the format “\(format)” doesn't fit this figure")
        }
    }

    // MARK: scales

    private static func tenThousands(_ count: Int64, hasWord: Bool) -> Printed {
        guard count.magnitude >= 10_000 else { return Printed(text: String(count)) }
        let shown = divided(count, times: 1, by: 1_000)
        let word = shown * 1_000 == count || hasWord ? "" : "约"
        return Printed(text: word + tenths(shown) + "万")
    }

    /// Hundredths of a unit, `unit` being how much one hundredth is.
    private static func scaled(_ value: Int64, unit: Int64, _ name: String, hasWord: Bool) -> Printed {
        let shown = divided(value, times: 1, by: unit)
        let word = shown * unit == value || hasWord ? "" : "约"
        return Printed(text: word + trimmed(Money(fen: shown).yuan) + name)
    }

    /// `value · times ÷ by`, rounded half away from zero once.
    static func divided(_ value: Int64, times: Int64, by divisor: Int64) -> Int64 {
        let product = value.multipliedFullWidth(by: times)
        let (quotient, remainder) = divisor.dividingFullWidth(product)
        guard remainder.magnitude * 2 >= divisor.magnitude else { return quotient }
        return quotient + ((remainder < 0) == (divisor < 0) ? 1 : -1)
    }

    private static func tenths(_ value: Int64) -> String {
        let magnitude = value.magnitude
        return (value < 0 ? "-" : "") + "\(magnitude / 10)" + (magnitude % 10 == 0 ? "" : ".\(magnitude % 10)")
    }

    /// Without zeros at the end of the decimals, and without a point before nothing.
    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var rest = text[...]
        while rest.last == "0" { rest.removeLast() }
        if rest.last == "." { rest.removeLast() }
        return String(rest)
    }

    // MARK: words

    /// `~2`, `~2万元`: so many significant digits, and the word that makes them true.
    private static func approximate(_ quantity: Quantity, _ format: Substring, hasWord: Bool) throws -> Printed {
        let digits = Int(format.prefix { $0.isASCII && $0.isNumber }) ?? 0
        let unit = String(format.drop { $0.isASCII && $0.isNumber })
        let value: Int64
        switch (quantity, unit) {
        case (.count(let count), ""): value = count
        // Whole units first: what lies below them is part of what 余 says.
        case (.money(let money), "万元"): value = money.fen / 1_000_000
        case (.money(let money), "元"): value = money.fen / 100
        default: value = -1
        }
        guard digits > 0, value >= 0 else {
            throw NiangjiaError(
                .configuration, zh: "格式“~\(format)”不适用于该指标", en: "the format “~\(format)” doesn't fit this figure")
        }
        let isWhole =
            if case .money(let money) = quantity { money.fen % (unit == "万元" ? 1_000_000 : 100) == 0 } else { true }
        return Printed(text: worded(value, digits: digits, isWhole: isWhole, hasWord: hasWord, unit: unit))
    }

    private static func worded(_ value: Int64, digits: Int, isWhole: Bool, hasWord: Bool, unit: String) -> String {
        var step: Int64 = 1
        while value / step >= power(of: digits) { step *= 10 }
        let shown = divided(value, times: 1, by: step) * step
        if hasWord { return "\(shown)\(unit)" }
        if shown == value, isWhole { return "\(shown)\(unit)" }
        if shown <= value { return "\(shown)余\(unit)" }
        // At most 5 % too high is 近; a coarser figure is cut down instead.
        if (shown - value) * 20 <= shown { return "近\(shown)\(unit)" }
        return "\(value / step * step)余\(unit)"
    }

    private static func power(of digits: Int) -> Int64 { (0..<min(digits, 18)).reduce(1) { power, _ in power * 10 } }
}

extension Quantity {
    /// The number in full, without words.
    public var text: String {
        switch self {
        case .money(let money): "\(money)元"
        case .ratio: (try? Figure.print(self, format: "%").text) ?? ""
        case .count, .average, .date, .text: (try? Figure.print(self, format: "").text) ?? ""
        }
    }
}
