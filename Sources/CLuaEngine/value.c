// Values as bytes: a tag, then varints. Maps are sorted by the bytes of their names, so equal values are equal bytes.
#include "engine.h"

int valid_utf8(const uint8_t *s, size_t n) {
    for (size_t i = 0; i < n;) {
        uint8_t c = s[i];
        if (c < 0x80) {
            i++;
            continue;
        }
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || n - i <= (size_t)more) return 0;
        uint32_t v = c & (0x3f >> more);
        for (int k = 1; k <= more; k++) {
            if ((s[i + (size_t)k] & 0xc0) != 0x80) return 0;
            v = v << 6 | (s[i + (size_t)k] & 0x3f);
        }
        if ((more == 2 && (v < 0x800 || (v >= 0xd800 && v < 0xe000))) || (more == 3 && (v < 0x10000 || v > 0x10ffff)))
            return 0;
        i += (size_t)more + 1;
    }
    return 1;
}

typedef struct {
    const char *text;
    size_t length;
} Name;

static int compare_names(const void *a, const void *b) {
    const Name *x = a, *y = b;
    size_t n = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, n);
    if (order) return order;
    return x->length < y->length ? -1 : x->length > y->length;
}

typedef struct {
    Buffer *out;
    size_t start;
    uint32_t nodes;
    const char *where;
} Encoder;

static void encode(lua_State *L, Encoder *c, int index, uint32_t depth);

