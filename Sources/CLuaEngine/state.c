// One lua_State with its budgets: the count hook, loading, the protected body.
#include "engine.h"
#include <setjmp.h>
#include <stdio.h>

/// Instructions between two looks of the hook.
enum { HOOK_STEP = 100, MOST_VARARGS = 250 };

static uint32_t seed_of(const Program *p) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < p->source_length; i++) h = (h ^ p->source[i]) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 32);
}

static void trip(lua_State *L, Engine *e) {
    e->tripped = NIANGJIA_FAILURE_INSTRUCTIONS;
    fail(L, "超出指令预算", "the instruction budget is used up");
}

static void on_count(lua_State *L, lua_Debug *ar) {
    Engine *e = engine_of(L);
    if (ar->event == LUA_HOOKLINE) { // only where an author's test asked for coverage
        int line = ar->currentline;
        if (line > 0 && (uint32_t)line < e->program->line_count) e->program->lines[line] |= LINE_RAN;
        if (line > 0) e->line = (uint32_t)line;
        return;
    }
    e->spent += HOOK_STEP;
    if (e->spent > e->budget || e->tripped) trip(L, e);
    // Lua copies all of them in one instruction.
    if (lua_getlocal(L, ar, -MOST_VARARGS - 1)) fail(L, "可变参数太多(超过 250 个)", "too many arguments (more than 250)");
}

/// Charges the work of a helper as if it were instructions: nothing in C runs for free.
void charge(lua_State *L, uint64_t work) {
    Engine *e = engine_of(L);
    e->spent += work;
    if (e->spent > e->budget || e->tripped) trip(L, e);
}

/// Starts a budget. Setting the hook anew also restarts Lua's own count, so each row is counted alike.
void engine_begin(Engine *e, uint64_t budget) {
    e->spent = 0;
    e->budget = budget;
    e->tripped = 0;
    e->churn = e->refusals = 0;
    e->failure.kind = 0;
    e->line = 0;
    lua_sethook(e->L, on_count, e->program->lines ? LUA_MASKCOUNT | LUA_MASKLINE : LUA_MASKCOUNT, HOOK_STEP);
}

/// Runs a body under the message handler. The verdict is the engine's flag first, Lua's status second.
int engine_run(Engine *e, lua_CFunction body, int results) {
    lua_State *L = e->L;
    lua_settop(L, 0);
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, e);
    e->failure.kind = 0;
    int status = lua_pcall(L, 1, results, 1);
    const Limits *limits = &e->program->limits;
    if (e->tripped) {
        failure_set(&e->failure, NIANGJIA_FAILURE_INSTRUCTIONS, e->failure.line, "超出指令预算(%llu 条)",
                    "the instruction budget of %llu is used up", (unsigned long long)e->budget);
    } else if (status == LUA_ERRMEM) {
        failure_set(&e->failure, NIANGJIA_FAILURE_MEMORY, e->line, "超出内存预算(%llu 字节)",
                    "the memory budget of %llu bytes is used up", (unsigned long long)limits->memory_bytes);
    } else if (status == LUA_OK) {
        return 0;
    } else if (!e->failure.kind || status == LUA_ERRERR) {
        failure_set(&e->failure, NIANGJIA_FAILURE_SCRIPT, e->failure.line, "脚本出错(嵌套过深)",
                    "error in the script (nested too deep)");
    }
    return -1;
}

static jmp_buf unprotected; // one thread, one state opening at a time

static int on_panic(lua_State *L) {
    (void)L;
    longjmp(unprotected, 1);
}

static int collect_functions(lua_State *L, Engine *e, int program) {
    static const char *const kinds[] = {"assess", "recheck", "action"};
    int names = 0;
    lua_newtable(L); // name -> function, and 1... -> name
    int found = lua_gettop(L);
    resolve_table(L, program);
    int real = lua_gettop(L);
    for (int k = 0; k < 3; k++) {
        lua_getfield(L, real, kinds[k]);
        if (!resolve_table(L, -1)) fail(L, "program.%s 应为表", "program.%s must stay a table", kinds[k]);
        int table = lua_gettop(L);
        lua_pushnil(L);
        while (lua_next(L, table)) {
            if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TFUNCTION)
                fail(L, "program.%s 中只能有函数", "program.%s may hold functions by name only", kinds[k]);
            lua_pushfstring(L, "%s.%s", kinds[k], lua_tostring(L, -2));
            lua_pushvalue(L, -1);
            lua_rawseti(L, found, ++names);
            lua_insert(L, -2);
            lua_rawset(L, found);
        }
    }
    lua_pushnil(L);
    while (lua_next(L, real)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (strcmp(name, "assess") && strcmp(name, "recheck") && strcmp(name, "action"))
            fail(L, "program.%s 未知:应为 assess、recheck 或 action", "program.%s is unknown: assess, recheck or action",
                 name);
        lua_pop(L, 1);
    }
    stable_sort(L, found, names, 0, "program");
    e->function_count = names;
    lua_pushvalue(L, found);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

