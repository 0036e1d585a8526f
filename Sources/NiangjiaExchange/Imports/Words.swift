/// Chinese words of forms → codes. A mapping's own words come first; codes themselves are always taken.
enum Words {
    static let idType = [
        "居民身份证": "resident_id", "身份证": "resident_id", "港澳台居民居住证": "hk_macao_tw_permit", "护照": "passport",
        "外国人永久居留身份证": "foreign_permanent_resident",
    ]
    static let sex = ["男": "male", "女": "female", "男性": "male", "女性": "female"]
    static let occupation = [
        "快递员": "courier", "外卖配送员": "rider", "外卖骑手": "rider", "骑手": "rider", "货车司机": "truck_driver",
        "网约车司机": "ride_hail",
        "家政服务员": "domestic", "家政": "domestic", "网络主播": "livestream", "环卫工人": "sanitation", "环卫工": "sanitation",
        "建筑工人": "construction", "产业工人": "factory", "工厂工人": "factory", "办公室职员": "office", "职员": "office",
        "炉前工": "furnace", "电焊工": "welder", "焊工": "welder", "公交司机": "bus_driver", "交通协管员": "traffic_police_aux",
        "营业员": "shop", "会计": "office", "铸造工": "factory",
        "教师": "teacher",
        "医护人员": "medical", "其他": "other",
    ]
    static let exposure = [
        "户外": "outdoor", "室外": "outdoor", "露天": "outdoor", "高温车间": "high_temp_indoor", "室内高温": "high_temp_indoor",
        "重点项目": "key_project", "应急值守": "emergency_duty", "空调办公室": "office_air_conditioned",
        "空调室内": "office_air_conditioned",
    ]
    static let employmentForm = [
        "合同制": "contract", "劳动合同": "contract", "劳务派遣": "dispatch", "外包": "outsourced", "非全日制": "part_time",
        "灵活就业": "flexible",
        "个体": "self_employed", "自雇": "self_employed",
    ]
    static let skillLevel = [
        "无": "none", "初级工": "5", "中级工": "4", "高级工": "3", "技师": "2", "高级技师": "1", "特级技师": "special", "首席技师": "chief",
    ]
    static let memberStatus = [
        "申请": "applied", "待审核": "applied", "正常": "active", "在会": "active", "有效": "active", "转会中": "transferring",
        "转接中": "transferring", "保留会籍": "reserved", "保留": "reserved", "失效": "lapsed", "退会": "left", "已退会": "left",
        "去世": "deceased",
    ]
    static let post = [
        "主席": "chair", "副主席": "vice", "委员": "committee", "女工委员": "female_committee", "小组长": "group_leader", "无": "none",
    ]
    static let householdRole = [
        "户主": "head", "本人": "head", "配偶": "spouse", "妻子": "spouse", "丈夫": "spouse", "子女": "child", "儿子": "child",
        "女儿": "child",
        "父母": "parent", "父亲": "parent", "母亲": "parent", "其他": "other",
    ]
    static let level = [
        "省总工会": "province", "省级": "province", "市总工会": "city", "市级": "city", "区县总工会": "county", "县总工会": "county",
        "区总工会": "county",
        "县区": "county", "区县": "county", "县级": "county", "乡镇街道": "town", "乡镇": "town", "街道": "town", "基层工会": "basic",
        "基层": "basic",
        "工会小组": "group", "行业工会联合会": "federation", "工会联合会": "federation", "产业工会": "industry", "园区工会": "park",
        "园区": "park",
        "用人单位": "employer", "单位": "employer", "企业": "employer", "供应商": "supplier",
    ]
    static let organizationStatus = [
        "正常": "active", "暂停": "suspended", "合并": "merged", "撤销": "dissolved", "解散": "dissolved",
    ]
    static let hardshipClass = [
        "深度困难": "deep", "相对困难": "relative", "意外致困": "accident", "临时困难": "temporary", "监测": "monitoring", "无": "none",
        "不困难": "none",
    ]
    static let fileStatus = [
        "申请": "applied", "在档": "open", "建档": "open", "已建档": "open", "监测": "monitoring", "注销": "closed", "已脱困": "closed",
        "已注销": "closed",
    ]
    static let stationKind = [
        "户外劳动者服务站点": "outdoor", "户外站点": "outdoor", "驿站": "outdoor", "职工之家": "workers_home", "职工服务中心": "service_centre",
        "帮扶中心": "service_centre", "职工书屋": "library", "母婴室": "nursing_room", "爱心妈咪小屋": "nursing_room", "工人文化宫": "palace",
    ]
    static let buildMode = ["自建": "self_built", "共建": "co_built", "联建": "co_built"]
    static let stationStatus = [
        "规划": "planned", "在建": "building", "建设中": "building", "已验收": "accepted", "开放": "open", "正常": "open",
        "运行": "open",
        "暂停": "suspended", "关闭": "closed",
    ]
    static let fundSource = [
        "财政": "fiscal", "财政资金": "fiscal", "工会经费": "union_budget", "本级预算": "union_budget", "上级工会": "upper_union",
        "上级补助": "upper_union", "捐赠": "donation", "社会捐赠": "donation", "单位": "employer", "会费": "member_dues",
        "代收经费": "dues",
        "互助费": "fees",
    ]
    static let frame = [
        "WGS84": "wgs84", "WGS-84": "wgs84", "GPS": "wgs84", "CGCS2000": "cgcs2000", "国家2000": "cgcs2000",
        "GCJ02": "gcj02",
        "GCJ-02": "gcj02", "高德": "gcj02", "腾讯": "gcj02", "火星坐标": "gcj02", "BD09": "bd09", "BD-09": "bd09", "百度": "bd09",
    ]
    static let facilities = [
        "桌椅": "table_chair", "躺椅": "recliner", "沙发": "sofa", "午休床": "bed", "遮阳棚": "shade", "饮水机": "water",
        "开水器": "water",
        "饮用水": "water", "冷饮": "cold_drink", "爱心冰箱": "cold_drink", "冰箱": "fridge", "微波炉": "microwave",
        "就餐区": "meal_area", "爱心餐": "love_meal",
        "空调": "aircon", "电风扇": "fan", "风扇": "fan", "取暖": "heater", "取暖器": "heater", "充电排插": "socket",
        "手机充电": "phone_charge",
        "充电宝": "phone_charge", "WIFI": "wifi", "无线网络": "wifi", "电动车充电": "ebike_charge", "换电柜": "battery_swap",
        "打印": "printer",
        "打印机": "printer", "卫生间": "toilet", "洗手": "wash", "淋浴": "shower", "洗衣": "laundry", "洗衣机": "laundry",
        "吹风机": "dryer",
        "应急药箱": "med_box", "药箱": "med_box", "防暑药品": "heat_medicine", "除颤仪": "aed", "AED": "aed", "血压计": "bp_meter",
        "按摩": "massage",
        "心理咨询": "counselling", "书报架": "books", "职工书屋": "books", "图书": "books", "电子阅读": "e_reading",
        "电视": "tv_projector",
        "普法读本": "law_box", "律师名片": "lawyer_card", "法律咨询": "law_consult", "雨伞": "umbrella", "雨衣": "umbrella",
        "针线包": "sewing",
        "维修工具": "toolkit", "打气筒": "air_pump", "储物柜": "locker", "母婴室": "nursing_room", "托管": "child_care",
        "货车停车": "truck_parking",
        "无障碍": "barrier_free", "无障碍坡道": "barrier_free", "扫码": "qr_entry", "24小时": "open_24h", "视频监控": "monitor",
        "灭火器": "fire_ext",
        "统一标识牌": "signboard",
    ]

    /// Of several words for a code, the one that is shown.
    private static let shown: Set<String> = [
        "居民身份证", "男", "女", "外卖配送员", "家政服务员", "环卫工人", "产业工人", "办公室职员", "电焊工", "户外", "高温车间", "空调办公室", "合同制",
        "申请", "正常", "转会中", "保留会籍", "退会", "户主", "配偶", "子女", "父母", "其他", "撤销", "在档", "注销", "户外劳动者服务站点",
        "职工服务中心", "共建", "在建", "开放",
    ]

    /// A code in words; itself where the vocabulary has none for it.
    static func shown(_ code: String, _ known: [String: String]) -> String {
        let words = known.filter { $0.value == code }.keys
        let chosen = words.filter(shown.contains)
        return (chosen.isEmpty ? Array(words) : chosen).max { ($0.count, $1) < ($1.count, $0) } ?? code
    }
}
