/// What a unit's people do, how their work is exposed, and how many of them there are in the demo city.
struct Trade: Sendable {
    /// The code of the occupation (domain vocabulary) and the word of the files.
    var occupation: String
    var title: String
    /// outdoor, high_temp_indoor, key_project, emergency_duty, office_air_conditioned, indoor
    var exposure: String
    /// The industry and what a company of it is called.
    var industry: String
    var company: String
    var nature: String
    /// Weight among the members of the city.
    var weight: Int
    /// In how many of 10,000 of its jobs the person is a migrant worker.
    var migrants: Int
    var isNewForm = false

    static let all: [Trade] = [
        Trade(
            occupation: "sanitation", title: "环卫工", exposure: "outdoor", industry: "公共设施管理业", company: "环境卫生服务有限公司",
            nature: "国企", weight: 6, migrants: 4000),
        Trade(
            occupation: "construction", title: "建筑工", exposure: "outdoor", industry: "建筑业", company: "建筑工程有限公司",
            nature: "私企",
            weight: 12, migrants: 8500),
        Trade(
            occupation: "courier", title: "快递员", exposure: "outdoor", industry: "邮政业", company: "速递有限公司", nature: "私企",
            weight: 5, migrants: 6500, isNewForm: true),
        Trade(
            occupation: "rider", title: "外卖配送员", exposure: "outdoor", industry: "餐饮配送服务业", company: "配送服务有限公司",
            nature: "私企", weight: 5, migrants: 7000, isNewForm: true),
        Trade(
            occupation: "truck_driver", title: "货车司机", exposure: "outdoor", industry: "道路运输业", company: "物流运输有限公司",
            nature: "私企", weight: 4, migrants: 5000, isNewForm: true),
        Trade(
            occupation: "ride_hail", title: "网约车司机", exposure: "outdoor", industry: "道路运输业", company: "出行服务有限公司",
            nature: "私企", weight: 3, migrants: 4500, isNewForm: true),
        Trade(
            occupation: "domestic", title: "家政服务员", exposure: "indoor", industry: "居民服务业", company: "家政服务有限公司",
            nature: "私企", weight: 3, migrants: 6000, isNewForm: true),
        Trade(
            occupation: "traffic_police_aux", title: "交通协管员", exposure: "emergency_duty", industry: "公共管理",
            company: "交通协管大队",
            nature: "事业", weight: 2, migrants: 1000),
        Trade(
            occupation: "furnace", title: "炉前工", exposure: "high_temp_indoor", industry: "黑色金属冶炼业", company: "钢铁有限公司",
            nature: "国企", weight: 5, migrants: 3000),
        Trade(
            occupation: "factory", title: "生产工人", exposure: "indoor", industry: "制造业", company: "制造有限公司", nature: "私企",
            weight: 26, migrants: 5500),
        Trade(
            occupation: "shop", title: "营业员", exposure: "office_air_conditioned", industry: "零售业", company: "商贸有限公司",
            nature: "私企", weight: 9, migrants: 3500),
        Trade(
            occupation: "office", title: "职员", exposure: "office_air_conditioned", industry: "商务服务业", company: "服务中心",
            nature: "事业", weight: 11, migrants: 300),
        Trade(
            occupation: "teacher", title: "教师", exposure: "office_air_conditioned", industry: "教育", company: "学校",
            nature: "事业",
            weight: 5, migrants: 0),
        Trade(
            occupation: "medical", title: "医护人员", exposure: "office_air_conditioned", industry: "卫生", company: "医院",
            nature: "事业",
            weight: 4, migrants: 0),
    ]

    static func of(_ occupation: String) -> Trade { all.first { $0.occupation == occupation } ?? all[0] }

    /// The word of the files for an exposure.
    static func exposureTitle(_ code: String) -> String {
        switch code {
        case "outdoor": "户外露天"
        case "high_temp_indoor": "室内高温"
        case "key_project": "重点工程"
        case "emergency_duty": "应急值守"
        case "office_air_conditioned": "空调办公"
        case "indoor": "室内常温"
        default: "无"
        }
    }
}
