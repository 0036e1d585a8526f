// Civil dates as text YYYY-MM-DD (Asia/Shanghai is the host's matter) and working days from the tables given at load.
#include "engine.h"

static int32_t days_of(int32_t year, int32_t month, int32_t day) { // since 1970-01-01, proleptic Gregorian
    year -= month <= 2;
    int32_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int32_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(int32_t days, int32_t *year, int32_t *month, int32_t *day) {
    int32_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int32_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m + (m < 10 ? 3 : -9);
    *year = y + era * 400 + (*month <= 2);
}

static int is_leap(int32_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }
static int32_t month_length(int32_t y, int32_t m) {
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && is_leap(y) ? 29 : lengths[m - 1];
}

static int two_digits(const char *s) {
    return s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' ? -1 : (s[0] - '0') * 10 + s[1] - '0';
}

static int parse_clock(const char *s, size_t n) { // T08:30:00[.123]+08:00
    if (n < 15 || s[0] != 'T' || s[3] != ':' || s[6] != ':') return 0;
    int hour = two_digits(s + 1), minute = two_digits(s + 4), second = two_digits(s + 7);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return 0;
    size_t i = 9;
    if (s[i] == '.')
        for (i++; i < n && s[i] >= '0' && s[i] <= '9';) i++;
    return n - i == 6 && !memcmp(s + i, "+08:00", 6);
}

/// A date, or the date of an instant that ends in +08:00.
int parse_date(const char *s, size_t n, int32_t *days) {
    if (n < 10 || s[4] != '-' || s[7] != '-') return 0;
    int high = two_digits(s), low = two_digits(s + 2), month = two_digits(s + 5), day = two_digits(s + 8);
    if (high < 0 || low < 0 || month < 1 || month > 12 || day < 1) return 0;
    int32_t year = high * 100 + low;
    if (year < 1 || day > month_length(year, month)) return 0;
    if (n > 10 && !parse_clock(s + 10, n - 10)) return 0;
    *days = days_of(year, month, day);
    return 1;
}

static void write_new_date(char out[11], int32_t days) {
    int32_t y, m, d;
    civil_of(days, &y, &m, &d);
    if (y < 1 || y > 9999) y = y < 1 ? 1 : 9999;
    out[0] = (char)('0' + y / 1000);
    out[1] = (char)('0' + y / 100 % 10);
    out[2] = (char)('0' + y / 10 % 10);
    out[3] = (char)('0' + y % 10);
    out[4] = out[7] = '-';
    out[5] = (char)('0' + m / 10);
    out[6] = (char)('0' + m % 10);
    out[8] = (char)('0' + d / 10);
    out[9] = (char)('0' + d % 10);
    out[10] = 0;
}

void write_date(char out[11], int32_t days) {
    // The days of a population repeat: what was written for one is written again.
    static _Thread_local struct {
        int32_t days;
        char text[11];
    } known[1024];
    char *text = known[days & 1023].text;
    if (text[0] && known[days & 1023].days == days) {
        memcpy(out, text, 11);
        return;
    }
    write_new_date(text, days);
    known[days & 1023].days = days;
    memcpy(out, text, 11);
}

enum { FIRST_DAY = -719162, LAST_DAY = 2932896 }; // 0001-01-01 … 9999-12-31

static int push_date(lua_State *L, int64_t days, const char *function) {
    if (days < FIRST_DAY || days > LAST_DAY) return fail(L, "%s:日期超出范围", "%s: the date is out of range", function);
    char text[11];
    write_date(text, (int32_t)days);
    lua_pushlstring(L, text, 10);
    return 1;
}

static int32_t check_date(lua_State *L, int argument, const char *function, const char *name) {
    int32_t days = 0;
    size_t n;
    if (lua_type(L, argument) == LUA_TSTRING) {
        const char *s = lua_tolstring(L, argument, &n);
        if (parse_date(s, n, &days)) return days;
        fail(L, "%s 的第 %d 个参数 %s 不是日期(应为 YYYY-MM-DD)", "%s: argument %d (%s) is no date (YYYY-MM-DD)", function,
             argument, name);
    }
    fail_argument(L, argument, function, name, "日期 YYYY-MM-DD", "a date YYYY-MM-DD");
    return 0;
}

static int date_days(lua_State *L) {
    int32_t from = check_date(L, 1, "date.days", "from"), to = check_date(L, 2, "date.days", "to");
    lua_pushinteger(L, (lua_Integer)to - from);
    return 1;
}

static int date_add(lua_State *L) {
    int32_t day = check_date(L, 1, "date.add", "date");
    int64_t n = check_integer(L, 2, "date.add", "days");
    return push_date(L, n > 4000000 || n < -4000000 ? INT64_MAX : day + n, "date.add");
}

/// The same day of another month, or that month's last day.
static int date_add_months(lua_State *L) {
    int32_t year, month, day;
    civil_of(check_date(L, 1, "date.add_months", "date"), &year, &month, &day);
    int64_t n = check_integer(L, 2, "date.add_months", "months");
    if (n > 200000 || n < -200000) return push_date(L, INT64_MAX, "date.add_months");
    int64_t months = (int64_t)year * 12 + month - 1 + n;
    if (months < 12 || months >= 120000) return push_date(L, INT64_MAX, "date.add_months");
    year = (int32_t)(months / 12);
    month = (int32_t)(months % 12) + 1;
    int32_t length = month_length(year, month);
    return push_date(L, days_of(year, month, day < length ? day : length), "date.add_months");
}

/// Full years from one date to another: an age. Who was born on 02-29 is a year older on 03-01 of other years.
static int date_years(lua_State *L) {
    int32_t y1, m1, d1, y2, m2, d2;
    int32_t from = check_date(L, 1, "date.years", "from"), to = check_date(L, 2, "date.years", "to");
    int swap = from > to;
    civil_of(swap ? to : from, &y1, &m1, &d1);
    civil_of(swap ? from : to, &y2, &m2, &d2);
    int32_t years = y2 - y1 - (m2 < m1 || (m2 == m1 && d2 < d1));
    lua_pushinteger(L, swap ? -years : years);
    return 1;
}

static int contains(const int32_t *days, uint32_t count, int32_t day) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (days[middle] < day) low = middle + 1;
        else high = middle;
    }
    return low < count && days[low] == day;
}

