/// A person's name: normalised for storage and comparison, never converted between traditional and simplified.
public enum PersonName {
    /// The separator of names such as 阿不都热合曼·买买提: U+00B7.
    static let dot: Unicode.Scalar = "\u{B7}"

    /// The longest name that is taken, in characters.
    public static let longest = 60

    /// Checks a name as typed. The name is nil when it can't be kept.
    ///
    /// Full-width Latin becomes half-width, the many middle dots become U+00B7, spaces inside a Han name go, the form is NFC.
    public static func check(_ typed: String) -> (name: String?, findings: [Finding]) {
        let name = normalized(typed)
        if name.isEmpty {
            return (nil, [Finding(.error, "NAME_EMPTY", zh: "缺少姓名", en: "the name is missing")])
        }
        if name.unicodeScalars.contains("\u{FFFD}") || name.contains("?") {
            return (
                nil,
                [
                    Finding(
                        .error, "NAME_GARBLED", zh: "姓名中有无法识别的字符(文件编码可能不对)",
                        en: "the name holds an unreadable character; the file's encoding may be wrong")
                ]
            )
        }
        let bad = name.unicodeScalars.contains { scalar in
            scalar.value < 0x20 || (0x30...0x39).contains(scalar.value)
                || "<>=@#$%&*|\\/\"".unicodeScalars.contains(scalar)
        }
        if bad || name.count > longest {
            return (
                nil,
                [
                    Finding(
                        .error, "NAME_FORM", zh: "姓名中有数字或符号,或过长", en: "the name holds digits or signs, or is too long")
                ]
            )
        }
        let note = Finding(
            .note, "NAME_NORMALIZED", zh: "姓名已规范(间隔号、空格、全角)", en: "the name was normalised (dots, spaces, width)")
        return (name, name.unicodeScalars.elementsEqual(typed.unicodeScalars) ? [] : [note])
    }

    /// The name as it is stored and compared.
    public static func normalized(_ typed: String) -> String {
        if typed.unicodeScalars.allSatisfy({ (0x4E00...0x9FFF).contains($0.value) }) { return typed }
        let scalars = Array(TextFolding.nfc(TextFolding.halfWidth(typed)).unicodeScalars)
        var out = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let before = index > 0 ? scalars[index - 1] : nil
            let after = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch scalar.value {
            case 0xB7, 0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB, 0xFF65, 0x16EB, 0x1427, 0x0387:
                out.append(dot)
            case 0x2E where before?.isHan == true || after?.isHan == true:
                // Only a full stop between Han characters stands for the dot: "John F. Smith" keeps his.
                out.append(dot)
            case 0x20:
                let isInsideLatin = before.map { !$0.isHan && $0 != " " } == true && after.map { !$0.isHan } == true
                if isInsideLatin { out.append(scalar) }
            default:
                out.append(scalar)
            }
        }
        return String(out)
    }

    /// The surname: two characters where they are a known compound surname and a given name follows.
    public static func surname(_ name: String) -> Substring {
        guard let first = name.unicodeScalars.first, first.isHan else { return name.prefix(while: { $0 != " " }) }
        if name.count >= 3, compoundSurnames.contains(String(name.prefix(2))) { return name.prefix(2) }
        return name.prefix(1)
    }

    static let compoundSurnames: Set<String> = Set(
        """
        欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 \
        长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 \
        南门 羊舌 微生 梁丘 左丘 西门 第五 南荣 东里 东宫 仲长 即墨 达奚 褚师 纳兰 歐陽 司馬 諸葛 東方 上官 尉遲 長孫 鍾離
        """.split(separator: " ").map(String.init))
}
