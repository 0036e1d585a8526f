// Frozen tables: an empty table whose metatable leads to the real one, which no script can reach.
#include "engine.h"

static int on_write(lua_State *L) {
    return fail(L, "此表已冻结:事实、设置和文件自己的表不能改写",
                "this table is frozen: facts, settings and the file's own tables cannot be written");
}

static int on_length(lua_State *L) {
    if (!resolve_table(L, 1)) return fail(L, "应为表", "a table is expected");
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
    return 1;
}

/// Replaces the table on top by its frozen face.
void push_frozen(lua_State *L) {
    luaL_checkstack(L, 4, NULL);
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, on_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, on_length);
    lua_setfield(L, -2, "__len");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

/// A script has no setmetatable, so a table that it sees with one is frozen.
int is_frozen(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return 0;
    lua_pop(L, 1);
    return 1;
}

int resolve_table(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE) return 0;
    luaL_checkstack(L, 3, NULL);
    if (!lua_getmetatable(L, index)) {
        lua_pushvalue(L, index);
        return 1;
    }
    lua_pushliteral(L, "__index");
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (lua_type(L, -1) == LUA_TTABLE) return 1;
    lua_pop(L, 1);
    return 0;
}

/// The frozen face of the table on top, made once; puts the table in the queue when it is new.
static void face_of(lua_State *L, int memo, int queue) {
    if (is_frozen(L, -1)) return;
    lua_pushvalue(L, -1);
    lua_rawget(L, memo);
    if (!lua_isnil(L, -1)) {
        lua_remove(L, -2);
        return;
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, queue, (lua_Integer)lua_rawlen(L, queue) + 1);
    lua_pushvalue(L, -1); // table table
    push_frozen(L);       // table face
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2); // table face table face
    lua_rawset(L, memo);
    lua_remove(L, -2);
}

/// Puts the function on top into the queue. One of the engine's that remembers something, an iterator of `pairs` or
/// `gmatch`, goes on where the subject before left it: refused, at the line of the function that holds it.
static void enqueue_function(lua_State *L, Engine *e, const char *name, uint32_t line, int memo, int queue) {
    if (lua_iscfunction(L, -1) && lua_getupvalue(L, -1, 1)) {
        lua_pop(L, 1);
        if (!e->failure.kind)
            failure_set(&e->failure, NIANGJIA_FAILURE_REFUSED, line,
                        "%.60s 是加载时产生的迭代器:一次裁定不能影响下一次,请在函数里产生",
                        "%.60s is an iterator made while loading: make it inside the function, nothing is carried from one "
                        "subject to the next", name);
    }
    lua_pushvalue(L, -1);
    if (lua_rawget(L, memo) == LUA_TNIL) {
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, memo);
        lua_pushvalue(L, -2);
        lua_rawseti(L, queue, (lua_Integer)lua_rawlen(L, queue) + 1);
    }
    lua_pop(L, 1);
}

static void freeze_function(lua_State *L, Engine *e, int function, int memo, int queue) {
    if (lua_iscfunction(L, function)) return;
    lua_pushvalue(L, function);
    Failure failure = {0};
    size_t looked;
    // A closure that outlives the call and writes its upvalue carries state, whoever made it.
    if (check_function(L, 0, 0, &failure, &looked) && !e->failure.kind) e->failure = failure;
    charge(L, looked / 64); // a file may make a hundred thousand closures of one long function
    lua_pop(L, 1);
    lua_Debug ar;
    lua_pushvalue(L, function);
    lua_getinfo(L, ">S", &ar);
    const char *name;
    for (int i = 1; (name = lua_getupvalue(L, function, i)); i++) {
        int type = lua_type(L, -1);
        if (type == LUA_TTABLE && strcmp(name, "_ENV")) {
            face_of(L, memo, queue);
            lua_setupvalue(L, function, i);
            continue;
        }
        if (type == LUA_TFUNCTION) enqueue_function(L, e, name, (uint32_t)ar.linedefined, memo, queue);
        lua_pop(L, 1);
    }
}

/// Freezes what the table at index leads to and pushes its frozen face. A work list, not recursion: an author's nesting
/// is no stack of ours.
void freeze_reachable(Engine *e, int index) {
    lua_State *L = e->L;
    index = lua_absindex(L, index);
    lua_newtable(L);
    int memo = lua_gettop(L);
    lua_newtable(L);
    int queue = lua_gettop(L);
    lua_pushvalue(L, index);
    face_of(L, memo, queue);
    int face = lua_gettop(L);
    for (lua_Integer next = 1; next <= (lua_Integer)lua_rawlen(L, queue); next++) {
        charge(L, 10);
        lua_rawgeti(L, queue, next);
        int item = lua_gettop(L);
        if (lua_type(L, item) == LUA_TFUNCTION) {
            freeze_function(L, e, item, memo, queue);
            lua_settop(L, face);
            continue;
        }
        lua_pushnil(L);
        while (lua_next(L, item)) {
            charge(L, 1);
            int key = lua_type(L, -2);
            if (key != LUA_TSTRING && key != LUA_TNUMBER && key != LUA_TBOOLEAN)
                fail(L, "表的键只能是文本、整数或布尔值", "keys of tables are text, integers or booleans");
            int type = lua_type(L, -1);
            if (type == LUA_TFUNCTION)
                enqueue_function(L, e, key == LUA_TSTRING ? lua_tostring(L, -2) : "?", 0, memo, queue);
            if (type == LUA_TTABLE) {
                face_of(L, memo, queue);
                lua_pushvalue(L, -2);
                lua_insert(L, -2);
                lua_rawset(L, item); // an existing field: allowed while lua_next runs
            } else {
                lua_pop(L, 1);
            }
        }
        lua_settop(L, face);
    }
    lua_replace(L, memo);
    lua_settop(L, memo);
}
