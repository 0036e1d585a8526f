/// Personal data as it is shown by default (PIPL; the full value needs a reason and is logged).
public enum Masking {
    /// 张*, 欧阳**, 阿** for names with a dot, J*** for others.
    public static func name(_ name: String) -> String {
        guard let first = name.unicodeScalars.first else { return "" }
        guard first.isHan else { return name.prefix(1) + "***" }
        if name.unicodeScalars.contains(PersonName.dot) { return name.prefix(1) + "**" }
        if name.count == 1 { return "*" }
        let surname = PersonName.surname(name)
        return surname + String(repeating: "*", count: min(3, name.count - surname.count))
    }

    /// The first and the last character, for everybody.
    public static func identityNumber(_ number: String) -> String { ends(number, first: 1, last: 1) }

    /// 138****1234.
    public static func mobile(_ number: String) -> String { ends(number, first: 3, last: 4) }

    /// `**** 1234`.
    public static func bankCard(_ number: String) -> String {
        number.count <= 4 ? "****" : "**** " + number.suffix(4)
    }

    /// The address down to its street: what follows the first road, street, town or village is left out.
    public static func address(_ address: String) -> String {
        guard let end = address.firstIndex(where: { "路街道镇乡巷村".contains($0) }) else {
            return String(address.prefix(6)) + "***"
        }
        let shown = address[...end]
        return shown.count == address.count ? String(shown) : shown + "***"
    }

    private static func ends(_ text: String, first: Int, last: Int) -> String {
        guard text.count > first + last else { return String(repeating: "*", count: text.count) }
        return text.prefix(first) + String(repeating: "*", count: text.count - first - last) + text.suffix(last)
    }
}
