/// Names of people who do not exist, in the shares that a register has to cope with: two-character surnames, names with a
/// middle dot, rare characters inside and outside the basic plane.
enum Names {
    private static let surnames: [(String, Int)] = [
        ("王", 75), ("李", 75), ("张", 70), ("刘", 55), ("陈", 48), ("杨", 32), ("赵", 24), ("黄", 24), ("周", 22), ("吴", 22),
        ("徐", 18), ("孙", 17), ("胡", 14), ("朱", 14), ("高", 13), ("林", 13), ("何", 13), ("郭", 12), ("马", 22), ("罗", 11),
        ("梁", 10), ("宋", 9), ("郑", 9), ("谢", 8), ("韩", 8), ("唐", 7), ("冯", 7), ("于", 7), ("董", 7), ("萧", 4), ("程", 6),
        ("曹", 6), ("袁", 5), ("邓", 5), ("许", 5), ("傅", 4), ("沈", 5), ("曾", 5), ("彭", 5), ("吕", 5), ("覃", 3), ("解", 2),
        ("单", 2), ("仇", 1), ("查", 1), ("区", 1), ("欧阳", 2), ("上官", 1), ("司马", 1), ("尉迟", 1),
    ]
    private static let male = Array("伟强磊军勇杰涛明超刚平辉建国华志文斌波宁浩宇鹏飞龙海东林峰凯旭阳")
    private static let female = Array("芳娜敏静丽艳娟霞燕玲婷雪梅莉红琴倩颖洁萍云慧佳欣悦瑶琳蓉秀兰香")
    private static let both = Array("春晓清雨晨思安乐天子新元亦可一心语言青远和")
    private static let rare = ["㛃", "𠅤", "堃", "犇", "喆", "昇", "镕", "𬍛", "祎", "䶮"]
    private static let dotted: [(given: String, father: String)] = [
        ("阿不都热合曼", "买买提"), ("古丽娜尔", "艾合买提"), ("艾力", "吐尔逊"), ("迪丽拜尔", "玉素甫"), ("巴特尔", "那顺"),
    ]
    private static let tibetan = ["次仁样本", "扎西多吉", "卓玛央金", "格桑平措", "达娃顿珠"]

    static func person(_ random: inout SeededRandom, isMale: Bool) -> String {
        let kind = random.below(1000)
        if kind < 8 {
            let name = random.pick(dotted)
            return "\(name.given)·\(name.father)"
        }
        if kind < 12 { return random.pick(tibetan) }
        return surname(&random) + given(&random, isMale: isMale, isRare: kind < 16)
    }

    static func surname(_ random: inout SeededRandom) -> String { random.pick(weighted: surnames) }

    static func given(_ random: inout SeededRandom, isMale: Bool, isRare: Bool = false) -> String {
        let own = isMale ? male : female
        let first = isRare ? random.pick(rare) : String(random.happens(3500) ? random.pick(both) : random.pick(own))
        return random.happens(2200) ? first : first + String(random.pick(own))
    }

    private static let brands = Array("恒瑞永昌鑫盛宏达金泰华安兴隆通顺万和嘉诚汇丰")
    static func brand(_ random: inout SeededRandom) -> String {
        String([random.pick(brands), random.pick(brands)])
    }
}
