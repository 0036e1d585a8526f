// list.*: what rules ask of lists. Rows are tables; a field is named by text.
#include "engine.h"

static int same(lua_State *L, int a, int b) {
    // References are rows with a comparable `.ref`.
    if (lua_type(L, a) == LUA_TTABLE && lua_type(L, b) == LUA_TTABLE) {
        a = lua_absindex(L, a);
        b = lua_absindex(L, b);
        int top = lua_gettop(L);
        int equal = 0;
        if (resolve_table(L, a) && resolve_table(L, b)) {
            lua_pushliteral(L, "ref");
            lua_rawget(L, top + 1);
            lua_pushliteral(L, "ref");
            lua_rawget(L, top + 2);
            equal = lua_isnil(L, -1) ? lua_rawequal(L, top + 1, top + 2) : lua_rawequal(L, -1, -2);
        }
        lua_settop(L, top);
        return equal;
    }
    return lua_rawequal(L, a, b);
}

/// list.has(list, value).
static int list_has(lua_State *L) {
    lua_settop(L, 2);
    int64_t count = check_list(L, 1, "list.has", "list"); // 3
    int found = 0;
    for (int64_t i = 1; i <= count && !found; i++) {
        lua_rawgeti(L, 3, i);
        found = same(L, -1, 2);
        lua_pop(L, 1);
    }
    lua_pushboolean(L, found);
    return 1;
}

/// list.rank(list, value): its place, or nil.
static int list_rank(lua_State *L) {
    lua_settop(L, 2);
    int64_t count = check_list(L, 1, "list.rank", "list");
    for (int64_t i = 1; i <= count; i++) {
        lua_rawgeti(L, 3, i);
        if (same(L, -1, 2)) {
            lua_pushinteger(L, i);
            return 1;
        }
        lua_pop(L, 1);
    }
    return push_nil(L);
}

/// list.step(rows, value): the row that a value falls into. Rows rise by `from` (the last one not above the value) or
/// by `up_to` (the first one not below it; the last may have none and is open). Nil when there is none. All rows are
/// looked at: ones out of order would give a wrong row, and must fail whatever the value is.
static int list_step(lua_State *L) {
    lua_settop(L, 2);
    int64_t count = check_list(L, 1, "list.step", "rows"); // 3
    lua_pushnil(L);                                        // 4: the bound of the row before
    int64_t found = 0;
    int by_from = 0;
    for (int64_t i = 1; i <= count; i++) {
        charge(L, 2);
        lua_rawgeti(L, 3, i); // 5
        if (lua_type(L, 5) != LUA_TTABLE)
            return fail(L, "list.step:第 %I 项应为表", "list.step: item %I must be a table", (LUAI_UACINT)i);
        int has_from = lua_getfield(L, 5, "from") != LUA_TNIL; // 6
        if (!has_from) {
            lua_settop(L, 5);
            lua_getfield(L, 5, "up_to"); // 6
        }
        if (lua_isnil(L, 6) && i < count)
            return fail(L, "list.step:第 %I 项没有 from 或 up_to,只有最后一项可以没有 up_to",
                        "list.step: item %I has no from or up_to, and only the last may have no up_to", (LUAI_UACINT)i);
        if (i > 1 && has_from != by_from)
            return fail(L, "list.step:第 %I 项与前面的不同:要么都用 from,要么都用 up_to",
                        "list.step: item %I differs from those before: all have from, or all have up_to", (LUAI_UACINT)i);
        by_from = has_from;
        if (lua_isnil(L, 6)) {
            if (!found) found = i;
            break;
        }
        int comparable = 1;
        int order = value_compare(L, 6, 2, &comparable);
        if (!comparable)
            return fail(L, "list.step:第 %I 项不能与 %s 比较", "list.step: item %I cannot be compared with %s", (LUAI_UACINT)i,
                        value_name(L, 2));
        if (i > 1 && value_compare(L, 4, 6, &comparable) >= 0)
            return fail(L, "list.step:第 %I 项的 from(up_to)应大于上一项",
                        "list.step: from (up_to) of item %I must be above the one before", (LUAI_UACINT)i);
        if (by_from ? order <= 0 : !found && order >= 0) found = i;
        lua_replace(L, 4);
        lua_settop(L, 4);
    }
    if (!found) return push_nil(L);
    lua_rawgeti(L, 3, found);
    return 1;
}

