/// The examples of the plugin contract, as they stand there (texts that it leaves out filled in).
enum ContractExamples {
    static let summerCooling = """
        id: summer-cooling
        version: 1.0.0
        api: 1
        title: {zh-CN: 夏送清凉, en: Summer cooling}
        settings: {exposures: {type: array, items: string}, value: money, min_interval_days: integer, season_cap: integer}
        forms:
          package:
            by: [anyone, scan, clerk, batch]
            population: {of: persons}
            subject: applicant
            facts: {subject: [exposure], look: {packs: {in: decisions, per: subject, within: season}}}
            gives: {kind: goods, to: supplier, when: delivered}
            delivery: {by: [keeper, clerk], within_days: 7}
        reasons:
          NOT_EXPOSED: {zh-CN: 不属于高温户外岗位, en: Not an outdoor or high-temperature post}
          MIN_INTERVAL: {zh-CN: "上次{last:date},须满{days:integer}天", en: "Last on {last:date}; {days:integer} days must pass"}
          SEASON_CAP: {zh-CN: 本季已达上限, en: The season's limit is reached}
        """

    static let training = """
        id: training
        version: 1.0.0
        api: 1
        title: {zh-CN: 公益培训班, en: Training class}
        settings: {max_absences: integer}
        roles: {teacher: {zh-CN: 教师, en: Teacher}}
        records:
          class: {key: [code], fields: {code: string, seats: integer, term: string}, by: [clerk]}
          absence: {key: [class, person, held_on], fields: {class: class, person: person, held_on: date}, by: [teacher]}
        forms:
          enrol:
            by: [member]
            fields: {class: class}
            subject: applicant
            facts:
              look:
                missed: {in: decisions, programs: all, per: subject, state: waitlisted, within: {months: 12}}
                absent: {in: absence, where: {class: class, person: subject}, within: ever}
            unique: [{per: subject, with: class.term, within: ever, reason: ONE_PER_TERM}]
            places: {per: class, count: class.seats, waitlist: 20%, order: [rank, submitted], from: apply_end}
            gives: {kind: nothing}
            recheck: {daily: "21:00"}
        reasons:
          ONE_PER_TERM: {zh-CN: 每学期限一个班, en: One class a term}
          ABSENT: {zh-CN: "缺课{count:integer}次", en: "Absent {count:integer} times"}
        """

    static let mutualAid = """
        id: mutual-aid
        version: 1.0.0
        api: 1
        title: {zh-CN: 职工医疗互助, en: Mutual aid}
        settings: {fee: money, min_unit_share: rate, waiting_days: integer, renewal_gap_days: integer,
                   excluded_causes: {type: array, items: string}, deadline_days: integer, deductible: money,
                   tiers: {type: array, items: {up_to: money | null, rate: rate}}, term_cap: money}
        forms:
          enrol:
            by: [unit]
            fields: {unit: organization, members: {type: array, items: {person: member}}}
            subject: members.person
            dated_by: season_start
            together: {at_least: {setting: min_unit_share}, of: unit.member_count, per: case}
            facts: {look: {before: {in: decisions, programs: all, per: subject, within: {months: 24}}}}
            unique: [{per: subject, within: season, reason: DUPLICATE_PERSON}]
            gives: {kind: fee, from: unit, when: approved}
            keeps: {covered_to: date, waits_until: date}
          claim:
            by: [member, clerk]
            fields: {admitted_on: date, discharged_on: date, cause: string, self_pay: money, settlement: file}
            subject: applicant
            dated_by: discharged_on
            facts:
              look:
                cover: {in: decisions, of: [enrol], per: subject, within: season}
                term: {in: decisions, per: subject, within: season}
            gives: {kind: money, to: subject, when: approved}
            keeps: {self_pay: money}
            sensitive: health
        reasons: {DUPLICATE_PERSON: {zh-CN: 已参加, en: x}, NOT_ENROLLED: {zh-CN: 文字, en: text}, WAITING_PERIOD: {zh-CN: "等待期至{day:date}", en: x},
                  EXCLUDED_CAUSE: {zh-CN: 文字, en: text}, LATE_CLAIM: {zh-CN: "出院已超{days:integer}天", en: x}, BELOW_DEDUCTIBLE: {zh-CN: 文字, en: text}, CAPPED_PERIOD: {zh-CN: 文字, en: text}}
        """

    static let program = """
        program: summer-cooling-2026
        plugin: summer-cooling
        policy: 固工发〔2026〕12号            # the paper that allows it
        status: open                        # open, closed_to_new, suspended, ended
        organization: 990100                # union code; `check` answers with its name
        series: summer-cooling              # caps and intervals count over a series, never over one file
        season: {from: 2026-06-01, to: 2026-09-30}     # when it happens (by dated_by)
        apply: {from: 2026-05-20, to: 2026-09-30}      # when one may ask (dates or instants); default: the season
        funding: [{line: cooling-2026}, {line: donations-2026}]   # in this order, or share: 50% each; each payment keeps its split
        short: partial                      # partial, waitlist, refuse, queue, prorate
        order: [rank, submitted]            # who comes first under shortage: rank is the script's, submitted or drawn comes last
        ceiling: {persons: 5200, amount: 520000}       # the approval carries it; nothing beyond is applied, the rest is listed
        pay: {each_max: 200, from: 2026-06-10, correct_until: 2026-10-31}   # each_max is required where money moves
        review: [basic, county, {over: 20000, add: province}]     # absent levels are skipped, never down to nobody
        public_notice: {working_days: 5}
        waive: {MIN_INTERVAL: city}         # who may waive which reason
        settings: {exposures: [outdoor, high_temp_indoor], value: 50, min_interval_days: 15, season_cap: 2}
        by_organization: {990102: {value: 40}}         # serving union for scan and counter, home union otherwise
        changes: [{from: 2026-07-15, settings: {value: 60}}]      # resolved by the case's date; by_organization beats changes
        forms: {package: {review: [basic]}}            # a form may override any key above
        """
}
