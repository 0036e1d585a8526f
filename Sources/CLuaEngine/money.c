// Money in integer fen. Every rounding is one rounding, half up.
#include "engine.h"

/// money "50.00": what people write, exactly. 50, 50.5, 50.00, 1,200.00 and a trailing 元.
static int money_parse(lua_State *L) {
    size_t n, i = 0;
    const char *s = check_text(L, 2, "money", "text", &n);
    if (n > 3 && !memcmp(s + n - 3, "元", 3)) n -= 3;
    int negative = n > 0 && s[0] == '-', digits = 0, grouped = -1, decimals = -1;
    int64_t value = 0;
    for (i = (size_t)negative; i < n; i++) {
        if (s[i] == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
        } else if (s[i] == ',' && decimals < 0 && digits > 0 && (grouped == 3 || (grouped < 0 && digits <= 3))) {
            grouped = 0;
        } else if (s[i] >= '0' && s[i] <= '9' && value < INT64_MAX / 1000) {
            value = value * 10 + (s[i] - '0');
            digits++;
            if (decimals >= 0) decimals++;
            else if (grouped >= 0) grouped++;
        } else {
            break;
        }
    }
    if (i < n || digits == 0 || decimals == 0 || decimals > 2 || (grouped >= 0 && grouped != 3))
        return fail(L, "money:这不是金额,请写成 money \"50.00\"", "money: that is no amount, write money \"50.00\"");
    for (int d = decimals < 0 ? 0 : decimals; d < 2; d++) value *= 10;
    lua_pushinteger(L, negative ? -value : value);
    return 1;
}

enum { MAX_RATE = 1000000000 };

/// The rate at index. Its bound keeps amounts times rates within 128 bits.
static int64_t check_rate(lua_State *L, int index, const char *function) {
    if (!lua_isinteger(L, index) || lua_tointeger(L, index) < 0 || lua_tointeger(L, index) > MAX_RATE)
        fail(L, "%s:比率应为 0 到 1,000,000,000 的整数(万分之一),得到的是 %s",
             "%s: a rate must be an integer of basis points, 0 to 1,000,000,000, got %s",
             function, value_name(L, index));
    return lua_tointeger(L, index);
}

static int push_money(lua_State *L, __int128 numerator, const char *function) {
    int overflow = 0;
    int64_t value = divide_half_up(numerator, 10000, &overflow);
    if (overflow) return fail(L, "%s:金额太大", "%s: the amount is too large", function);
    lua_pushinteger(L, value);
    return 1;
}

/// money.rate(fen, basis points).
static int money_rate(lua_State *L) {
    int64_t fen = check_integer(L, 1, "money.rate", "fen");
    check_integer(L, 2, "money.rate", "rate");
    return push_money(L, (__int128)fen * check_rate(L, 2, "money.rate"), "money.rate");
}

/// money.tiers(fen, rows): each row {up_to, rate} takes its width; the last one may be open. Nothing below zero.
static int money_tiers(lua_State *L) {
    int64_t fen = check_integer(L, 1, "money.tiers", "fen");
    lua_settop(L, 2);
    int64_t count = check_list(L, 2, "money.tiers", "rows"); // 3
    if (count == 0) return fail(L, "money.tiers:没有分档", "money.tiers: there are no rows");
    __int128 sum = 0;
    int64_t below = 0;
    for (int64_t i = 1; i <= count; i++) {
        charge(L, 2);
        lua_rawgeti(L, 3, i);
        if (lua_type(L, -1) != LUA_TTABLE)
            return fail(L, "money.tiers:第 %I 档应为 {up_to = …, rate = …}", "money.tiers: row %I must be {up_to = …, rate = …}",
                        (LUAI_UACINT)i);
        int row = lua_gettop(L);
        lua_getfield(L, row, "rate");
        int64_t rate = check_rate(L, -1, "money.tiers");
        int64_t upper = INT64_MAX;
        if (lua_getfield(L, row, "up_to") == LUA_TNIL) {
            if (i < count)
                return fail(L, "money.tiers:只有最后一档可以没有上限", "money.tiers: only the last row may have no up_to");
        } else {
            if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) <= below)
                return fail(L, "money.tiers:第 %I 档的 up_to 应为大于上一档的整数",
                            "money.tiers: up_to of row %I must be an integer above the row before", (LUAI_UACINT)i);
            upper = lua_tointeger(L, -1);
        }
        int64_t top = fen < upper ? fen : upper;
        if (top > below) sum += (__int128)(top - below) * rate;
        below = upper;
        lua_settop(L, 3);
    }
    return push_money(L, sum, "money.tiers");
}

/// money.split(fen, rows): shares in proportion to the rows' rates (integers, or rows with `rate`), each floored, the
/// rest to the first.
static int money_split(lua_State *L) {
    int64_t fen = check_integer(L, 1, "money.split", "fen");
    if (fen < 0) return fail(L, "money.split 的金额不能为负", "money.split: the amount is negative");
    lua_settop(L, 2);
    int64_t count = check_list(L, 2, "money.split", "rows"); // 3
    lua_createtable(L, (int)(count < 1000 ? count : 1000), 0); // 4: rates, then shares
    __int128 total = 0;
    for (int64_t i = 1; i <= count; i++) {
        charge(L, 2);
        lua_rawgeti(L, 3, i);
        if (lua_type(L, -1) == LUA_TTABLE) lua_getfield(L, -1, "rate");
        total += check_rate(L, -1, "money.split");
        lua_rawseti(L, 4, i);
        lua_settop(L, 4);
    }
    if (total <= 0) return fail(L, "money.split:比率之和应大于零", "money.split: the rates must sum to more than zero");
    int64_t rest = fen;
    for (int64_t i = 1; i <= count; i++) {
        lua_rawgeti(L, 4, i);
        int64_t share = (int64_t)((__int128)fen * lua_tointeger(L, -1) / total);
        rest -= share;
        lua_pushinteger(L, share);
        lua_rawseti(L, 4, i);
        lua_settop(L, 4);
    }
    lua_rawgeti(L, 4, 1);
    lua_pushinteger(L, lua_tointeger(L, -1) + rest);
    lua_rawseti(L, 4, 1);
    lua_settop(L, 4);
    return 1;
}

void open_money(lua_State *L, int environment) {
    static const luaL_Reg functions[] = {{"rate", money_rate}, {"tiers", money_tiers}, {"split", money_split}, {NULL, NULL}};
    add_library(L, environment, "money", functions);
    lua_getfield(L, environment, "money");
    lua_getmetatable(L, -1);
    lua_pushcfunction(L, money_parse);
    lua_setfield(L, -2, "__call");
    lua_pop(L, 2);
}
