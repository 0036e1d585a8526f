// The decisions a script can return. Each is checked and encoded when it is made: errors are at the author's line.
#include "engine.h"
#include <stdio.h>

static int is_code(const char *s, size_t n) {
    if (n == 0 || n > 64 || s[0] < 'A' || s[0] > 'Z') return 0;
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '_')) return 0;
    return 1;
}

static const char *check_code(lua_State *L, int argument, const char *function, size_t *length) {
    if (lua_type(L, argument) == LUA_TSTRING) {
        const char *s = lua_tolstring(L, argument, length);
        if (is_code(s, *length)) return s;
        fail(L, "%s:原因代码应由大写字母、数字和下划线组成", "%s: a reason code is written in capitals, digits and underscores",
             function);
    }
    fail_argument(L, argument, function, "code", "原因代码(文本)", "a reason code (text)");
    return NULL;
}

/// Reason parameters are integers, dates and instants: no free text leaves through a reason.
static void encode_params(lua_State *L, int argument, const char *function, Buffer *out) {
    if (lua_isnoneornil(L, argument)) return;
    if (!resolve_table(L, argument)) fail_argument(L, argument, function, "params", "表", "a table");
    int table = lua_gettop(L);
    uint32_t count;
    uint64_t others;
    // In the order of their names: which of two mistakes is told must not depend on a hash.
    const Name *names = push_sorted_names(L, table, &count, &others);
    if (others) fail(L, "%s 的参数表要按名取值", "%s: params are given by name", function);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = names[i].text;
        size_t n;
        const char *s;
        int32_t day;
        lua_pushlstring(L, name, names[i].length);
        lua_rawget(L, table);
        int fine = lua_isinteger(L, -1);
        if (lua_type(L, -1) == LUA_TSTRING) {
            s = lua_tolstring(L, -1, &n);
            fine = parse_date(s, n, &day);
        }
        if (!fine)
            fail(L, "%s 的参数 %s 应为整数或日期,得到的是 %s", "%s: parameter %s must be an integer or a date, got %s", function,
                 name, value_name(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    if (count) encode_value(L, argument, out, function);
}

/// Fen in one part; the sums of 1,000 such parts stay far from the bounds of an integer.
#define MAX_PART INT64_C(1000000000000000)

static void check_parts(lua_State *L, int index, const char *function, int64_t amount) {
    if (!resolve_table(L, index)) fail(L, "%s 的 parts 应为表", "%s: parts must be a table", function);
    int table = lua_gettop(L);
    __int128 sum = 0;
    int strange = 0, large = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        int64_t part = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
        strange |= !lua_isinteger(L, -1);
        large |= part > MAX_PART || part < -MAX_PART;
        sum += part;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    // Told after the walk: which of two mistakes comes first must not depend on a hash.
    if (strange) fail(L, "%s 的 parts 只能有整数", "%s: parts are integers", function);
    if (large) fail(L, "%s 的 parts 太大", "%s: a part is too large", function);
    if (sum != amount)
        fail(L, "%s 的 parts 之和应等于金额 %I", "%s: parts must sum to the amount %I", function, (LUAI_UACINT)amount);
}

static int64_t integer_option(lua_State *L, const char *function, const char *name, int64_t least) {
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < least)
        fail(L, least == INT64_MIN ? "%s 的选项 %s 应为整数,得到的是 %s" : "%s 的选项 %s 应为非负整数,得到的是 %s",
             least == INT64_MIN ? "%s: option %s must be an integer, got %s" : "%s: option %s must be an integer, not negative, got %s",
             function, name, value_name(L, -1));
    return lua_tointeger(L, -1);
}

static void read_options(lua_State *L, int argument, const char *function, int revoking, Decision *d, Buffer *out) {
    if (lua_isnoneornil(L, argument)) return;
    if (!resolve_table(L, argument)) fail_argument(L, argument, function, "options", "选项表", "a table of options");
    int table = lua_gettop(L);
    uint32_t count;
    uint64_t others;
    const Name *names = push_sorted_names(L, table, &count, &others);
    for (uint32_t i = 0; i < count + (others > 0); i++) {
        const char *name = i < count ? names[i].text : "?";
        lua_pushstring(L, name);
        lua_rawget(L, table);
        int known = revoking ? !strcmp(name, "keep")
                             : !strcmp(name, "units") || !strcmp(name, "rank") || !strcmp(name, "parts") || !strcmp(name, "keeps");
        if (!known)
            fail(L, revoking ? "%s 没有选项 %s:应为 keep" : "%s 没有选项 %s:应为 units、parts、keeps 或 rank",
                 revoking ? "%s has no option %s: keep" : "%s has no option %s: units, parts, keeps or rank", function, name);
        if (!strcmp(name, "units")) {
            d->units = integer_option(L, function, name, 0);
            d->has_units = 1;
        } else if (!strcmp(name, "rank")) {
            d->rank = integer_option(L, function, name, INT64_MIN);
            d->has_rank = 1;
        } else if (!strcmp(name, "keep")) {
            d->keep = integer_option(L, function, name, 0);
            d->has_keep = 1;
        }
        lua_pop(L, 1);
    }
    size_t start = out->length;
    lua_pushliteral(L, "parts");
    if (lua_rawget(L, table) != LUA_TNIL) {
        check_parts(L, lua_gettop(L), function, d->amount);
        encode_value(L, lua_gettop(L), out, "parts");
    }
    d->parts_length = (uint32_t)(out->length - start);
    start = out->length;
    lua_pushliteral(L, "keeps");
    if (lua_rawget(L, table) != LUA_TNIL) {
        if (!resolve_table(L, -1)) fail(L, "%s 的 keeps 应为表", "%s: keeps must be a table", function);
        lua_pop(L, 1);
        encode_value(L, lua_gettop(L), out, "keeps");
    }
    d->keeps_length = (uint32_t)(out->length - start);
    lua_settop(L, table - 1);
}

static int push_decision(lua_State *L, const Decision *d, const uint8_t *bytes, size_t length) {
    Decision *made = lua_newuserdatauv(L, sizeof(Decision) + length, 0);
    *made = *d;
    if (length) memcpy(made->bytes, bytes, length);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &push_decision);
    lua_setmetatable(L, -2);
    return 1;
}

