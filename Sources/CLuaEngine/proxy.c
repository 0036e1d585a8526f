// What a script sees of a row: groups whose fields are decoded when they are asked for.
//
// The groups are made once for a batch and read the engine's current row, so a row costs no allocation. They die with
// the batch; in a forced state, where a script can keep one, they are made anew for every row and die with it.
#include "paths.h"

/// Instructions that a row gains for each byte of a document it reads: some hundreds for an item of a list.
enum { DOCUMENT_INSTRUCTIONS = 32 };

/// Lua keeps strings of so many bytes once (LUAI_MAXSHORTLEN).
enum { SHORT_STRING = 40 };

static int absent(const Column *c, uint32_t row) { return c->absent && (c->absent[row / 8] >> (row % 8) & 1); }

static int64_t integer_at(const Column *c, uint32_t row) {
    return (int64_t)((uint64_t)c->base + number_at(c->data, c->width, row));
}

static Reader entry(const Column *c, uint32_t i) {
    uint32_t start = i ? load_u32(c->ends + (size_t)(i - 1) * 4) : 0, end = load_u32(c->ends + (size_t)i * 4);
    return (Reader){c->blob + start, c->blob + end, 0};
}

static Reader entry_at(const Column *c, uint32_t row) { return entry(c, (uint32_t)number_at(c->data, c->width, row)); }

/// Few texts that many rows share are made once for a batch: `kept` holds them.
static void push_text(lua_State *L, const Column *c, uint32_t row, int kept) {
    uint32_t i = (uint32_t)number_at(c->data, c->width, row);
    if (c->first_text) {
        if (lua_rawgeti(L, kept, (lua_Integer)c->first_text + i) == LUA_TSTRING) return;
        lua_pop(L, 1);
    }
    Reader r = entry(c, i);
    lua_pushlstring(L, (const char *)r.at, (size_t)(r.end - r.at));
    if (!c->first_text) return;
    lua_pushvalue(L, -1);
    lua_rawseti(L, kept, (lua_Integer)c->first_text + i);
}

static void push_document(lua_State *L, Engine *e, const Column *c, uint32_t number) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, e->documents);
    if (e->document_rows[number] == e->row) { // the same row gives the same table
        lua_rawgeti(L, -1, number + 1);
        lua_remove(L, -2);
        return;
    }
    Reader r = entry_at(c, e->row);
    const uint8_t *start = r.at;
    lua_pushlstring(L, c->path, c->path_length);
    push_value(L, &r, c->flags & NIANGJIA_FLAG_STRICT ? 2 : 0, lua_tostring(L, -1));
    lua_remove(L, -2);
    if (r.bad || r.at != r.end) fail(L, "宿主送来的文档损坏", "the document from the host is malformed");
    // A list of many items is more work than one of few: what is read adds to the budget, once a row.
    e->budget += (uint64_t)(r.end - start) * DOCUMENT_INSTRUCTIONS;
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, number + 1);
    e->document_rows[number] = e->row;
    lua_remove(L, -2);
}

/// An id outside the store: prefix, hyphen, base32 digits (Crockford), check digit (weighted sum modulo 31).
static void push_reference(lua_State *L, const Column *c, uint32_t row) {
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    char text[32], *at = text + sizeof text;
    uint64_t rest = (uint64_t)integer_at(c, row), sum = 0, weight = 2;
    *--at = 0; // the check digit's place
    do {
        *--at = digits[rest & 31];
        sum += (rest & 31) * weight++;
        rest >>= 5;
    } while (rest);
    text[sizeof text - 1] = digits[sum % 31];
    *--at = '-';
    at -= c->entries;
    memcpy(at, c->blob, c->entries);
    lua_pushlstring(L, at, (size_t)(text + sizeof text - at));
}

