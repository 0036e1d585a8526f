import NiangjiaCore

extension Routes {
    static let me: [Route] = [
        Route(
            .get, "/api/v1/me/programs", "program.mine", .me,
            answers: .whole(Answers.openProgram, Page.byConfiguration),
            "现在可以申请的项目,连同表单", "Programs that are open to me now, with their forms"),
        Route(
            .get, "/api/v1/me/data", "person.data", .me, answers: .one(Answers.ownData),
            "本人资料:登记、申请、核定、付款、消息,以及谁看过(查询记入日志)",
            "What is held about me: registers, cases, decisions, payments, messages, and who has looked; the reading is logged"
        ),
        Route(
            .get, "/api/v1/me/code", "person.code", .me, answers: .one(Answers.shownCode),
            "出示码:扫码领取时与编号一起出示,当天有效", "The code that I show with my id where a device scans, of this day only"),
    ]

    private static let personID = Route.Parameter.path("id", .id("p"), as: "person", "人员编号", "The person")

    static let registers: [Route] = [
        Route(
            .post, "/api/v1/person-searches", "person.find", .registers, once: false,
            [
                .body(
                    "text",
                    .text(.line, least: 1, most: 100).told("姓名、证件号或手机号", "A name, an ID number or a phone", "张三"),
                    required: true, "姓名、证件号或手机号", "A name, an ID number or a phone")
            ], answers: .whole(Answers.foundPerson, LocalText(zh: "最多 200 人", en: "200 at most")),
            "按姓名、证件号或手机号查找(遮盖);单位经办只找到本单位的会员(记入日志)",
            "Find people by name, ID number or phone; masked. A unit clerk finds the unit's members only, and it is logged"
        ),
        Route(
            .get, "/api/v1/persons/{id}", "person.show", .registers, [personID], answers: .one(Answers.person),
            "查看人员(遮盖)", "A person, masked"),
        Route(
            .post, "/api/v1/persons/{id}/unmasking", "person.show", name: "personUnmask", .registers, once: false,
            [
                personID,
                .body("reason", .note.told("理由", "Why", "核对银行卡号"), required: true, "理由,记入日志", "Why; it is logged"),
            ], answers: .one(Answers.person), "查看人员全文(记入日志)", "A person in full; logged"),
        Route(
            .get, "/api/v1/organizations", "organization.list", .registers,
            [
                .query(
                    "under", .code.told("上级代码", "The code above", "990101"), "上级代码",
                    "The code of the organisation above"),
                Page.limit, Page.after(.code),
            ], answers: .page(Answers.organization, key: "code"), "组织", "Organisations"),
        Route(
            .get, "/api/v1/organizations/names", "organization.find", .registers,
            [
                .query(
                    "text",
                    .text(.line, least: 2, most: 100).told(
                        "名称中的文字,或代码的开头", "Part of the name, or a code's beginning", "总工会"),
                    required: true, "名称中的文字,或代码的开头", "Part of the name, or a code's beginning"),
                Page.limit, Page.after(.code),
            ], answers: .page(Answers.organizationName, key: "code"), "按名称或代码查找组织(填写申请用,登录即可)",
            "Find an organisation by its name or code, to fill in a form; for anybody who has signed in"),
    ]

    static let stations: [Route] = [
        Route(
            .get, "/api/v1/stations/nearby", "station.near", .stations, signIn: false,
            [
                .query("latitude", .number(-90...90).told("纬度", "Latitude", 36), required: true, "纬度", "Latitude"),
                .query(
                    "longitude", .number(-180...180).told("经度", "Longitude", 106), required: true, "经度",
                    "Longitude"),
                .query(
                    "within", .integer(1...50_000).told("范围(米)", "Within so many metres", 3_000), "范围(米),默认 3000",
                    "Within so many metres, 3,000 where nothing is said"),
                .query("facility", .code.told("须有的设施", "A facility", "water"), "须有的设施", "A facility that it must have"),
                .query(
                    "frame", .word(of: CoordinateFrame.self), "坐标系,默认 wgs84", "The frame, wgs84 where nothing is said"),
                .query(
                    "limit", .integer(1...100).told("最多条数", "At most", 20), "最多条数,默认 20",
                    "At most so many, 20 where nothing is said"),
            ], answers: .whole(Answers.station, LocalText(zh: "最多 limit 个", en: "as many as limit says")), "附近站点",
            "Stations nearby"),
        Route(
            .post, "/api/v1/deliveries", "case.deliver", .stations, devices: true,
            example: ["program": "summer-cooling-2026", "person": .text(Schema.person)],
            [
                .body(
                    "program", .name.told("项目", "The program", "summer-cooling-2026"), "项目(按人发放时)",
                    "The program, where goods go to a person"),
                .body("person", .id("p"), "领取人", "Who collects"),
                .body("case", .id("c"), "申请(按申请发放时)", "The case, where goods go to what it was approved for"),
                .body("station", .code, "站点", "The station"),
                .body(
                    "code", .note.told("领取码或出示码", "The code that the person shows", "48310972"),
                    "领取码(表单要求凭码领取时),或本人当天的出示码(设备必须填)",
                    "The code that the person shows: of the goods, where the form asks for one, or of the day, which a device needs"
                ),
            ], answers: .one(Answers.delivery), "登记领取:按人(扫码)或按申请", "Goods are handed over, to a person or for a case"),
        Route(
            .post, "/api/v1/visits", "visit.add", .stations, devices: true, status: 201,
            [
                .body(
                    "station", .code.told("站点代码或编号", "The station's code or id", "ZD9901010001"), required: true, "站点",
                    "The station"),
                .body(
                    "kind", .word(of: Visit.Counted.self).told("来源", "What counted", "door"), "来源,默认 door",
                    "What counted, door where nothing is said"),
                .body(
                    "count", .integer(1...Visit.mostAtOnce).told("人次", "How many", 12), "人次,默认 1",
                    "How many, 1 where nothing is said"),
                .body(
                    "on", .date.told("日期,默认今天", "The day", "2026-07-15"), "日期,默认今天,最多 7 天前",
                    "The day, today where nothing is said; at most seven days back"),
            ], answers: .one(Answers.visit), "登记到访人次(门、柜台计数;不记是谁)",
            "Count visits, by a door or a counter; nobody is named"),
    ]
}
