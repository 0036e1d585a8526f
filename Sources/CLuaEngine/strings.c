// The string library: no dump, rep or pack; patterns bounded; work charged by length; ASCII case, no locale.
#include "pattern.h"
#include <stdio.h>

static const char *subject(lua_State *L, const char *function, size_t *n) {
    const char *s = check_text(L, 1, function, "text", n);
    charge(L, *n / 64);
    return s;
}

static size_t from_position(int64_t position, size_t n) { // 1-based, negative from the end; at least 1
    if (position > 0) return position > (int64_t)n + 1 ? n + 1 : (size_t)position;
    if (position == 0 || position < -(int64_t)n) return 1;
    return n + (size_t)(position + 1);
}
static size_t to_position(int64_t position, size_t n) { // at most n, may be 0
    if (position > (int64_t)n) return n;
    if (position >= 0) return (size_t)position;
    return position < -(int64_t)n ? 0 : n + (size_t)(position + 1);
}
static int64_t optional_integer(lua_State *L, int argument, const char *function, const char *name, int64_t otherwise) {
    return lua_isnoneornil(L, argument) ? otherwise : check_integer(L, argument, function, name);
}

static int string_len(lua_State *L) {
    size_t n;
    check_text(L, 1, "string.len", "text", &n);
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

static int string_sub(lua_State *L) {
    size_t n;
    const char *s = subject(L, "string.sub", &n);
    size_t from = from_position(check_integer(L, 2, "string.sub", "from"), n);
    size_t to = to_position(optional_integer(L, 3, "string.sub", "to", -1), n);
    lua_pushlstring(L, s + from - 1, from <= to ? to - from + 1 : 0);
    return 1;
}

static int string_byte(lua_State *L) {
    size_t n;
    const char *s = subject(L, "string.byte", &n);
    int64_t first = optional_integer(L, 2, "string.byte", "from", 1);
    size_t from = from_position(first, n), to = to_position(optional_integer(L, 3, "string.byte", "to", (int64_t)from), n);
    if (from > to) return 0;
    if (to - from >= 200) return fail(L, "string.byte 最多 200 个字节", "string.byte gives at most 200 bytes");
    luaL_checkstack(L, (int)(to - from) + 1, NULL);
    for (size_t i = from; i <= to; i++) lua_pushinteger(L, (uint8_t)s[i - 1]);
    return (int)(to - from) + 1;
}

static int string_char(lua_State *L) {
    char bytes[256];
    int n = lua_gettop(L);
    if (n > 255) return fail(L, "string.char 的参数太多", "string.char was given too many arguments");
    for (int i = 1; i <= n; i++) {
        int64_t c = check_integer(L, i, "string.char", "byte");
        if (c < 0 || c > 255) return fail(L, "string.char 的参数应在 0 到 255 之间", "string.char takes 0 to 255");
        bytes[i - 1] = (char)c;
    }
    lua_pushlstring(L, bytes, (size_t)n);
    return 1;
}

static int mapped(lua_State *L, const char *function, int mode) {
    size_t n;
    const char *s = subject(L, function, &n);
    luaL_Buffer b;
    char *out = luaL_buffinitsize(L, &b, n);
    for (size_t i = 0; i < n; i++) {
        char c = mode == 2 ? s[n - 1 - i] : s[i];
        if (mode == 0 && c >= 'A' && c <= 'Z') c = (char)(c + 32);
        if (mode == 1 && c >= 'a' && c <= 'z') c = (char)(c - 32);
        out[i] = c;
    }
    luaL_pushresultsize(&b, n);
    return 1;
}
static int string_lower(lua_State *L) { return mapped(L, "string.lower", 0); }
static int string_upper(lua_State *L) { return mapped(L, "string.upper", 1); }
static int string_reverse(lua_State *L) { return mapped(L, "string.reverse", 2); }

static int has_specials(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strchr("^$*+?.([%-", p[i]) && p[i]) return 1;
    return 0;
}

