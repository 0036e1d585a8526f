// Errors in the author's terms: what was passed, what was expected, in zh-CN and English.
#include "engine.h"
#include <stdarg.h>
#include <stdio.h>

/// Raises an error. Both texts take the same arguments (%s, %d, %I) and travel joined by a unit separator.
int fail(lua_State *L, const char *zh, const char *en, ...) {
    va_list arguments, again;
    luaL_checkstack(L, 6, NULL);
    luaL_where(L, 1);
    va_start(arguments, en);
    va_copy(again, arguments);
    lua_pushvfstring(L, zh, arguments);
    lua_pushliteral(L, "\x1f");
    lua_pushvfstring(L, en, again);
    va_end(again);
    va_end(arguments);
    lua_concat(L, 4);
    return lua_error(L);
}

/// Names the kind of a value as the author knows it; never the value, which may be somebody's.
const char *value_name(lua_State *L, int index) {
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return "nil";
    case LUA_TBOOLEAN: return "boolean";
    case LUA_TNUMBER: return lua_isinteger(L, index) ? "integer" : "float";
    case LUA_TSTRING: return "text";
    case LUA_TTABLE: return "table";
    case LUA_TFUNCTION: return "function";
    case LUA_TUSERDATA: {
        uint32_t tag = *(uint32_t *)lua_touserdata(L, index);
        return tag == TAG_DECISION ? "decision" : tag == TAG_OPAQUE ? "opaque" : "table";
    }
    default: return "value";
    }
}

int fail_argument(lua_State *L, int argument, const char *function, const char *name, const char *zh, const char *en) {
    const char *got = value_name(L, argument);
    lua_pushfstring(L, "%s 的第 %d 个参数 %s 应为%s,得到的是 %s", function, argument, name, zh, got);
    lua_pushfstring(L, "%s: argument %d (%s) must be %s, got %s", function, argument, name, en, got);
    return fail(L, lua_tostring(L, -2), lua_tostring(L, -1));
}

/// Copies a text, cut at a character, with bytes that are no UTF-8 replaced.
void failure_text(Failure *f, const char *text, size_t length) {
    size_t n = length < sizeof f->text - 1 ? length : sizeof f->text - 1;
    while (n < length && n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80) n--;
    memcpy(f->text, text, n);
    f->text[n] = 0;
    for (size_t i = 0; i < n; i++)
        if (!f->text[i]) f->text[i] = '?';
    if (!valid_utf8((const uint8_t *)f->text, n))
        for (size_t i = 0; i < n; i++)
            if ((uint8_t)f->text[i] >= 0x80) f->text[i] = '?';
}

void failure_set(Failure *f, uint8_t kind, uint32_t line, const char *zh, const char *en, ...) {
    char text[sizeof f->text];
    va_list arguments, again;
    va_start(arguments, en);
    va_copy(again, arguments);
    int n = vsnprintf(text, sizeof text / 2, zh, arguments);
    if (n >= (int)sizeof text / 2) n = sizeof text / 2 - 1;
    text[n++] = '\x1f';
    vsnprintf(text + n, sizeof text - (size_t)n, en, again);
    va_end(again);
    va_end(arguments);
    f->kind = kind;
    f->line = line;
    failure_text(f, text, strlen(text));
}

/// The message handler: notes the author's line and text without allocating.
int on_error(lua_State *L) {
    Engine *e = engine_of(L);
    Failure *f = &e->failure;
    f->line = 0;
    lua_Debug ar;
    for (int level = 1; level < 64 && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0) {
            f->line = (uint32_t)ar.currentline;
            break;
        }
    }
    if (lua_type(L, 1) != LUA_TSTRING) {
        const char *name = value_name(L, 1);
        failure_set(f, NIANGJIA_FAILURE_SCRIPT, f->line, "error 的值应为文本,得到的是 %s",
                    "error was given a value that is no text: %s", name);
        return 1;
    }
    size_t length, prefix = strlen(e->program->name);
    const char *text = lua_tolstring(L, 1, &length);
    // "main.lua:12: " is said by the line; what the author meant by a level of his own wins.
    if (length > prefix && !memcmp(text, e->program->name, prefix) && text[prefix] == ':') {
        char *rest;
        unsigned long line = strtoul(text + prefix + 1, &rest, 10);
        if (line > 0 && rest[0] == ':' && rest[1] == ' ') {
            f->line = (uint32_t)line;
            length -= (size_t)(rest + 2 - text);
            text = rest + 2;
        }
    }
    f->kind = NIANGJIA_FAILURE_SCRIPT;
    failure_text(f, text, length);
    return 1;
}

static int edit_distance(const char *a, size_t n, const char *b, size_t m) {
    int row[65];
    if (n > 64 || m > 64) return 99;
    for (size_t j = 0; j <= m; j++) row[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best) best = above + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[m];
}

void push_nearest(lua_State *L, int index, const char *name) {
    index = lua_absindex(L, index);
    size_t length = strlen(name);
    int best = length < 4 ? 1 : length < 8 ? 2 : 3;
    lua_pushnil(L); // the answer so far
    int candidates = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        // All or none: the first thousand of more would be those that a hash puts first.
        if (++candidates > 1000) {
            lua_pop(L, 1);
            return;
        }
    }
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) continue;
        size_t m;
        const char *candidate = lua_tolstring(L, -1, &m);
        int distance = edit_distance(name, length, candidate, m);
        // Ties go to the smaller name, so that the text doesn't depend on the order of a hash.
        int better = distance < best;
        if (distance == best) better = lua_isnil(L, -2) || strcmp(candidate, lua_tostring(L, -2)) < 0;
        if (better) {
            best = distance;
            lua_pushvalue(L, -1);
            lua_replace(L, -3);
        }
    }
}
