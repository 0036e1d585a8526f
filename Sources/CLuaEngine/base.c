// The base of the language that a rule needs: pairs in key order, integers only, no addresses.
#include "engine.h"

/// Pushes the text of a value; tables and functions by their kind, never by address.
static void push_text(lua_State *L, int index) {
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TSTRING: lua_pushvalue(L, index); break;
    case LUA_TNUMBER:
        if (!lua_isinteger(L, index)) fail(L, "小数不可用", "numbers with a fraction are not available");
        lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, index));
        break;
    case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false"); break;
    default: lua_pushstring(L, value_name(L, index));
    }
}

static int base_tostring(lua_State *L) {
    if (lua_gettop(L) == 0) fail_argument(L, 1, "tostring", "value", "值", "a value");
    push_text(L, 1);
    return 1;
}

static int base_tonumber(lua_State *L) {
    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
        return 1;
    }
    int64_t base = lua_isnoneornil(L, 2) ? 10 : check_integer(L, 2, "tonumber", "base");
    if (base < 2 || base > 36) return fail(L, "tonumber 的进制应在 2 到 36 之间", "tonumber: the base is 2 to 36");
    if (lua_gettop(L) == 0) fail_argument(L, 1, "tonumber", "value", "值", "a value");
    // Nil, not nothing: `grant(tonumber(x))` must not become `grant()`.
    if (lua_type(L, 1) != LUA_TSTRING) return push_nil(L);
    size_t n, i = 0;
    const char *s = lua_tolstring(L, 1, &n);
    while (i < n && (s[i] == ' ' || s[i] == '\t')) i++;
    while (n > i && (s[n - 1] == ' ' || s[n - 1] == '\t')) n--;
    int negative = i < n && s[i] == '-';
    i += (size_t)negative;
    if (i == n) return push_nil(L);
    uint64_t value = 0;
    for (; i < n; i++) {
        int c = s[i], digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10
                                                             : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                                                                    : 99;
        if (digit >= base || value > (UINT64_MAX - (uint64_t)digit) / (uint64_t)base) return push_nil(L);
        value = value * (uint64_t)base + (uint64_t)digit;
    }
    if (value > (uint64_t)INT64_MAX + (uint64_t)negative) return push_nil(L);
    lua_pushinteger(L, (lua_Integer)(negative ? 0 - value : value));
    return 1;
}

static int base_type(lua_State *L) {
    if (lua_gettop(L) == 0) fail_argument(L, 1, "type", "value", "值", "a value");
    const char *name = value_name(L, 1);
    // Lua's own names for Lua's own kinds.
    if (lua_type(L, 1) == LUA_TNUMBER) name = "number";
    if (lua_type(L, 1) == LUA_TSTRING) name = "string";
    lua_pushstring(L, name);
    return 1;
}

static int base_select(lua_State *L) {
    int count = lua_gettop(L);
    if (lua_type(L, 1) == LUA_TSTRING && !strcmp(lua_tostring(L, 1), "#")) {
        lua_pushinteger(L, count - 1);
        return 1;
    }
    int64_t n = check_integer(L, 1, "select", "n");
    if (n < 0) n = count + n;
    else if (n > count) n = count;
    if (n < 1) return fail(L, "select 的序号超出范围", "select: the index is out of range");
    return count - (int)n;
}

static int base_error(lua_State *L) {
    int64_t level = lua_isnoneornil(L, 2) ? 1 : check_integer(L, 2, "error", "level");
    if (lua_type(L, 1) != LUA_TSTRING) fail_argument(L, 1, "error", "message", "文本", "text");
    if (level > 0 && level < 32) {
        luaL_where(L, (int)level);
        lua_pushvalue(L, 1);
        lua_concat(L, 2);
    } else {
        lua_pushvalue(L, 1);
    }
    return lua_error(L);
}

static int base_assert(lua_State *L) {
    if (lua_gettop(L) == 0) fail_argument(L, 1, "assert", "value", "值", "a value");
    if (lua_toboolean(L, 1)) return lua_gettop(L);
    if (lua_type(L, 2) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_pushvalue(L, 2);
        lua_concat(L, 2);
        return lua_error(L);
    }
    return fail(L, "断言不成立", "assertion failed");
}

static int next_element(lua_State *L) { // ipairs: table, last index
    lua_Integer i = (lua_Integer)((lua_Unsigned)lua_tointeger(L, 2) + 1); // a script may call it with anything
    lua_pushinteger(L, i);
    return lua_geti(L, 1, i) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L) {
    if (lua_type(L, 1) != LUA_TTABLE) fail_argument(L, 1, "ipairs", "list", "列表", "a list");
    lua_pushcfunction(L, next_element);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static int next_pair(lua_State *L) { // upvalues: table, sorted keys, position
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));
    for (;;) {
        i++;
        if (lua_rawgeti(L, lua_upvalueindex(2), i) == LUA_TNIL) return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) break; // one that was removed meanwhile is passed over
        lua_settop(L, 0);
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