static void push_field(lua_State *L, Engine *e, uint32_t number) {
    const Column *c = &e->batch->columns[number];
    e->batch->read[number] = 1;
    if (e->paths) paths_read(e->paths, number);
    if (c->flags & NIANGJIA_FLAG_UNREAD) fail(L, "日志没有保存这一列", "the journal does not keep this column");
    uint32_t row = e->row;
    if (absent(c, row)) {
        lua_pushnil(L);
        return;
    }
    switch (c->kind) {
    case NIANGJIA_COLUMN_INTEGER: lua_pushinteger(L, integer_at(c, row)); break;
    case NIANGJIA_COLUMN_BOOLEAN: lua_pushboolean(L, c->data[row / 8] >> (row % 8) & 1); break;
    case NIANGJIA_COLUMN_DATE: {
        char text[11];
        write_date(text, (int32_t)integer_at(c, row));
        lua_pushlstring(L, text, 10);
        break;
    }
    case NIANGJIA_COLUMN_TEXT: push_text(L, c, row, lua_upvalueindex(3)); break;
    case NIANGJIA_COLUMN_DOCUMENT: push_document(L, e, c, number); break;
    case NIANGJIA_COLUMN_REFERENCE: push_reference(L, c, row); break;
    case NIANGJIA_COLUMN_OPAQUE: {
        Reader r = entry_at(c, row);
        size_t n = (size_t)(r.end - r.at);
        Opaque *o = lua_newuserdatauv(L, sizeof(Opaque) + n, 0);
        o->tag = TAG_OPAQUE;
        o->length = (uint32_t)n;
        memcpy(o->bytes, r.at, n);
        break;
    }
    default:
        lua_rawgeti(L, LUA_REGISTRYINDEX, e->groups);
        lua_rawgeti(L, -1, c->group);
        lua_remove(L, -2);
    }
}

/// `facts.subject.exposure`: upvalues are the names of the group (number of a column, or a group), its path, and texts that
/// were read before.
static int on_index(lua_State *L) {
    Engine *e = engine_of(L);
    Group *g = lua_touserdata(L, 1);
    if (!g || g->tag != TAG_GROUP || g->generation != e->generation)
        return fail(L, "这一行已经结束,不能再读", "this row is over: it cannot be read any more");
    const char *asked = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    size_t slot = (uintptr_t)asked / 16 % (sizeof g->known / sizeof *g->known);
    if (asked && g->known[slot].name == asked) {
        push_field(L, e, g->known[slot].column);
        return 1;
    }
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    switch (lua_rawget(L, lua_upvalueindex(1))) {
    case LUA_TNUMBER: {
        uint32_t column = (uint32_t)lua_tointeger(L, 3);
        // There is one short string of a text at a time, and the table of names keeps this one.
        if (asked && lua_rawlen(L, 2) <= SHORT_STRING) {
            g->known[slot].name = asked;
            g->known[slot].column = column;
        }
        push_field(L, e, column);
        return 1;
    }
    case LUA_TUSERDATA: return 1;
    default: break;
    }
    if (g->open) return 0;
    const char *path = lua_tostring(L, lua_upvalueindex(2));
    if (lua_type(L, 2) != LUA_TSTRING) return fail(L, "%s 要按名取值", "%s is read by name", path);
    const char *name = lua_tostring(L, 2);
    push_nearest(L, lua_upvalueindex(1), name);
    if (lua_isnil(L, -1)) return fail(L, "%s.%s 没有声明", "%s.%s is not declared", path, name);
    return fail(L, "%s.%s 没有声明;是否要写 %s?", "%s.%s is not declared; did you mean %s?", path, name, lua_tostring(L, -1));
}

static int on_write(lua_State *L) { return fail(L, "事实不能改写", "facts cannot be written"); }

static int on_length(lua_State *L) { return fail(L, "这里不是列表", "this is no list: it has no length"); }

/// Pushes a new group and its table of names (beneath it).
static void push_group(lua_State *L, Engine *e, const char *path, size_t length, int open, int kept) {
    luaL_checkstack(L, 10, NULL);
    lua_newtable(L); // names
    Group *g = lua_newuserdatauv(L, sizeof(Group), 0);
    g->tag = TAG_GROUP;
    g->generation = e->generation;
    g->open = open;
    memset(g->known, 0, sizeof g->known);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_pushlstring(L, path, length);
    lua_pushvalue(L, kept);
    lua_pushcclosure(L, on_index, 3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, on_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, on_length);
    lua_setfield(L, -2, "__len");
    lua_pushlstring(L, path, length);
    lua_setfield(L, -2, "__name");
    lua_setmetatable(L, -2);
}