static void push_element(lua_State *L, int64_t i, const char *function) { // 2: field or nil, 3: the list
    charge(L, 1);
    lua_rawgeti(L, 3, i);
    if (lua_isnil(L, 2)) return;
    if (lua_type(L, -1) != LUA_TTABLE)
        fail(L, "%s:第 %I 项应为表", "%s: item %I must be a table", function, (LUAI_UACINT)i);
    lua_pushvalue(L, 2);
    lua_gettable(L, -2); // a strict row names a field that it doesn't have
    lua_remove(L, -2);
}

/// list.total(list [, field]): the sum of integers; an absent one counts nothing.
static int list_total(lua_State *L) {
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) check_text(L, 2, "list.total", "field", &(size_t){0});
    int64_t count = check_list(L, 1, "list.total", "list");
    int64_t sum = 0;
    for (int64_t i = 1; i <= count; i++) {
        push_element(L, i, "list.total");
        if (!lua_isnil(L, -1) && !lua_isinteger(L, -1))
            return fail(L, "list.total:第 %I 项应为整数,得到的是 %s", "list.total: item %I must be an integer, got %s",
                        (LUAI_UACINT)i, value_name(L, -1));
        if (__builtin_add_overflow(sum, (int64_t)lua_tointeger(L, -1), &sum))
            return fail(L, "list.total:总和太大", "list.total: the sum is too large");
        lua_settop(L, 3);
    }
    lua_pushinteger(L, sum);
    return 1;
}

/// list.pluck(rows, field): a new list of that field; rows without it are left out.
static int list_pluck(lua_State *L) {
    lua_settop(L, 2);
    check_text(L, 2, "list.pluck", "field", &(size_t){0});
    int64_t count = check_list(L, 1, "list.pluck", "rows"), made = 0; // 3
    lua_newtable(L);                                                  // 4
    for (int64_t i = 1; i <= count; i++) {
        push_element(L, i, "list.pluck");
        if (lua_isnil(L, -1)) lua_pop(L, 1);
        else lua_rawseti(L, 4, ++made);
    }
    return 1;
}

/// list.pick(rows, field, value): the first row whose field is the value, or nil.
static int list_pick(lua_State *L) {
    lua_settop(L, 3);
    check_text(L, 2, "list.pick", "field", &(size_t){0});
    int64_t count = check_list(L, 1, "list.pick", "rows"); // 4
    lua_insert(L, 3);                                      // 3: list, 4: value
    for (int64_t i = 1; i <= count; i++) {
        push_element(L, i, "list.pick");
        if (same(L, -1, 4)) {
            lua_rawgeti(L, 3, i);
            return 1;
        }
        lua_pop(L, 1);
    }
    return push_nil(L);
}

static uint64_t next_random(uint64_t *state) { // splitmix64
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/// list.sample(list, n, seed): n elements in drawn order. The seed is data (a draw that the host made), so the same
/// seed draws the same.
static int list_sample(lua_State *L) {
    lua_settop(L, 3);
    int64_t n = check_integer(L, 2, "list.sample", "n");
    size_t length;
    const char *seed = check_text(L, 3, "list.sample", "seed", &length);
    int64_t count = check_list(L, 1, "list.sample", "list"); // 4
    if (n < 0) return fail(L, "list.sample 的数量不能为负", "list.sample: n is negative");
    if (n > count) n = count;
    uint64_t state = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) state = (state ^ (uint8_t)seed[i]) * 0x100000001b3u;
    lua_newtable(L); // 5: a copy, shuffled from the front
    charge(L, (uint64_t)count);
    for (int64_t i = 1; i <= count; i++) {
        lua_rawgeti(L, 4, i);
        lua_rawseti(L, 5, i);
    }
    lua_newtable(L); // 6
    for (int64_t i = 1; i <= n; i++) {
        uint64_t span = (uint64_t)(count - i + 1), limit = UINT64_MAX - UINT64_MAX % span, drawn;
        do drawn = next_random(&state);
        while (drawn >= limit);
        int64_t j = i + (int64_t)(drawn % span);
        lua_rawgeti(L, 5, j);
        lua_rawgeti(L, 5, i);
        lua_rawseti(L, 5, j);
        lua_rawseti(L, 6, i);
    }
    return 1;
}

void open_lists(lua_State *L, int environment) {
    static const luaL_Reg functions[] = {{"has", list_has},     {"rank", list_rank}, {"step", list_step},
                                         {"total", list_total}, {"pluck", list_pluck}, {"pick", list_pick},
                                         {"sample", list_sample}, {NULL, NULL}};
    add_library(L, environment, "list", functions);
}