static int find_or_match(lua_State *L, const char *function, int find) {
    size_t n, m;
    const char *s = subject(L, function, &n), *p = check_text(L, 2, function, "pattern", &m);
    int64_t init = optional_integer(L, 3, function, "from", 1);
    if (init > (int64_t)n + 1) {
        lua_pushnil(L);
        return 1;
    }
    size_t from = from_position(init, n) - 1;
    if (find && (lua_toboolean(L, 4) || !has_specials(p, m))) {
        const char *at = m == 0 ? s + from : memmem(s + from, n - from, p, m);
        if (!at) {
            lua_pushnil(L);
            return 1;
        }
        lua_pushinteger(L, at - s + 1);
        lua_pushinteger(L, at - s + (ptrdiff_t)m);
        return 2;
    }
    int anchored = m > 0 && p[0] == '^';
    Match match;
    match_begin(&match, L, s, n, p + m);
    const char *at = s + from;
    do {
        match.level = match.depth = 0;
        const char *end = pattern_match(&match, at, p + anchored);
        if (!end) continue;
        if (!find) return push_captures(&match, at, end, 1);
        lua_pushinteger(L, at - s + 1);
        lua_pushinteger(L, end - s);
        return 2 + push_captures(&match, at, end, 0);
    } while (at++ < match.subject_end && !anchored);
    lua_pushnil(L);
    return 1;
}
static int string_find(lua_State *L) { return find_or_match(L, "string.find", 1); }
static int string_match(lua_State *L) { return find_or_match(L, "string.match", 0); }

static int next_match(lua_State *L) { // upvalues: subject, pattern, next start, end of the last match
    size_t n, m;
    const char *s = lua_tolstring(L, lua_upvalueindex(1), &n), *p = lua_tolstring(L, lua_upvalueindex(2), &m);
    const char *last = s + lua_tointeger(L, lua_upvalueindex(4));
    Match match;
    match_begin(&match, L, s, n, p + m);
    for (const char *at = s + lua_tointeger(L, lua_upvalueindex(3)); at <= match.subject_end; at++) {
        match.level = match.depth = 0;
        const char *end = pattern_match(&match, at, p);
        if (!end || end == last) continue;
        lua_pushinteger(L, end - s);
        lua_pushvalue(L, -1);
        lua_replace(L, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return push_captures(&match, at, end, 1);
    }
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t n;
    subject(L, "string.gmatch", &n);
    check_text(L, 2, "string.gmatch", "pattern", &n);
    lua_settop(L, 2);
    lua_pushinteger(L, 0);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

static void add_text_replacement(Match *m, luaL_Buffer *b, const char *s, const char *e) {
    size_t n;
    const char *text = lua_tolstring(m->L, 3, &n);
    charge(m->L, n / 64);
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '%') {
            luaL_addchar(b, text[i]);
            continue;
        }
        i++;
        if (i < n && text[i] == '%') {
            luaL_addchar(b, '%');
        } else if (i < n && text[i] >= '0' && text[i] <= '9') {
            if (text[i] == '0') lua_pushlstring(m->L, s, (size_t)(e - s));
            else push_capture(m, text[i] - '1', s, e);
            if (lua_isinteger(m->L, -1)) { // a position capture
                lua_pushfstring(m->L, "%I", (LUAI_UACINT)lua_tointeger(m->L, -1));
                lua_remove(m->L, -2);
            }
            luaL_addvalue(b);
        } else {
            fail(m->L, "替换文本中 %% 的用法无效", "invalid use of %% in the replacement");
        }
    }
}

static void add_replacement(Match *m, luaL_Buffer *b, const char *s, const char *e) {
    lua_State *L = m->L;
    switch (lua_type(L, 3)) {
    case LUA_TSTRING: add_text_replacement(m, b, s, e); return;
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, s, e, 1), 1);
        break;
    default:
        push_capture(m, 0, s, e);
        lua_gettable(L, 3);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(b, s, (size_t)(e - s));
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_addvalue(b);
    } else if (lua_isinteger(L, -1)) {
        lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, -1));
        lua_remove(L, -2);
        luaL_addvalue(b);
    } else {
        fail(L, "string.gsub 的替换值应为文本,得到的是 %s", "string.gsub: a replacement must be text, got %s", value_name(L, -1));
    }
}

static int string_gsub(lua_State *L) {
    size_t n, m;
    const char *s = subject(L, "string.gsub", &n), *p = check_text(L, 2, "string.gsub", "pattern", &m);
    int type = lua_type(L, 3);
    if (type != LUA_TSTRING && type != LUA_TFUNCTION && type != LUA_TTABLE)
        fail_argument(L, 3, "string.gsub", "replacement", "文本、函数或表", "text, a function or a table");
    int64_t most = optional_integer(L, 4, "string.gsub", "count", INT64_MAX), count = 0;
    lua_settop(L, 3);
    int anchored = m > 0 && p[0] == '^';
    Match match;
    match_begin(&match, L, s, n, p + m);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    const char *at = s, *last = NULL;
    while (count < most) {
        match.level = match.depth = 0;
        const char *end = pattern_match(&match, at, p + anchored);
        if (end && end != last) {
            count++;
            add_replacement(&match, &b, at, end);
            at = last = end;
        } else if (at < match.subject_end) {
            luaL_addchar(&b, *at++);
        } else {
            break;
        }
        if (anchored) break;
    }
    luaL_addlstring(&b, at, (size_t)(match.subject_end - at));
    luaL_pushresult(&b);
    lua_pushinteger(L, count);
    return 2;
}

