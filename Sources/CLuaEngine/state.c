// One lua_State with its budgets: the allocator, the count hook, loading, the protected body.
#include "engine.h"
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

/// Instructions between two looks of the hook.
enum { HOOK_STEP = 100, MOST_VARARGS = 250 };

void out_of_memory(void) { _exit(NIANGJIA_EXIT_MEMORY); }

static void *allocate(void *ud, void *block, size_t old, size_t size);

/// Small blocks come from pools of one size each: most of what a row makes is dropped at once and made again for the next.
/// A campaign that lets allocations fail, or looks at each block by itself, is built without them.
#ifdef NIANGJIA_NO_POOLS
enum { POOL_STEP = 16, POOL_LARGEST = 0, POOL_CHUNK = 16384 };
#else
enum { POOL_STEP = 16, POOL_LARGEST = POOL_STEP * POOLS, POOL_CHUNK = 16384 };
#endif

static void *pool_take(Engine *e, size_t size) {
    size_t pool = (size - 1) / POOL_STEP;
    void *block = e->pools[pool];
    if (block) {
        memcpy(&e->pools[pool], block, sizeof(void *));
        return block;
    }
    size_t step = (pool + 1) * POOL_STEP;
    if ((size_t)(e->chunk_end - e->chunk) < step) {
        uint8_t *chunk = malloc(POOL_CHUNK);
        if (!chunk) return NULL;
        memcpy(chunk, &e->chunks, sizeof(void *)); // a list, for the end
        e->chunks = chunk;
        e->chunk = chunk + POOL_STEP;
        e->chunk_end = chunk + POOL_CHUNK;
    }
    block = e->chunk;
    e->chunk += step;
    return block;
}

static void pool_give(Engine *e, void *block, size_t size) {
    size_t pool = (size - 1) / POOL_STEP;
    memcpy(block, &e->pools[pool], sizeof(void *));
    e->pools[pool] = block;
}

static void *block_resize(Engine *e, void *block, size_t old, size_t size) {
    int was = block && old <= POOL_LARGEST, is = size <= POOL_LARGEST;
    if (was && is && (old - 1) / POOL_STEP == (size - 1) / POOL_STEP) return block;
    if (!was && !is) return realloc(block, size);
    void *moved = is ? pool_take(e, size) : malloc(size);
    if (!moved || !block) return moved;
    memcpy(moved, block, old < size ? old : size);
    if (was) {
        pool_give(e, block, old);
    } else {
        free(block);
    }
    return moved;
}

/// Closes a state and gives back its pools.
void state_close(Engine *e) {
    if (e->L) lua_close(e->L);
    while (e->chunks) {
        uint8_t *chunk = e->chunks;
        memcpy(&e->chunks, chunk, sizeof(void *));
        free(chunk);
    }
}

/// Lua seeds its hashes from the clock and from addresses, so the length of a table with gaps, and when a table grows,
/// differ from process to process. liblua has no say in it, so the seed is written over, between its choice and its first
/// use: the allocation after that of the state. `faults.c` proves that it works with the linked Lua; where it doesn't,
/// only the second judgement stands against such lengths.
static void seed_hashes(Engine *e) {
    struct {
        lua_Alloc function;
        void *ud;
        size_t counters[4];
        void *strings;
        int sizes[2];
        uint64_t values[4];
    } known; // what stands before the seed in 5.4
    e->seeded = 1;
    for (size_t at = 0; at + sizeof known + sizeof e->seed <= e->block_size; at += sizeof(void *)) {
        memcpy(&known, e->block + at, 2 * sizeof(void *));
        if (known.function != allocate || known.ud != e) continue;
        memcpy(e->block + at + sizeof known, &e->seed, sizeof e->seed);
        return;
    }
}

static void *allocate(void *ud, void *block, size_t old, size_t size) {
    Engine *e = ud;
    size_t before = block ? old : 0;
    if (size == 0) {
        e->used -= before;
        if (block && before <= POOL_LARGEST) {
            pool_give(e, block, before);
        } else {
            free(block);
        }
        return NULL;
    }
    if (!e->seeded && e->block) seed_hashes(e);
    if (size > before) {
        size_t cap = e->program->limits.memory_bytes;
        // The second bound stops a script that makes and drops without end; the third one that hovers at the first,
        // where each allocation would collect everything.
        if (e->used - before + size > cap || e->churn > cap * 64 || e->refusals > 64) {
            e->refusals++;
            return NULL;
        }
        e->churn += size - before;
    }
    void *moved = block_resize(e, block, before, size);
    if (!moved) {
        if (size <= before) return block;
        return NULL;
    }
    e->used += size - before;
    if (e->used > e->peak) e->peak = e->used;
    if (!e->block) {
        e->block = moved;
        e->block_size = size;
    }
    return moved;
}

lua_State *state_new(Engine *e) {
    e->block = NULL;
    e->seeded = 0;
    lua_State *L = lua_newstate(allocate, e);
    e->block = NULL;
    return L;
}

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
        failure_set(&e->failure, NIANGJIA_FAILURE_MEMORY, 0, "超出内存预算(%llu 字节)",
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

/// Makes a state, loads the program's chunk, freezes it. NULL with the reason when that fails.
Engine *engine_open(const Program *program, Failure *failure) {
    Engine *volatile e = calloc(1, sizeof(Engine));
    if (!e) out_of_memory();
    e->program = program;
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

// Beside the state that judges there is one more at most: fresh before its use, retired after it.
static Engine *spare, *retired;

Engine *engine_fresh(const Program *program, Failure *failure) {
    Engine *fresh = spare;
    spare = NULL;
    if (fresh) return fresh;
    engine_retire(NULL);
    return engine_open(program, failure);
}

void engine_retire(Engine *e) {
    engine_close(retired);
    retired = e;
}

void engine_prepare(const Program *program) {
    Failure failure = {0};
    engine_retire(NULL);
    if (!spare) spare = engine_open(program, &failure);
}

void engine_close(Engine *e) {
    if (!e) return;
    state_close(e);
    free(e->scratch.data);
    free(e->document_rows);
    free(e);
}