static void encode_map(lua_State *L, Encoder *c, int table, uint32_t count, uint32_t depth) {
    Name *names = lua_newuserdatauv(L, sizeof(Name) * (count ? count : 1), 0); // collected by Lua if an error leaves here
    uint32_t n = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        names[n].text = lua_tolstring(L, -2, &names[n].length);
        n++;
        lua_pop(L, 1);
    }
    qsort(names, n, sizeof(Name), compare_names);
    put_u8(c->out, NIANGJIA_VALUE_MAP);
    put_varint(c->out, n);
    for (uint32_t i = 0; i < n; i++) {
        if (!valid_utf8((const uint8_t *)names[i].text, names[i].length))
            fail(L, "%s 中有不是 UTF-8 的文本", "%s holds text that is not UTF-8", c->where);
        put_varint(c->out, names[i].length);
        put_bytes(c->out, names[i].text, names[i].length);
        lua_pushlstring(L, names[i].text, names[i].length);
        lua_rawget(L, table);
        encode(L, c, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void encode_table(lua_State *L, Encoder *c, int index, uint32_t depth) {
    if (!resolve_table(L, index)) fail(L, "%s 中有不能返回的值", "%s holds a value that cannot be returned", c->where);
    int table = lua_gettop(L);
    const Limits *limits = &engine_of(L)->program->limits;
    uint64_t names = 0, others = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        if (lua_type(L, -2) == LUA_TSTRING) names++;
        else others++;
        if (names + others > limits->output_nodes)
            fail(L, "%s 太大(超过 %d 项)", "%s is too large (more than %d values)", c->where, (int)limits->output_nodes);
        lua_pop(L, 1);
    }
    charge(L, names + others);
    uint64_t length = lua_rawlen(L, table);
    if (others == 0) {
        encode_map(L, c, table, (uint32_t)names, depth);
    } else if (names == 0 && length == others) {
        put_u8(c->out, NIANGJIA_VALUE_LIST);
        put_varint(c->out, length);
        for (uint64_t i = 1; i <= length; i++) {
            if (lua_rawgeti(L, table, (lua_Integer)i) == LUA_TNIL)
                fail(L, "%s 中的列表有空缺", "%s holds a list with gaps", c->where);
            encode(L, c, lua_gettop(L), depth + 1);
            lua_pop(L, 1);
        }
    } else {
        fail(L, "%s 中的表要么是列表,要么按名取值,不能混用", "%s holds a table that is neither a list nor by name", c->where);
    }
    lua_pop(L, 1);
}

// Recursion is bounded by the depth cap, which is checked before anything is pushed.
static void encode(lua_State *L, Encoder *c, int index, uint32_t depth) {
    const Limits *limits = &engine_of(L)->program->limits;
    if (depth > limits->output_depth)
        fail(L, "%s 嵌套过深(超过 %d 层)或自己包含自己", "%s is nested deeper than %d, or contains itself", c->where,
             (int)limits->output_depth);
    if (++c->nodes > limits->output_nodes || c->out->length - c->start > limits->output_bytes)
        fail(L, "%s 太大", "%s is too large", c->where);
    luaL_checkstack(L, 8, NULL);
    switch (lua_type(L, index)) {
    case LUA_TNIL: put_u8(c->out, NIANGJIA_VALUE_NULL); break;
    case LUA_TBOOLEAN: put_u8(c->out, lua_toboolean(L, index) ? NIANGJIA_VALUE_TRUE : NIANGJIA_VALUE_FALSE); break;
    case LUA_TNUMBER:
        if (!lua_isinteger(L, index)) fail(L, "%s 中有小数", "%s holds a number with a fraction", c->where);
        put_u8(c->out, NIANGJIA_VALUE_INTEGER);
        put_zigzag(c->out, lua_tointeger(L, index));
        break;
    case LUA_TSTRING: {
        size_t n;
        const char *s = lua_tolstring(L, index, &n);
        if (n > limits->output_bytes) fail(L, "%s 太大", "%s is too large", c->where);
        if (!valid_utf8((const uint8_t *)s, n))
            fail(L, "%s 中有不是 UTF-8 的文本", "%s holds text that is not UTF-8", c->where);
        put_u8(c->out, NIANGJIA_VALUE_TEXT);
        put_varint(c->out, n);
        put_bytes(c->out, s, n);
        break;
    }
    case LUA_TTABLE: encode_table(L, c, index, depth); break;
    case LUA_TUSERDATA: {
        Opaque *o = lua_touserdata(L, index);
        if (o->tag == TAG_OPAQUE) {
            put_u8(c->out, NIANGJIA_VALUE_OPAQUE);
            put_varint(c->out, o->length);
            put_bytes(c->out, o->bytes, o->length);
            break;
        }
    } // fall through
    default:
        fail(L, "%s 中有不能返回的值(%s)", "%s holds a value that cannot be returned (%s)", c->where, value_name(L, index));
    }
}

/// Appends the value at index; `where` names it in errors.
void encode_value(lua_State *L, int index, Buffer *out, const char *where) {
    Encoder c = {out, out->length, 0, where};
    encode(L, &c, lua_absindex(L, index), 0);
}

/// A name that a strict map doesn't have: nil when it was given as absent, else an error that names it.
static int on_missing(lua_State *L) { // upvalues: set of absent names, path
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 0;
    const char *name = lua_tostring(L, 2), *path = lua_tostring(L, lua_upvalueindex(2));
    push_nearest(L, 1, name);
    if (lua_isnil(L, -1)) push_nearest(L, lua_upvalueindex(1), name);
    if (lua_isnil(L, -1)) return fail(L, "%s.%s 没有声明", "%s.%s is not declared", path, name);
    return fail(L, "%s.%s 没有声明;是否要写 %s?", "%s.%s is not declared; did you mean %s?", path, name, lua_tostring(L, -1));
}

static void decode(lua_State *L, Reader *r, int strict, const char *path, int depth) {
    if (depth > 64) r->bad = 1;
    uint8_t tag = read_u8(r);
    luaL_checkstack(L, 8, NULL);
    switch (tag) {
    case NIANGJIA_VALUE_NULL: lua_pushnil(L); return;
    case NIANGJIA_VALUE_FALSE:
    case NIANGJIA_VALUE_TRUE: lua_pushboolean(L, tag == NIANGJIA_VALUE_TRUE); return;
    case NIANGJIA_VALUE_INTEGER: lua_pushinteger(L, read_zigzag(r)); return;
    case NIANGJIA_VALUE_TEXT:
    case NIANGJIA_VALUE_OPAQUE: {
        uint64_t n = read_varint(r);
        const uint8_t *s = read_bytes(r, n);
        if (!s) break;
        if (tag == NIANGJIA_VALUE_TEXT) {
            lua_pushlstring(L, (const char *)s, n);
        } else {
            Opaque *o = lua_newuserdatauv(L, sizeof(Opaque) + n, 0);
            o->tag = TAG_OPAQUE;
            o->length = (uint32_t)n;
            memcpy(o->bytes, s, n);
        }
        return;
    }
    case NIANGJIA_VALUE_LIST: {
        uint64_t n = read_varint(r);
        if (n > (uint64_t)(r->end - r->at)) break;
        lua_createtable(L, (int)n, 0);
        for (uint64_t i = 1; i <= n && !r->bad; i++) {
            decode(L, r, strict, path, depth + 1);
            lua_rawseti(L, -2, (lua_Integer)i);
        }
        push_frozen(L);
        return;
    }
    case NIANGJIA_VALUE_MAP: {
        uint64_t n = read_varint(r);
        if (n > (uint64_t)(r->end - r->at)) break;
        lua_createtable(L, 0, (int)n);
        if (strict) lua_newtable(L); // names whose value is absent
        for (uint64_t i = 0; i < n && !r->bad; i++) {
            uint64_t m = read_varint(r);
            const uint8_t *s = read_bytes(r, m);
            if (!s) break;
            lua_pushlstring(L, (const char *)s, m);
            decode(L, r, strict == 2 ? 2 : 0, path, depth + 1);
            if (strict && lua_isnil(L, -1)) {
                lua_pop(L, 1);
                lua_pushboolean(L, 1);
                lua_rawset(L, -3);
            } else {
                lua_rawset(L, strict ? -4 : -3);
            }
        }
        if (strict) {
            lua_pushstring(L, path);
            lua_pushcclosure(L, on_missing, 2);
            lua_createtable(L, 0, 1);
            lua_insert(L, -2);
            lua_setfield(L, -2, "__index");
            lua_setmetatable(L, -2);
        }
        push_frozen(L);
        return;
    }
    default: break;
    }
    r->bad = 1;
    lua_pushnil(L);
}

/// Decodes one value; tables come frozen. `strict` 1: the outermost map refuses unknown names; 2: every map does.
void push_value(lua_State *L, Reader *r, int strict, const char *path) { decode(L, r, strict, path, 0); }