static void push_padded(lua_State *L, const char *flags, int width, int precision, int conversion, int argument) {
    char format[24], out[160];
    size_t n;
    if (conversion == 's') {
        int type = lua_type(L, argument);
        const char *s;
        if (type == LUA_TSTRING) s = lua_tolstring(L, argument, &n);
        else if (lua_isinteger(L, argument)) s = lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, argument)), n = strlen(s);
        else s = lua_pushstring(L, type == LUA_TBOOLEAN ? (lua_toboolean(L, argument) ? "true" : "false") : value_name(L, argument)),
             n = strlen(s);
        charge(L, n / 64);
        if (precision >= 0 && (size_t)precision < n) n = (size_t)precision;
        if ((size_t)width <= n) {
            lua_pushlstring(L, s, n);
            return;
        }
        snprintf(format, sizeof format, "%%%s%d.*s", strchr(flags, '-') ? "-" : "", width);
        int made = snprintf(out, sizeof out, format, (int)n, s);
        lua_pushlstring(L, out, (size_t)made);
        return;
    }
    int64_t v = check_integer(L, argument, "string.format", "value");
    if (precision >= 0) snprintf(format, sizeof format, "%%%s%d.%dll%c", flags, width, precision, conversion);
    else if (width) snprintf(format, sizeof format, "%%%s%dll%c", flags, width, conversion);
    else snprintf(format, sizeof format, "%%%sll%c", flags, conversion);
    int made = snprintf(out, sizeof out, format, (long long)v);
    lua_pushlstring(L, out, (size_t)made);
}

static int string_format(lua_State *L) {
    size_t n;
    const char *f = check_text(L, 1, "string.format", "format", &n), *end = f + n;
    int argument = 1, arguments = lua_gettop(L);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    while (f < end) {
        if (*f != '%') {
            luaL_addchar(&b, *f++);
            continue;
        }
        f++;
        if (f < end && *f == '%') {
            luaL_addchar(&b, *f++);
            continue;
        }
        char flags[6] = {0};
        int count = 0, width = 0, precision = -1;
        while (f < end && count < 5 && *f && strchr("-+ #0", *f)) flags[count++] = *f++;
        for (int i = 0; i < 2 && f < end && *f >= '0' && *f <= '9'; i++) width = width * 10 + (*f++ - '0');
        if (f < end && *f == '.') {
            f++;
            precision = 0;
            for (int i = 0; i < 2 && f < end && *f >= '0' && *f <= '9'; i++) precision = precision * 10 + (*f++ - '0');
        }
        char conversion = f < end ? *f++ : 0;
        if (!conversion || !strchr("dixXosc", conversion))
            return fail(L, "string.format 只有 %%d %%i %%x %%X %%o %%c %%s", "string.format knows %%d %%i %%x %%X %%o %%c %%s only");
        const char *allowed = strchr("di", conversion) ? "-+0 " : strchr("sc", conversion) ? "-" : "-#0";
        if (strspn(flags, allowed) != strlen(flags))
            return fail(L, "string.format:这个转换没有这样的标志", "string.format: this conversion has no such flag");
        if (++argument > arguments) return fail(L, "string.format 缺少参数", "string.format: an argument is missing");
        if (conversion == 'c') {
            luaL_addchar(&b, (char)check_integer(L, argument, "string.format", "value"));
            continue;
        }
        int before = lua_gettop(L);
        push_padded(L, flags, width, precision, conversion, argument);
        lua_insert(L, before + 1); // what it pushed besides goes
        lua_settop(L, before + 1);
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return 1;
}

void open_strings(lua_State *L, int environment) {
    static const luaL_Reg functions[] = {
        {"len", string_len},         {"sub", string_sub},     {"byte", string_byte},   {"char", string_char},
        {"lower", string_lower},     {"upper", string_upper}, {"find", string_find},   {"match", string_match},
        {"reverse", string_reverse}, {"gsub", string_gsub},   {"gmatch", string_gmatch}, {"format", string_format},
        {NULL, NULL}};
    add_library(L, environment, "string", functions);
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 1);
    lua_getfield(L, environment, "string");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2); // of all texts
    lua_pop(L, 1);
}
