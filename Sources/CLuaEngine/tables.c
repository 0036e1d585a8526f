// table.insert, remove, concat, unpack, sort: bounded, and only on tables that the call made itself.
#include "engine.h"

enum { MAX_LENGTH = 1 << 26 };

static int64_t own_table(lua_State *L, const char *function) {
    if (lua_type(L, 1) != LUA_TTABLE) fail_argument(L, 1, function, "list", "列表", "a list");
    if (is_frozen(L, 1))
        fail(L, "%s:此表已冻结,请先复制", "%s: this table is frozen, make a copy first", function);
    uint64_t count = lua_rawlen(L, 1);
    // A few keys at powers of two make a border of any size: lengths are not to be trusted with arithmetic.
    if (count > MAX_LENGTH) fail(L, "%s:列表太长", "%s: the list is too long", function);
    return (int64_t)count;
}

static int table_insert(lua_State *L) {
    int64_t count = own_table(L, "table.insert"), position = count + 1;
    int arguments = lua_gettop(L);
    if (arguments == 3) {
        position = check_integer(L, 2, "table.insert", "position");
        if (position < 1 || position > count + 1)
            return fail(L, "table.insert 的位置超出范围", "table.insert: the position is out of range");
        charge(L, (uint64_t)(count + 1 - position));
        for (int64_t i = count; i >= position; i--) {
            lua_rawgeti(L, 1, i);
            lua_rawseti(L, 1, i + 1);
        }
    } else if (arguments != 2) {
        return fail(L, "table.insert 应有 2 或 3 个参数", "table.insert takes 2 or 3 arguments");
    }
    lua_settop(L, arguments);
    lua_rawseti(L, 1, position);
    return 0;
}

static int table_remove(lua_State *L) {
    int64_t count = own_table(L, "table.remove");
    int64_t position = lua_isnoneornil(L, 2) ? count : check_integer(L, 2, "table.remove", "position");
    if (count == 0 && (position == 0 || position == 1)) return push_nil(L);
    if (position < 1 || position > count)
        return fail(L, "table.remove 的位置超出范围", "table.remove: the position is out of range");
    charge(L, (uint64_t)(count - position));
    lua_rawgeti(L, 1, position);
    for (int64_t i = position; i < count; i++) {
        lua_rawgeti(L, 1, i + 1);
        lua_rawseti(L, 1, i);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, count);
    return 1;
}

static int table_concat(lua_State *L) {
    lua_settop(L, 4);
    int64_t count = check_list(L, 1, "table.concat", "list"); // 5: the real table
    size_t n = 0;
    const char *separator = lua_isnil(L, 2) ? "" : check_text(L, 2, "table.concat", "separator", &n);
    int64_t first = lua_isnil(L, 3) ? 1 : check_integer(L, 3, "table.concat", "from");
    int64_t last = lua_isnil(L, 4) ? count : check_integer(L, 4, "table.concat", "to");
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (int64_t i = first; i <= last; i++) {
        int type = lua_rawgeti(L, 5, i);
        if (type != LUA_TSTRING && !lua_isinteger(L, -1))
            return fail(L, "table.concat 只能连接文本和整数(第 %I 项是 %s)", "table.concat joins text and integers (item %I is %s)",
                        (LUAI_UACINT)i, value_name(L, -1));
        charge(L, 1 + lua_rawlen(L, -1) / 64);
        luaL_addvalue(&b);
        if (i == last) break; // also where i + 1 would overflow
        luaL_addlstring(&b, separator, n);
        charge(L, n / 64);
    }
    luaL_pushresult(&b);
    return 1;
}

static int table_unpack(lua_State *L) {
    lua_settop(L, 3);
    int64_t count = check_list(L, 1, "table.unpack", "list"); // 4
    int64_t first = lua_isnil(L, 2) ? 1 : check_integer(L, 2, "table.unpack", "from");
    int64_t last = lua_isnil(L, 3) ? count : check_integer(L, 3, "table.unpack", "to");
    if (first > last) return 0;
    if ((uint64_t)last - (uint64_t)first >= 200)
        return fail(L, "table.unpack 最多 200 项", "table.unpack gives at most 200 values");
    int n = (int)(last - first) + 1;
    luaL_checkstack(L, n + 1, NULL);
    for (int i = 0; i < n; i++) lua_rawgeti(L, 4, first + i);
    return n;
}

static int table_sort(lua_State *L) {
    int64_t count = own_table(L, "table.sort");
    lua_settop(L, 2);
    if (!lua_isnil(L, 2) && lua_type(L, 2) != LUA_TFUNCTION)
        fail_argument(L, 2, "table.sort", "comparator", "函数", "a function");
    for (int64_t i = 1; i <= count; i++)
        if (lua_rawgeti(L, 1, i) == LUA_TNIL) return fail(L, "table.sort 的列表有空缺", "table.sort: the list has gaps");
        else lua_pop(L, 1);
    stable_sort(L, 1, count, lua_isnil(L, 2) ? 0 : 2, "table.sort");
    return 0;
}

void open_tables(lua_State *L, int environment) {
    static const luaL_Reg functions[] = {{"insert", table_insert}, {"remove", table_remove}, {"concat", table_concat},
                                         {"unpack", table_unpack}, {"sort", table_sort},     {NULL, NULL}};
    add_library(L, environment, "table", functions);
}
