import NiangjiaCore

extension Scalar {
    /// What should stand there: continues “五十” …
    var expectation: LocalText {
        switch self {
        case .text: LocalText(zh: "不是文字", en: "is not a text")
        case .identifier:
            LocalText(zh: "不是编号,请用小写字母、数字和 -", en: "is not an id; use lower-case letters, digits and -")
        case .name:
            LocalText(
                zh: "不是名称,请用小写字母、数字和下划线,字母开头",
                en: "is not a name; use lower-case letters, digits and _, starting with a letter")
        case .reasonCode:
            LocalText(zh: "不是原因代码,请用大写字母和下划线,如 MIN_INTERVAL", en: "is not a reason code; write it like MIN_INTERVAL")
        case .integer: LocalText(zh: "不是整数,请只写数字,如 15", en: "is not an integer; write digits only, like 15")
        case .boolean: LocalText(zh: "不是“是/否”,请写 true 或 false", en: "is neither true nor false")
        case .money: LocalText(zh: "不是金额,请写 50.00", en: "is not an amount; write it like 50.00")
        case .rate: LocalText(zh: "不是比例,请写 30%", en: "is not a rate; write it like 30%")
        case .date: LocalText(zh: "不是日期,请写 2026-07-01", en: "is not a date; write it like 2026-07-01")
        case .instant:
            LocalText(
                zh: "不是时刻,请写 2026-07-01T08:00+08:00", en: "is not an instant; write it like 2026-07-01T08:00+08:00")
        case .moment:
            LocalText(
                zh: "不是日期或时刻,请写 2026-07-01 或 2026-07-01T08:00+08:00",
                en: "is neither a date nor an instant; write 2026-07-01 or 2026-07-01T08:00+08:00")
        case .duration:
            LocalText(
                zh: "不是时长,请写 24h(小时)、3d(天)或 3wd(工作日)",
                en: "is not a duration; write 24h (hours), 3d (days) or 3wd (working days)")
        case .clock: LocalText(zh: "不是钟点,请写 21:00", en: "is not a time of day; write it like 21:00")
        case .unionCode: LocalText(zh: "不是代码,请写 990100 这样的代码", en: "is not a code; write it like 990100")
        case .path:
            LocalText(zh: "不是路径,请写 unit.member_count 这样的路径", en: "is not a path; write it like unit.member_count")
        case .formName:
            LocalText(zh: "不是表单名,请写 apply 或 tuition/apply", en: "is not a form; write apply or tuition/apply")
        case .version: LocalText(zh: "不是版本号,请写 1.0.0", en: "is not a version; write it like 1.0.0")
        case .address: LocalText(zh: "不是监听地址,请写 127.0.0.1:8080", en: "is not an address; write it like 127.0.0.1:8080")
        case .point:
            LocalText(
                zh: "不是坐标,请写“纬度,经度”,如 36.0161,106.2425",
                en: "is not a point; write latitude,longitude, like 36.0161,106.2425")
        case .choice(let choices):
            LocalText(
                zh: "不可用,可写: \(choices.map(\.word).joined(separator: "、"))",
                en: "is not one of: \(choices.map(\.word).joined(separator: ", "))")
        }
    }
}