static int make(lua_State *L, uint8_t kind, const char *function, int amount, int code, int params, int options) {
    Engine *e = engine_of(L);
    Buffer *out = &e->scratch;
    out->length = 0;
    Decision d = {.tag = TAG_DECISION, .kind = kind};
    int last = options ? options : params;
    if (lua_gettop(L) > last && !lua_isnil(L, last + 1))
        fail(L, "%s 的参数太多", "%s was given too many arguments", function);
    lua_settop(L, last);
    if (amount) {
        d.amount = check_integer(L, amount, function, "amount");
        if (d.amount < 0) fail(L, "%s 的金额不能为负", "%s: the amount is negative", function);
    }
    if (code) {
        size_t n;
        const char *s = check_code(L, code, function, &n);
        put_bytes(out, s, n);
        d.code_length = (uint32_t)n;
        encode_params(L, params, function, out);
        d.params_length = (uint32_t)(out->length - n);
    }
    if (options) read_options(L, options, function, kind == NIANGJIA_VERDICT_REVOKE, &d, out);
    return push_decision(L, &d, out->data, out->length);
}

static int grant(lua_State *L) {
    int count = lua_gettop(L);
    if (count == 0 || (count == 1 && lua_type(L, 1) == LUA_TTABLE)) {
        lua_settop(L, 1);
        return make(L, NIANGJIA_VERDICT_GRANT, "grant", 0, 0, 0, 1);
    }
    return make(L, NIANGJIA_VERDICT_GRANT, "grant", 1, 0, 0, 2);
}
static int limit(lua_State *L) { return make(L, NIANGJIA_VERDICT_LIMIT, "limit", 1, 2, 3, 4); }
static int refuse(lua_State *L) { return make(L, NIANGJIA_VERDICT_REFUSE, "refuse", 0, 1, 2, 0); }
static int incomplete(lua_State *L) { return make(L, NIANGJIA_VERDICT_INCOMPLETE, "incomplete", 0, 1, 2, 0); }
static int review(lua_State *L) { return make(L, NIANGJIA_VERDICT_REVIEW, "review", 0, 1, 2, 0); }
static int give_up(lua_State *L) { return make(L, NIANGJIA_VERDICT_FAIL, "fail", 0, 1, 2, 0); }

/// answer{…}: what an action says. Its fields are held against the manifest by the host.
static int answer(lua_State *L) {
    if (lua_gettop(L) > 1) fail(L, "%s 的参数太多", "%s was given too many arguments", "answer");
    lua_settop(L, 1);
    if (!resolve_table(L, 1)) fail_argument(L, 1, "answer", "answers", "表", "a table");
    Buffer *out = &engine_of(L)->scratch;
    out->length = 0;
    encode_value(L, 1, out, "answer");
    Decision d = {.tag = TAG_DECISION, .kind = NIANGJIA_VERDICT_ANSWER, .params_length = (uint32_t)out->length};
    return push_decision(L, &d, out->data, out->length);
}
static int revoke(lua_State *L) { return make(L, NIANGJIA_VERDICT_REVOKE, "revoke", 0, 1, 2, 3); }

/// Cuts encoded parts to a smaller amount: each floored in proportion, the rest to the first.
static void cut_parts(const uint8_t *bytes, uint32_t length, int64_t amount, int64_t cut, Buffer *out) {
    Reader r = {bytes, bytes + length, 0};
    uint8_t tag = read_u8(&r);
    uint64_t count = read_varint(&r);
    const uint8_t *items = r.at;
    int64_t rest = cut;
    for (int pass = 0; pass < 2; pass++) {
        r.at = items;
        if (pass) {
            put_u8(out, tag);
            put_varint(out, count);
        }
        for (uint64_t i = 0; i < count && !r.bad; i++) {
            if (tag == NIANGJIA_VALUE_MAP) {
                uint64_t n = read_varint(&r);
                const uint8_t *name = read_bytes(&r, n);
                if (pass) {
                    put_varint(out, n);
                    put_bytes(out, name, n);
                }
            }
            read_u8(&r);
            __int128 scaled = (__int128)read_zigzag(&r) * cut;
            int64_t part = (int64_t)(scaled >= 0 ? scaled / amount : -((-scaled + amount - 1) / amount));
            if (!pass) {
                rest -= part;
            } else {
                put_u8(out, NIANGJIA_VALUE_INTEGER);
                put_zigzag(out, part + (i == 0 ? rest : 0));
            }
        }
    }
}

