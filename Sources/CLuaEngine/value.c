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

static int compare_names(const void *a, const void *b) {
    const Name *x = a, *y = b;
    size_t n = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, n);
    if (order) return order;
    return x->length < y->length ? -1 : x->length > y->length;
}

const Name *push_sorted_names(lua_State *L, int table, uint32_t *count, uint64_t *others) {
    luaL_checkstack(L, 4, NULL);
    uint64_t total = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        total++;
        lua_pop(L, 1);
    }
    charge(L, total);
    Name *names = lua_newuserdatauv(L, sizeof(Name) * (total ? total : 1), 0); // collected by Lua if an error leaves here
    uint32_t n = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) continue;
        names[n].text = lua_tolstring(L, -1, &names[n].length);
        n++;
    }
    qsort(names, n, sizeof(Name), compare_names);
    *count = n;
    *others = total - n;
    return names;
}

/// A table that is being encoded. On the stack: the table, then what keeps its names (nil for a list).
typedef struct {
    int table;
    const Name *names;
    uint64_t count, next;
} Level;

/// No table is nested deeper, whatever a source's limits say.
enum { MAX_DEPTH = 64 };

typedef struct {
    Buffer *out;
    size_t start;
    uint32_t nodes, depth;
    const char *where;
    Level levels[MAX_DEPTH + 1];
} Encoder;

/// Encodes the head of the table on top and makes it the innermost level.
static void open_level(lua_State *L, Encoder *c) {
    const Limits *limits = &engine_of(L)->program->limits;
    int at = lua_gettop(L);
    if (!resolve_table(L, at)) fail(L, "%s 中有不能返回的值", "%s holds a value that cannot be returned", c->where);
    lua_replace(L, at);
    uint64_t names = 0, others = 0;
    lua_pushnil(L);
    while (lua_next(L, at)) {
        if (lua_type(L, -2) == LUA_TSTRING) names++;
        else others++;
        if (names + others > limits->output_nodes)
            fail(L, "%s 太大(超过 %d 项)", "%s is too large (more than %d values)", c->where, (int)limits->output_nodes);
        lua_pop(L, 1);
    }
    charge(L, names + others);
    uint64_t length = lua_rawlen(L, at);
    Level *level = &c->levels[c->depth++];
    *level = (Level){.table = at, .count = names};
    if (others == 0) {
        uint32_t count;
        level->names = push_sorted_names(L, at, &count, &others);
        put_u8(c->out, NIANGJIA_VALUE_MAP);
        put_varint(c->out, names);
    } else if (names == 0 && length == others) {
        lua_pushnil(L);
        level->count = length;
        put_u8(c->out, NIANGJIA_VALUE_LIST);
        put_varint(c->out, length);
    } else {
        fail(L, "%s 中的表要么是列表,要么按名取值,不能混用", "%s holds a table that is neither a list nor by name", c->where);
    }
}

/// Pushes the next value of the innermost level, after its name.
static void push_next(lua_State *L, Encoder *c) {
    Level *level = &c->levels[c->depth - 1];
    uint64_t i = level->next++;
    if (!level->names) {
        if (lua_rawgeti(L, level->table, (lua_Integer)i + 1) == LUA_TNIL)
            fail(L, "%s 中的列表有空缺", "%s holds a list with gaps", c->where);
        return;
    }
    Name name = level->names[i];
    if (!valid_utf8((const uint8_t *)name.text, name.length))
        fail(L, "%s 中有不是 UTF-8 的文本", "%s holds text that is not UTF-8", c->where);
    put_varint(c->out, name.length);
    put_bytes(c->out, name.text, name.length);
    lua_pushlstring(L, name.text, name.length);
    lua_rawget(L, level->table);
}

static void encode_text(lua_State *L, Encoder *c) {
    size_t n;
    const char *s = lua_tolstring(L, -1, &n);
    if (n > engine_of(L)->program->limits.output_bytes) fail(L, "%s 太大", "%s is too large", c->where);
    if (!valid_utf8((const uint8_t *)s, n))
        fail(L, "%s 中有不是 UTF-8 的文本", "%s holds text that is not UTF-8", c->where);
    put_u8(c->out, NIANGJIA_VALUE_TEXT);
    put_varint(c->out, n);
    put_bytes(c->out, s, n);
}

/// Encodes the value on top, a table's head only.
static void encode_one(lua_State *L, Encoder *c) {
    const Limits *limits = &engine_of(L)->program->limits;
    if (c->depth > limits->output_depth || c->depth > MAX_DEPTH)
        fail(L, "%s 嵌套过深(超过 %d 层)或自己包含自己", "%s is nested deeper than %d, or contains itself", c->where,
             (int)limits->output_depth);
    if (++c->nodes > limits->output_nodes || c->out->length - c->start > limits->output_bytes)
        fail(L, "%s 太大", "%s is too large", c->where);
    Opaque *o = lua_touserdata(L, -1);
    switch (lua_type(L, -1)) {
    case LUA_TNIL: put_u8(c->out, NIANGJIA_VALUE_NULL); break;
    case LUA_TBOOLEAN: put_u8(c->out, lua_toboolean(L, -1) ? NIANGJIA_VALUE_TRUE : NIANGJIA_VALUE_FALSE); break;
    case LUA_TNUMBER:
        if (!lua_isinteger(L, -1)) fail(L, "%s 中有小数", "%s holds a number with a fraction", c->where);
        put_u8(c->out, NIANGJIA_VALUE_INTEGER);
        put_zigzag(c->out, lua_tointeger(L, -1));
        break;
    case LUA_TSTRING: encode_text(L, c); break;
    case LUA_TTABLE: open_level(L, c); return;
    case LUA_TUSERDATA:
        if (o->tag == TAG_OPAQUE) {
            put_u8(c->out, NIANGJIA_VALUE_OPAQUE);
            put_varint(c->out, o->length);
            put_bytes(c->out, o->bytes, o->length);
            break;
        } // fall through
    default:
        fail(L, "%s 中有不能返回的值(%s)", "%s holds a value that cannot be returned (%s)", c->where, value_name(L, -1));
    }
    lua_pop(L, 1);
}

/// Appends the value at index; `where` names it in errors. A list of levels, not recursion: an author's nesting is no stack
/// of ours.
void encode_value(lua_State *L, int index, Buffer *out, const char *where) {
    Encoder c = {.out = out, .start = out->length, .where = where};
    luaL_checkstack(L, 3 * (MAX_DEPTH + 2), NULL);
    lua_pushvalue(L, index);
    for (;;) {
        encode_one(L, &c);
        while (c.depth && c.levels[c.depth - 1].next == c.levels[c.depth - 1].count)
            lua_settop(L, c.levels[--c.depth].table - 1);
        if (!c.depth) return;
        push_next(L, &c);
    }
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