/// Defined by the one test build in which a script owns its process; everywhere else there is no such function.
__attribute__((weak)) void niangjia_open_native(lua_State *L, int environment);

static void open_environment(lua_State *L) {
    lua_newtable(L);
    int environment = lua_gettop(L);
    open_base(L, environment);
    open_strings(L, environment);
    open_tables(L, environment);
    open_money(L, environment);
    open_dates(L, environment);
    open_places(L, environment);
    open_lists(L, environment);
    open_decisions(L, environment);
    open_actions(L, environment);
    if (niangjia_open_native) niangjia_open_native(L, environment);
    lua_newtable(L);
    static const char *const kinds[] = {"assess", "recheck", "action"};
    for (int k = 0; k < 3; k++) {
        lua_newtable(L);
        lua_setfield(L, -2, kinds[k]);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, environment, "program");
}

static int load_body(lua_State *L) {
    Engine *e = engine_of(L);
    const Program *p = e->program;
    lua_settop(L, 0);
    open_environment(L); // 1: environment, 2: program
    char chunk[160];
    snprintf(chunk, sizeof chunk, "=%s", p->name);
    uint32_t line = find_environment_name(p->source, p->source_length);
    if (line) {
        failure_set(&e->failure, NIANGJIA_FAILURE_REFUSED, line, "_ENV 不可用", "_ENV is not available");
        return 0;
    }
    if (luaL_loadbufferx(L, (const char *)p->source, p->source_length, chunk, "t") != LUA_OK) {
        // Parser and bounds both end here; the handler takes the line from the text.
        return lua_error(L);
    }
    size_t looked;
    if (check_function(L, 1, p->forced, &e->failure, &looked)) return 0;
    if (p->lines) mark_code_lines(L, p);
    charge(L, looked / 64);
    lua_pushvalue(L, 1);
    lua_setupvalue(L, 3, 1);
    lua_call(L, 0, 0);
    lua_settop(L, 2);
    if (!p->forced) {
        freeze_reachable(e, 2);
        if (e->failure.kind) return 0;
        lua_setfield(L, 1, "program");
    }
    e->functions = collect_functions(L, e, 2);
    return 0;
}

static Engine *open_engine(const Program *program, int rewinds, Failure *failure) {
    Engine *volatile e = calloc(1, sizeof(Engine));
    if (!e) out_of_memory();
    e->program = program;
    if (rewinds) memory_open_arena(e);
    e->functions = e->groups = e->settings = e->documents = e->roots = LUA_NOREF;
    if (setjmp(unprotected)) {
        failure_set(failure, NIANGJIA_FAILURE_MEMORY, 0, "超出内存预算", "the memory budget is used up");
        return NULL; // the state is in no shape to be closed: what it holds goes with the process
    }
    e->seed = seed_of(program);
    e->L = state_new(e);
    if (!e->L) {
        failure_set(failure, NIANGJIA_FAILURE_MEMORY, 0, "超出内存预算", "the memory budget is used up");
        state_close(e);
        free(e);
        return NULL;
    }
    *(Engine **)lua_getextraspace(e->L) = e;
    lua_atpanic(e->L, on_panic);
    engine_begin(e, program->limits.load_instructions);
    if (engine_run(e, load_body, 0) || e->failure.kind) {
        *failure = e->failure;
        engine_close(e);
        return NULL;
    }
    return e;
}

Engine *engine_open(const Program *program, Failure *failure) { return open_engine(program, 0, failure); }

Engine *engine_open_rewinding(const Program *program, Failure *failure) { return open_engine(program, 1, failure); }

void engine_close(Engine *e) {
    if (!e) return;
    state_close(e);
    free(e->scratch.data);
    free(e->document_rows);
    free(e);
}