/// decision:at_most(cap, code, params). A cap that binds limits; one of nothing refuses. Units stay whole.
static int at_most(lua_State *L) {
    const Decision *d = lua_touserdata(L, 1);
    if (!d || lua_type(L, 1) != LUA_TUSERDATA || d->tag != TAG_DECISION)
        return fail(L, "at_most 要写成 grant(…):at_most(…)", "at_most is written grant(…):at_most(…)");
    lua_settop(L, 4);
    int64_t cap = check_integer(L, 2, "at_most", "cap");
    size_t n;
    const char *code = check_code(L, 3, "at_most", &n);
    Buffer *out = &engine_of(L)->scratch;
    out->length = 0;
    put_bytes(out, code, n);
    encode_params(L, 4, "at_most", out);
    int cuts = d->kind == NIANGJIA_VERDICT_GRANT || d->kind == NIANGJIA_VERDICT_LIMIT;
    if (!cuts || (cap > 0 && d->amount <= cap)) {
        lua_settop(L, 1);
        return 1;
    }
    Decision made = {.tag = TAG_DECISION, .kind = NIANGJIA_VERDICT_REFUSE, .code_length = (uint32_t)n,
                     .params_length = (uint32_t)(out->length - n)};
    if (cap > 0 && d->has_units && d->units > 0) {
        // What one unit costs, times the units that fit.
        made.units = (int64_t)((__int128)cap * d->units / d->amount);
        made.has_units = 1;
        cap = (int64_t)((__int128)d->amount * made.units / d->units);
    }
    if (cap <= 0) {
        made.has_units = 0;
        made.units = 0;
        return push_decision(L, &made, out->data, out->length);
    }
    made.kind = NIANGJIA_VERDICT_LIMIT;
    made.amount = cap;
    made.has_rank = d->has_rank;
    made.rank = d->rank;
    if (d->has_units && !made.has_units) made.has_units = 1;
    const uint8_t *parts = d->bytes + d->code_length + d->params_length;
    size_t start = out->length;
    if (d->parts_length) cut_parts(parts, d->parts_length, d->amount, cap, out);
    made.parts_length = (uint32_t)(out->length - start);
    put_bytes(out, parts + d->parts_length, d->keeps_length);
    made.keeps_length = d->keeps_length;
    return push_decision(L, &made, out->data, out->length);
}

static int on_decision_index(lua_State *L) {
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    if (!strcmp(name, "at_most")) {
        lua_pushcfunction(L, at_most);
        return 1;
    }
    return fail(L, "裁定没有 %s:只能接 :at_most(上限, 代码, 参数)", "a decision has no %s: only :at_most(cap, code, params)", name);
}

static int on_decision_write(lua_State *L) { return fail(L, "裁定不能改写", "a decision cannot be written"); }

void open_decisions(lua_State *L, int environment) {
    static const luaL_Reg makers[] = {{"grant", grant},   {"limit", limit},   {"refuse", refuse}, {"incomplete", incomplete},
                                      {"review", review}, {"revoke", revoke}, {"answer", answer}, {"fail", give_up},
                                      {NULL, NULL}};
    for (const luaL_Reg *m = makers; m->name; m++) {
        lua_pushcfunction(L, m->func);
        lua_setfield(L, environment, m->name);
    }
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, on_decision_index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, on_decision_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushliteral(L, "decision");
    lua_setfield(L, -2, "__name");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &push_decision);
}

static void put_name(Buffer *out, const char *name) {
    put_varint(out, strlen(name));
    put_bytes(out, name, strlen(name));
}

static void put_integer_option(Buffer *out, const char *name, int64_t value) {
    put_name(out, name);
    put_u8(out, NIANGJIA_VALUE_INTEGER);
    put_zigzag(out, value);
}

/// The options of a decision as a map in the order of its names.
void options_encode(const Decision *d, Buffer *out) {
    int count = d->has_keep + (d->keeps_length > 0) + (d->parts_length > 0) + d->has_rank + d->has_units;
    if (!count) return;
    const uint8_t *parts = d->bytes + d->code_length + d->params_length;
    put_u8(out, NIANGJIA_VALUE_MAP);
    put_varint(out, (uint64_t)count);
    if (d->has_keep) put_integer_option(out, "keep", d->keep);
    if (d->keeps_length) {
        put_name(out, "keeps");
        put_bytes(out, parts + d->parts_length, d->keeps_length);
    }
    if (d->parts_length) {
        put_name(out, "parts");
        put_bytes(out, parts, d->parts_length);
    }
    if (d->has_rank) put_integer_option(out, "rank", d->rank);
    if (d->has_units) put_integer_option(out, "units", d->units);
}