/// Sorts keys: integers upward, then texts by bytes, then false and true.
static int key_goes_before(lua_State *L) {
    int a = lua_type(L, 1), b = lua_type(L, 2), comparable;
    int rank_a = a == LUA_TNUMBER ? 0 : a == LUA_TSTRING ? 1 : 2, rank_b = b == LUA_TNUMBER ? 0 : b == LUA_TSTRING ? 1 : 2;
    int before = rank_a < rank_b;
    if (rank_a == rank_b)
        before = rank_a == 2 ? lua_toboolean(L, 1) < lua_toboolean(L, 2) : value_compare(L, 1, 2, &comparable) < 0;
    lua_pushboolean(L, before);
    return 1;
}

static int base_pairs(lua_State *L) {
    lua_settop(L, 1);
    if (!resolve_table(L, 1)) {
        if (lua_type(L, 1) == LUA_TUSERDATA)
            return fail(L, "事实要按名取值,不能遍历", "facts are read by name: they cannot be walked through");
        return fail_argument(L, 1, "pairs", "table", "表", "a table");
    }
    lua_newtable(L);
    lua_Integer count = 0;
    int mixed = 0, texts = 0;
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        lua_pop(L, 1);
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
            return fail(L, "pairs 只能遍历以文本、整数或布尔值为键的表", "pairs walks through keys that are text, integers or booleans");
        if (type == LUA_TSTRING) texts = 1;
        else mixed |= type == LUA_TNUMBER ? 1 : 2;
        lua_pushvalue(L, -1);
        lua_rawseti(L, 3, ++count);
    }
    charge(L, (uint64_t)count);
    int comparator = 0;
    if ((mixed & 2) || (mixed && texts)) {
        lua_pushcfunction(L, key_goes_before);
        comparator = 4;
    }
    stable_sort(L, 3, count, comparator, "pairs");
    lua_settop(L, 3);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 3);
    return 1;
}

static int math_abs(lua_State *L) {
    int64_t v = check_integer(L, 1, "math.abs", "n");
    if (v == INT64_MIN) return fail(L, "math.abs 溢出", "math.abs overflows");
    lua_pushinteger(L, v < 0 ? -v : v);
    return 1;
}
static int pick_extreme(lua_State *L, const char *function, int sign) {
    int count = lua_gettop(L);
    int64_t best = check_integer(L, 1, function, "n");
    for (int i = 2; i <= count; i++) {
        int64_t v = check_integer(L, i, function, "n");
        if (sign > 0 ? v > best : v < best) best = v;
    }
    lua_pushinteger(L, best);
    return 1;
}
static int math_max(lua_State *L) { return pick_extreme(L, "math.max", 1); }
static int math_min(lua_State *L) { return pick_extreme(L, "math.min", -1); }
static int math_tointeger(lua_State *L) {
    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
        return 1;
    }
    lua_settop(L, 1);
    return base_tonumber(L);
}
static int math_type(lua_State *L) {
    if (lua_gettop(L) == 0) fail_argument(L, 1, "math.type", "value", "值", "a value");
    if (lua_isinteger(L, 1)) lua_pushliteral(L, "integer");
    else lua_pushnil(L);
    return 1;
}
static int math_ult(lua_State *L) {
    lua_pushboolean(L, (uint64_t)check_integer(L, 1, "math.ult", "a") < (uint64_t)check_integer(L, 2, "math.ult", "b"));
    return 1;
}

void open_base(lua_State *L, int environment) {
    static const luaL_Reg base[] = {{"ipairs", base_ipairs},     {"pairs", base_pairs},       {"select", base_select},
                                    {"type", base_type},         {"tostring", base_tostring}, {"tonumber", base_tonumber},
                                    {"error", base_error},       {"assert", base_assert},     {NULL, NULL}};
    for (const luaL_Reg *f = base; f->name; f++) {
        lua_pushcfunction(L, f->func);
        lua_setfield(L, environment, f->name);
    }
    lua_newtable(L);
    static const luaL_Reg math[] = {{"abs", math_abs},   {"max", math_max}, {"min", math_min}, {"tointeger", math_tointeger},
                                    {"type", math_type}, {"ult", math_ult}, {NULL, NULL}};
    luaL_setfuncs(L, math, 0);
    lua_pushinteger(L, LUA_MAXINTEGER);
    lua_setfield(L, -2, "maxinteger");
    lua_pushinteger(L, LUA_MININTEGER);
    lua_setfield(L, -2, "mininteger");
    push_frozen(L);
    lua_setfield(L, environment, "math");
}
