/// What the codes of the registers are called: for people who read why something was decided.
extension FactCatalogue {
    /// The title of a code of a fact; nil where the vocabulary is open, or has none of the name.
    public static func title(of code: String, in fact: String) -> LocalText? {
        titles[fact]?[code].map { LocalText(zh: $0.0, en: $0.1) }
    }

    /// The titles of codes that a list holds (a setting that names exposures or occupations); nil unless one vocabulary has all.
    public static func titles(ofAll codes: [String]) -> [LocalText]? {
        guard !codes.isEmpty else { return nil }
        for fact in ["exposure", "occupation"] {
            let found = codes.compactMap { title(of: $0, in: fact) }
            if found.count == codes.count { return found }
        }
        return nil
    }

    private static let levelTitles = [
        "province": ("省级", "province"), "city": ("市级", "city"), "county": ("区县级", "county"),
        "town": ("乡镇街道", "town"), "basic": ("基层工会", "basic union"), "group": ("工会小组", "group"),
        "federation": ("工会联合会", "federation"), "industry": ("产业工会", "industry union"), "park": ("园区工会", "park union"),
        "employer": ("用人单位", "employer"), "supplier": ("供应商", "supplier"),
    ]

    private static let titles: [String: [String: (String, String)]] = [
        "exposure": [
            "outdoor": ("户外露天", "outdoors"), "high_temp_indoor": ("室内高温", "hot indoors"),
            "key_project": ("重点工程", "key project"), "emergency_duty": ("应急值守", "emergency duty"),
            "indoor": ("室内常温", "indoors"), "office_air_conditioned": ("空调办公", "air-conditioned office"),
        ],
        "occupation": [
            "courier": ("快递员", "courier"), "rider": ("外卖配送员", "delivery rider"),
            "truck_driver": ("货车司机", "lorry driver"), "ride_hail": ("网约车司机", "ride-hailing driver"),
            "domestic": ("家政服务员", "domestic worker"), "livestream": ("网络主播", "live streamer"),
            "sanitation": ("环卫工人", "sanitation worker"), "construction": ("建筑工人", "construction worker"),
            "factory": ("产业工人", "factory worker"), "furnace": ("炉前工", "furnace worker"),
            "welder": ("焊工", "welder"), "bus_driver": ("公交司机", "bus driver"),
            "traffic_police_aux": ("交通协管员", "traffic warden"), "shop": ("营业员", "shop assistant"),
            "office": ("办公室职员", "office worker"),
            "teacher": ("教师", "teacher"), "medical": ("医护人员", "medical worker"), "other": ("其他", "other"),
        ],
        "sex": ["male": ("男", "male"), "female": ("女", "female")],
        "employment_form": [
            "contract": ("劳动合同", "contract"), "dispatch": ("劳务派遣", "dispatched"), "outsourced": ("外包", "outsourced"),
            "part_time": ("非全日制", "part time"), "flexible": ("灵活就业", "flexible"),
            "self_employed": ("自雇", "self-employed"),
        ],
        "skill_level": [
            "none": ("无", "none"), "5": ("初级工", "junior"), "4": ("中级工", "intermediate"), "3": ("高级工", "senior"),
            "2": ("技师", "technician"), "1": ("高级技师", "senior technician"), "special": ("特级技师", "special technician"),
            "chief": ("首席技师", "chief technician"),
        ],
        "member_status": [
            "applied": ("申请", "applied"), "active": ("在会", "active"), "transferring": ("转会中", "transferring"),
            "reserved": ("保留会籍", "reserved"), "lapsed": ("失效", "lapsed"), "left": ("已退会", "left"),
            "deceased": ("去世", "deceased"),
        ],
        "household_role": [
            "head": ("户主", "head"), "spouse": ("配偶", "spouse"), "child": ("子女", "child"), "parent": ("父母", "parent"),
            "other": ("其他", "other"),
        ],
        "hardship_class": [
            "deep": ("深度困难", "deep"), "relative": ("相对困难", "relative"), "accident": ("意外致困", "by accident"),
            "temporary": ("临时困难", "temporary"), "monitoring": ("监测", "monitored"), "none": ("无", "none"),
        ],
        "file_status": [
            "applied": ("申请", "applied"), "open": ("在档", "open"), "monitoring": ("监测", "monitored"),
            "closed": ("已注销", "closed"),
        ],
        "union_level": levelTitles, "level": levelTitles,
    ]
}
