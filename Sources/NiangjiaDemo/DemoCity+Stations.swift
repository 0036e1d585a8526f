import Foundation
import NiangjiaCore

extension DemoCity {
    static let stationTitles = [
        "站点编号", "站点名称", "所属工会代码", "站点类型", "行政区划", "地址", "纬度", "经度", "坐标系", "开放时间", "建设方式",
        "面积(平方米)", "验收日期", "状态", "设施",
    ]

    /// The box in which the city lies: about 40 km by 40 km of high plain, wide enough for 3,000 stations.
    private static let box = (south: 359_000_000, west: 1_060_000_000, width: 4_200_000, height: 3_600_000)

    private static let hours = [
        "周一至周日 06:00-22:00", "周一至周五 08:30-11:00,13:30-17:00", "周一至周五 09:30-17:00", "每天 00:00-24:00",
        "周一至周日 08:00-20:00",
    ]

    /// In GB18030, as a Chinese Windows spreadsheet saves CSV.
    func writeStations(to folder: URL) throws -> Int {
        let file = try CSVFile(
            folder.appendingPathComponent("stations.csv"), encoding: .gb18030, titles: DemoCity.stationTitles)
        for index in 0..<stations { try file.row(station(index)) }
        try file.close()
        return file.rows
    }

    private func station(_ index: Int) -> [String] {
        var random = random(.station, index)
        let county = plan.counties[index % plan.counties.count]
        let town = random.below(county.towns.count)
        // Half of them crowd in the middle of their county, as people do.
        let spread = random.happens(5000) ? 5 : 1
        let middle = (index % plan.counties.count + 1) * DemoCity.box.width / 4
        let longitude =
            DemoCity.box.west + middle + (random.below(DemoCity.box.width / 2) - DemoCity.box.width / 4) / spread
        let latitude =
            DemoCity.box.south + DemoCity.box.height / 2
            + (random.below(DemoCity.box.height) - DemoCity.box.height / 2) / spread
        let status = random.pick(weighted: [("开放", 88), ("已验收", 4), ("建设中", 4), ("暂停", 3), ("关闭", 1)])
        let accepted = status == "建设中" ? nil : CivilDate(days: Int32(random.number(in: 17_900...20_590)))
        return [
            "ZD\(county.code)\(Codes.padded(index + 1, 4))", "\(county.towns[town])街道工会户外劳动者服务站点\(index + 1)号",
            county.code + Codes.padded(town + 1, 3), "户外劳动者服务站点", county.code,
            "\(county.name)\(county.towns[town])路\(random.number(in: 1...300))号",
            degrees(latitude), degrees(longitude), index % 3 == 0 ? "GCJ02" : "WGS84", random.pick(DemoCity.hours),
            random.pick(["自建", "联建", "共建"]), String(random.number(in: 6...80)), accepted?.description ?? "", status,
            facilities(&random),
        ]
    }

    private func facilities(_ random: inout SeededRandom) -> String {
        var found = ["统一标识牌", "桌椅", "饮水机"]
        for (name, share) in [
            ("微波炉", 8000), ("空调", 7500), ("电风扇", 4000), ("药箱", 8500), ("充电排插", 8800), ("取暖器", 3000), ("防暑药品", 5500),
            ("卫生间", 3500), ("图书", 4500), ("普法读本", 3000), ("律师名片", 2500), ("母婴室", 1200), ("电动车充电", 2200),
            ("无线网络", 5000), ("雨伞", 4500), ("冰箱", 3000), ("除颤仪", 600),
        ] where random.happens(share) {
            found.append(name)
        }
        return found.joined(separator: "、")
    }

    /// A coordinate in units of 1e-7 degree as decimal degrees with six places, about 0.1 m.
    private func degrees(_ units: Int) -> String {
        let micro = units / 10
        return "\(micro / 1_000_000).\(Codes.padded(micro % 1_000_000, 6))"
    }
}
