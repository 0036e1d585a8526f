/// A mobile number of the mainland: 11 digits that start with 1.
public enum MobileNumber {
    /// Checks a number as typed; `+86`, spaces and hyphens are forgiven. The number is nil when it can't be kept.
    public static func check(_ typed: String) -> (number: String?, findings: [Finding]) {
        let folded = TextFolding.halfWidth(typed)
        if let damage = SpreadsheetDamage.scientific(folded) { return (nil, [damage]) }
        var text = folded.filter { $0 != " " && $0 != "-" && $0 != "'" }
        if text.hasPrefix("+86") { text.removeFirst(3) } else if text.hasPrefix("0086") { text.removeFirst(4) }
        var findings: [Finding] = []
        if text != typed {
            findings.append(Finding(.note, "MOBILE_NORMALIZED", zh: "手机号码已规范", en: "the mobile number was normalised"))
        }
        let bytes = Array(text.utf8)
        guard bytes.count == 11, bytes.allSatisfy({ (0x30...0x39).contains($0) }), bytes[0] == UInt8(ascii: "1"),
            bytes[1] >= UInt8(ascii: "3")
        else {
            return (
                nil,
                findings + [
                    Finding(
                        .error, "MOBILE_FORM", zh: "手机号码应为 1 开头的 11 位数字",
                        en: "a mobile number is 11 digits that start with 1")
                ]
            )
        }
        return (text, findings)
    }
}
