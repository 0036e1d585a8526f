// What the libraries share: arguments, order, the stable sort, rounding, dates as text.
#include "engine.h"

int64_t check_integer(lua_State *L, int argument, const char *function, const char *name) {
    if (!lua_isinteger(L, argument)) fail_argument(L, argument, function, name, "整数", "an integer");
    return lua_tointeger(L, argument);
}

const char *check_text(lua_State *L, int argument, const char *function, const char *name, size_t *length) {
    if (lua_type(L, argument) != LUA_TSTRING) fail_argument(L, argument, function, name, "文本", "text");
    return lua_tolstring(L, argument, length);
}

int64_t check_list(lua_State *L, int argument, const char *function, const char *name) {
    if (!resolve_table(L, argument)) fail_argument(L, argument, function, name, "列表", "a list");
    uint64_t count = lua_rawlen(L, -1);
    charge(L, count / 4 + 1); // also what stops a length that is none
    if (count > 1 << 26) fail(L, "%s:列表太长", "%s: the list is too long", function);
    return (int64_t)count;
}

/// Adds a frozen table of functions to the environment.
void add_library(lua_State *L, int environment, const char *name, const luaL_Reg *functions) {
    lua_newtable(L);
    for (; functions->name; functions++) {
        lua_pushcfunction(L, functions->func);
        lua_setfield(L, -2, functions->name);
    }
    push_frozen(L);
    lua_setfield(L, environment, name);
}

/// -1, 0, 1 for two integers or two texts (by bytes: no locale); else not comparable.
int value_compare(lua_State *L, int a, int b, int *comparable) {
    *comparable = 1;
    if (lua_isinteger(L, a) && lua_isinteger(L, b)) {
        lua_Integer x = lua_tointeger(L, a), y = lua_tointeger(L, b);
        return x < y ? -1 : x > y;
    }
    if (lua_type(L, a) == LUA_TSTRING && lua_type(L, b) == LUA_TSTRING) {
        size_t n, m;
        const char *x = lua_tolstring(L, a, &n), *y = lua_tolstring(L, b, &m);
        int order = memcmp(x, y, n < m ? n : m);
        return order ? (order < 0 ? -1 : 1) : n < m ? -1 : n > m;
    }
    *comparable = 0;
    return 0;
}

static int goes_before(lua_State *L, int comparator, const char *function) { // values at -2 and -1; pops both
    int result;
    if (comparator) {
        lua_pushvalue(L, comparator);
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -3);
        lua_call(L, 2, 1);
        result = lua_toboolean(L, -1);
        lua_pop(L, 3);
    } else {
        int comparable;
        result = value_compare(L, -2, -1, &comparable) < 0;
        if (!comparable)
            fail(L, "%s 不能比较 %s 和 %s", "%s cannot compare %s with %s", function, value_name(L, -2), value_name(L, -1));
        lua_pop(L, 2);
    }
    return result;
}

/// A merge sort: equal elements keep their order, and a comparator that lies does no harm. The charge is by size, not by
/// comparison: `pairs` sorts keys that come in the order of a hash, which differs from process to process.
void stable_sort(lua_State *L, int table, int64_t count, int comparator, const char *function) {
    luaL_checkstack(L, 10, NULL);
    uint64_t rounds = 0;
    for (int64_t width = 1; width < count; width *= 2) rounds++;
    charge(L, rounds * (uint64_t)count);
    if (!comparator) { // long texts take long to compare
        uint64_t bytes = 0;
        for (int64_t i = 1; i <= count; i++) {
            if (lua_rawgeti(L, table, i) == LUA_TSTRING) bytes += lua_rawlen(L, -1);
            lua_pop(L, 1);
        }
        charge(L, rounds * (bytes / 64));
    }
    lua_newtable(L);
    int spare = lua_gettop(L), from = table, to = spare;
    for (int64_t width = 1; width < count; width *= 2) {
        for (int64_t left = 1; left <= count; left += 2 * width) {
            int64_t middle = left + width, end = left + 2 * width;
            if (middle > count + 1) middle = count + 1;
            if (end > count + 1) end = count + 1;
            int64_t i = left, j = middle;
            for (int64_t k = left; k < end; k++) {
                int take_right = 0;
                if (i >= middle) {
                    take_right = 1;
                } else if (j < end) {
                    lua_rawgeti(L, from, j);
                    lua_rawgeti(L, from, i);
                    take_right = goes_before(L, comparator, function);
                }
                lua_rawgeti(L, from, take_right ? j++ : i++);
                lua_rawseti(L, to, k);
            }
        }
        int swap = from;
        from = to;
        to = swap;
    }
    if (from != table)
        for (int64_t k = 1; k <= count; k++) {
            lua_rawgeti(L, from, k);
            lua_rawseti(L, table, k);
        }
    lua_settop(L, spare - 1);
}

/// One rounding, half away from zero (四舍五入).
int64_t divide_half_up(__int128 numerator, __int128 denominator, int *overflow) {
    int negative = numerator < 0;
    __int128 magnitude = negative ? -numerator : numerator;
    __int128 rounded = (magnitude * 2 + denominator) / (denominator * 2);
    if (rounded > INT64_MAX) *overflow = 1;
    return negative ? -(int64_t)rounded : (int64_t)rounded;
}
