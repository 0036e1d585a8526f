extension Figure {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// Prints a quantity in English: in full, with digits in threes, whatever scale the Chinese format has; nothing is rounded but
    /// rates and averages.
    static func english(_ quantity: Quantity, format: String) throws -> Printed {
        switch (quantity, format) {
        case (.text, ""): Printed(text: quantity.text(.en))
        case (.date(let date), "y年m月"): Printed(text: "\(months[date.parts.month - 1]) \(date.parts.year)")
        case (.date, _), (.count, "y"), (.ratio, "%"): try print(quantity, format: format)
        case (.count(let count), "天"): Printed(text: "\(threes(count)) days")
        case (.count(let count), _): Printed(text: threes(count))
        case (.money(let money), _): Printed(text: yuan(money))
        case (.ratio(_, of: 0), _), (.average(_, of: 0), _): nothingToDivide
        case (.average, "天"), (.ratio, "天"):
            Printed(text: try print(quantity, format: "天").text.replacing("天", with: " days"))
        case (.ratio, "元"): Printed(text: try print(quantity, format: "元").text.replacing("元", with: " yuan"))
        default: try print(quantity, format: format)
        }
    }

    /// `1204` → `1,204`
    private static func threes(_ count: Int64) -> String {
        let (amount, overflows) = count.multipliedReportingOverflow(by: 100)
        return overflows ? String(count) : String(Money(fen: amount).description.dropLast(3))
    }

    private static func yuan(_ money: Money) -> String {
        let text = money.description
        return (text.hasSuffix(".00") ? String(text.dropLast(3)) : text) + " yuan"
    }
}

extension Quantity {
    /// One to four people of a kind would be known to everybody: how many is not told.
    static let few = Quantity.text("少于5")

    /// The number in full, without words, in a language.
    public func text(_ language: Language) -> String {
        guard language == .en else { return text }
        if self == .few { return "fewer than 5" }
        if case .text(let text) = self { return text }
        let format: String = if case .ratio = self { "%" } else { "" }
        return (try? Figure.english(self, format: format).text) ?? ""
    }
}