/// Finds or makes the group at `path` and pushes its table of names. `tables`: path -> names, `groups`: path -> userdata.
static void push_names(lua_State *L, Engine *e, const char *path, size_t length, int tables, int groups) {
    lua_pushlstring(L, path, length);
    if (lua_rawget(L, tables) == LUA_TTABLE) return;
    lua_pop(L, 1);
    push_group(L, e, path, length, 0, groups + 2); // names group
    lua_pushlstring(L, path, length);
    lua_pushvalue(L, -2);
    lua_rawset(L, groups);
    lua_pushlstring(L, path, length);
    lua_pushvalue(L, -3);
    lua_rawset(L, tables);
    size_t dot = length;
    while (dot > 0 && path[dot - 1] != '.') dot--;
    if (dot) { // hang it into its parent, unless a column stands there
        push_names(L, e, path, dot - 1, tables, groups); // names group parent
        lua_pushlstring(L, path + dot, length - dot);
        if (lua_rawget(L, -2) == LUA_TNIL) {
            lua_pushlstring(L, path + dot, length - dot);
            lua_pushvalue(L, -4);
            lua_rawset(L, -4);
        }
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
}

static void open_groups(lua_State *L, Engine *e, const Batch *b) {
    int base = lua_gettop(L);
    lua_newtable(L);
    lua_newtable(L);
    lua_newtable(L);
    lua_createtable(L, (int)b->texts, 0);
    int tables = base + 1, groups = base + 2, numbered = base + 3, kept = base + 4;
    push_names(L, e, "facts", 5, tables, groups);
    push_names(L, e, "context", 7, tables, groups);
    lua_settop(L, kept);
    for (uint32_t i = 0; i < b->column_count; i++) {
        Column *c = (Column *)&b->columns[i];
        size_t dot = c->path_length;
        while (dot > 0 && c->path[dot - 1] != '.') dot--;
        int facts = c->path_length > 6 && !memcmp(c->path, "facts.", 6);
        int context = c->path_length > 8 && !memcmp(c->path, "context.", 8);
        if (dot == 0 || !(facts || context)) fail(L, "宿主送来的列名无效", "the host named a column wrongly");
        push_names(L, e, c->path, dot - 1, tables, groups);
        lua_pushlstring(L, c->path + dot, c->path_length - dot);
        lua_pushinteger(L, i);
        lua_rawset(L, -3);
        if (c->kind == NIANGJIA_COLUMN_GROUP) {
            push_names(L, e, c->path, c->path_length, tables, groups);
            lua_pushlstring(L, c->path, c->path_length);
            lua_rawget(L, groups);
            ((Group *)lua_touserdata(L, -1))->open = c->flags & NIANGJIA_FLAG_OPEN;
            c->group = (int)i + 1;
            lua_rawseti(L, numbered, c->group);
        }
        lua_settop(L, kept);
    }
    lua_settop(L, numbered);
    lua_newtable(L);
    lua_getfield(L, groups, "facts");
    lua_rawseti(L, -2, 1);
    lua_getfield(L, groups, "context");
    lua_rawseti(L, -2, 2);
    e->roots = luaL_ref(L, LUA_REGISTRYINDEX);
    e->groups = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_settop(L, base);
}

static void drop(lua_State *L, int *reference) {
    luaL_unref(L, LUA_REGISTRYINDEX, *reference);
    *reference = LUA_NOREF;
}

/// Makes the proxies of a batch, or makes them anew for the next row of a forced state.
void proxies_open(Engine *e, const Batch *b) {
    lua_State *L = e->L;
    if (e->batch != b) {
        e->batch = b;
        free(e->document_rows);
        e->document_rows = malloc((b->column_count + 1u) * sizeof(uint32_t));
        if (!e->document_rows) out_of_memory();
        memset(e->document_rows, 0xff, (b->column_count + 1u) * sizeof(uint32_t));
        lua_newtable(L);
        e->settings = luaL_ref(L, LUA_REGISTRYINDEX);
        lua_newtable(L);
        e->documents = luaL_ref(L, LUA_REGISTRYINDEX);
    } else {
        e->generation++;
        drop(L, &e->groups);
        drop(L, &e->roots);
    }
    open_groups(L, e, b);
}

void proxies_close(Engine *e) {
    lua_State *L = e->L;
    e->generation++;
    drop(L, &e->groups);
    drop(L, &e->roots);
    drop(L, &e->settings);
    drop(L, &e->documents);
    e->batch = NULL;
}

void push_root(lua_State *L, int which) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, engine_of(L)->roots);
    lua_rawgeti(L, -1, which);
    lua_remove(L, -2);
}

/// The settings of the current row: decoded when a row first needs them, then shared by the batch.
void push_settings(lua_State *L) {
    Engine *e = engine_of(L);
    const Batch *b = e->batch;
    uint32_t i = 0;
    if (b->settings_width) memcpy(&i, b->settings_index + (size_t)e->row * b->settings_width, b->settings_width);
    lua_rawgeti(L, LUA_REGISTRYINDEX, e->settings);
    if (lua_rawgeti(L, -1, (lua_Integer)i + 1) == LUA_TNIL) {
        lua_pop(L, 1);
        Reader r = {b->settings[i], b->settings[i] + b->settings_length[i], 0};
        push_value(L, &r, 1, "settings");
        if (r.bad || r.at != r.end) fail(L, "宿主送来的设置损坏", "the settings from the host are malformed");
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
    }
    lua_remove(L, -2);
}