static int is_workday(lua_State *L, int32_t day, const char *function) {
    const Program *p = engine_of(L)->program;
    if (p->calendar_from <= p->calendar_to && (day < p->calendar_from || day > p->calendar_to)) {
        char text[11];
        write_date(text, day);
        fail(L, "%s:工作日历没有 %s", "%s: the calendar of working days does not cover %s", function, text);
    }
    int weekday = (int)(((int64_t)day + 3) % 7 + 7) % 7; // 0 is Monday
    if (weekday < 5) return !contains(p->holidays, p->holiday_count, day);
    return contains(p->make_up_days, p->make_up_count, day);
}

static int calendar_is_workday(lua_State *L) {
    lua_pushboolean(L, is_workday(L, check_date(L, 1, "calendar.is_workday", "date"), "calendar.is_workday"));
    return 1;
}

/// The n-th working day after a date (before it when n is negative); the date itself doesn't count.
static int calendar_add_workdays(lua_State *L) {
    int32_t day = check_date(L, 1, "calendar.add_workdays", "date");
    int64_t n = check_integer(L, 2, "calendar.add_workdays", "days");
    if (n > 100000 || n < -100000) return push_date(L, INT64_MAX, "calendar.add_workdays");
    int direction = n < 0 ? -1 : 1;
    for (int64_t left = n < 0 ? -n : n; left > 0 && day > FIRST_DAY && day < LAST_DAY;) {
        charge(L, 1);
        day += direction;
        if (is_workday(L, day, "calendar.add_workdays")) left--;
    }
    return push_date(L, day == FIRST_DAY || day == LAST_DAY ? INT64_MAX : day, "calendar.add_workdays");
}

void open_dates(lua_State *L, int environment) {
    static const luaL_Reg date[] = {
        {"days", date_days}, {"add", date_add}, {"add_months", date_add_months}, {"years", date_years}, {NULL, NULL}};
    static const luaL_Reg calendar[] = {
        {"is_workday", calendar_is_workday}, {"add_workdays", calendar_add_workdays}, {NULL, NULL}};
    add_library(L, environment, "date", date);
    add_library(L, environment, "calendar", calendar);
}
