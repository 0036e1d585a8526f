// One CALL: every row under its own budget, unless its way to an outcome is known; some again in a fresh state; the answer in
// columns.
#include "paths.h"

static int open_batch(lua_State *L) {
    const Batch *b = lua_touserdata(L, 2);
    Engine *e = engine_of(L);
    proxies_open(e, b);
    lua_rawgeti(L, LUA_REGISTRYINDEX, e->functions);
    lua_getfield(L, -1, b->function);
    return 1;
}

static int close_batch(lua_State *L) {
    proxies_close(engine_of(L));
    return 0;
}

static int renew_batch(lua_State *L) {
    Engine *e = engine_of(L);
    proxies_open(e, e->batch);
    return 0;
}

/// What a function is given for the current row: facts, settings, context.
static int push_arguments(lua_State *L) {
    push_root(L, 1);
    push_settings(L);
    push_root(L, 2);
    return 3;
}

/// Stack of a state with an open batch: the message handler, the function, `push_arguments`, and what that gave, kept from row to
/// row where it is the same for all of them.
enum { HANDLER = 1, FUNCTION, PUSH_ARGUMENTS, ARGUMENTS, KEPT = ARGUMENTS + 2 };

/// Calls the function for the current row; its answer is left on the stack.
static int call_row(Engine *e, const Batch *b) {
    lua_State *L = e->L;
    if (e->program->forced || b->settings_width || lua_gettop(L) != KEPT) {
        lua_settop(L, PUSH_ARGUMENTS);
        lua_pushvalue(L, PUSH_ARGUMENTS);
        int status = lua_pcall(L, 0, 3, HANDLER);
        if (status != LUA_OK) return status;
    }
    lua_pushvalue(L, FUNCTION);
    for (int i = ARGUMENTS; i <= KEPT; i++) lua_pushvalue(L, i);
    return lua_pcall(L, 3, 1, HANDLER);
}

static int batch_begin(Engine *e, const Batch *b) {
    lua_State *L = e->L;
    engine_begin(e, e->program->limits.row_instructions);
    lua_settop(L, 0);
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, open_batch);
    lua_pushlightuserdata(L, e);
    lua_pushlightuserdata(L, (void *)b);
    if (lua_pcall(L, 2, 1, 1) != LUA_OK) {
        if (!e->failure.kind)
            failure_set(&e->failure, NIANGJIA_FAILURE_MEMORY, 0, "超出内存预算", "the memory budget is used up");
        return -1;
    }
    if (lua_type(L, 2) != LUA_TFUNCTION) {
        failure_set(&e->failure, NIANGJIA_FAILURE_FUNCTION, 0, "脚本中没有 program.%s", "the script has no program.%s",
                    b->function);
        return -1;
    }
    lua_pushcfunction(L, push_arguments);
    return 0;
}

/// Says why what a function returned is no answer of its kind.
static void check_result(Engine *e, const Batch *b, const Decision **decision) {
    lua_State *L = e->L;
    int rechecks = b->rechecks;
    *decision = NULL;
    if (lua_isnil(L, -1)) {
        if (!rechecks)
            failure_set(&e->failure, NIANGJIA_FAILURE_OUTPUT, 0, "program.%s 没有返回裁定", "program.%s returned no decision",
                        b->function);
        return;
    }
    const Decision *d = lua_touserdata(L, -1);
    if (lua_type(L, -1) != LUA_TUSERDATA || d->tag != TAG_DECISION) {
        failure_set(&e->failure, NIANGJIA_FAILURE_OUTPUT, 0, "program.%s 应返回裁定,得到的是 %s",
                    "program.%s must return a decision, got %s", b->function, value_name(L, -1));
    } else if (d->kind == NIANGJIA_VERDICT_ANSWER || d->kind == NIANGJIA_VERDICT_FAIL) {
        failure_set(&e->failure, NIANGJIA_FAILURE_OUTPUT, 0, "program.%s 不能返回 answer 或 fail:那是动作用的",
                    "program.%s may not return answer or fail: those are for actions", b->function);
    } else if (rechecks != (d->kind == NIANGJIA_VERDICT_REVOKE)) {
        failure_set(&e->failure, NIANGJIA_FAILURE_OUTPUT, 0,
                    rechecks ? "program.%s 只能返回 nil 或 revoke(…)" : "program.%s 不能返回 revoke(…)",
                    rechecks ? "program.%s may return nil or revoke(…) only" : "program.%s may not return revoke(…)", b->function);
    } else {
        *decision = d;
    }
}

static void put_failure(Buffer *out, const Failure *f) {
    put_u8(out, NIANGJIA_VALUE_MAP);
    put_varint(out, 3);
    static const char *const names[] = {"kind", "line", "text"};
    for (int i = 0; i < 3; i++) {
        put_varint(out, 4);
        put_bytes(out, names[i], 4);
        if (i < 2) {
            put_u8(out, NIANGJIA_VALUE_INTEGER);
            put_zigzag(out, i == 0 ? f->kind : (int64_t)f->line);
        } else {
            put_u8(out, NIANGJIA_VALUE_TEXT);
            put_varint(out, strlen(f->text));
            put_bytes(out, f->text, strlen(f->text));
        }
    }
}

void outcome_fail(Outcome *o, const Failure *f) {
    o->kind = NIANGJIA_VERDICT_FAILED;
    o->amount = 0;
    o->code.length = o->params.length = o->options.length = 0;
    put_failure(&o->params, f);
}

void call_ended(Engine *e, int status) {
    if (e->tripped == NIANGJIA_FAILURE_CALLS) {
        failure_set(&e->failure, NIANGJIA_FAILURE_CALLS, e->failure.line, "向宿主查询的次数用完",
                    "the budget of host calls is used up");
    } else if (e->tripped) {
        failure_set(&e->failure, NIANGJIA_FAILURE_INSTRUCTIONS, e->failure.line, "超出指令预算(%llu 条)",
                    "the instruction budget of %llu is used up", (unsigned long long)e->budget);
    } else if (status == LUA_ERRMEM) {
        failure_set(&e->failure, NIANGJIA_FAILURE_MEMORY, e->line, "超出内存预算(%llu 字节)",
                    "the memory budget of %llu bytes is used up", (unsigned long long)e->program->limits.memory_bytes);
    } else if (status != LUA_OK && (!e->failure.kind || status == LUA_ERRERR)) {
        failure_set(&e->failure, NIANGJIA_FAILURE_SCRIPT, e->failure.line, "脚本出错(嵌套过深)",
                    "error in the script (nested too deep)");
    }
}

/// Judges one row in a state with an open batch. Returns the kind of failure, or 0.
static uint8_t judge_row(Engine *e, const Batch *b, uint32_t row, Outcome *o) {
    lua_State *L = e->L;
    o->amount = 0;
    o->kind = NIANGJIA_VERDICT_NONE;
    o->code.length = o->params.length = o->options.length = 0;
    e->row = row;
    engine_begin(e, e->program->limits.row_instructions);
    int status = LUA_OK;
    if (e->program->forced) {
        lua_pushcfunction(L, renew_batch);
        status = lua_pcall(L, 0, 0, HANDLER);
    }
    if (status == LUA_OK) status = call_row(e, b);
    o->instructions = e->spent > UINT32_MAX ? UINT32_MAX : (uint32_t)e->spent;
    const Decision *d = NULL;
    call_ended(e, status);
    if (e->failure.kind == NIANGJIA_FAILURE_INSTRUCTIONS) {
        o->instructions = (uint32_t)(e->budget > UINT32_MAX ? UINT32_MAX : e->budget);
    } else if (e->failure.kind == NIANGJIA_FAILURE_MEMORY) {
        o->instructions = 0;
    }
    if (!e->failure.kind) check_result(e, b, &d);
    if (e->failure.kind) {
        outcome_fail(o, &e->failure);
        lua_settop(L, PUSH_ARGUMENTS);
        return e->failure.kind;
    }
    if (d) {
        o->kind = d->kind;
        o->amount = d->amount;
        put_bytes(&o->code, d->bytes, d->code_length);
        put_bytes(&o->params, d->bytes + d->code_length, d->params_length);
        options_encode(d, &o->options);
    }
    lua_settop(L, KEPT);
    return 0;
}

static int buffers_equal(const Buffer *a, const Buffer *b) {
    return a->length == b->length && (a->length == 0 || !memcmp(a->data, b->data, a->length));
}

static int outcomes_equal(const Outcome *a, const Outcome *b) {
    return a->kind == b->kind && a->amount == b->amount && a->instructions == b->instructions &&
           buffers_equal(&a->code, &b->code) && buffers_equal(&a->params, &b->params) && buffers_equal(&a->options, &b->options);
}

void outcome_close(Outcome *o) {
    free(o->code.data);
    free(o->params.data);
    free(o->options.data);
}

/// Judges a row in a state that has seen nothing else. 0 on success or a failure of the row; -1 if no state can be had.
static int judge_fresh(const Program *program, const Batch *b, uint32_t row, Outcome *o) {
    Failure failure = {0};
    Engine *fresh = engine_fresh(program, &failure);
    if (fresh && batch_begin(fresh, b) == 0) {
        judge_row(fresh, b, row, o);
        engine_retire(fresh);
        return 0;
    }
    outcome_fail(o, fresh ? &fresh->failure : &failure);
    engine_retire(fresh);
    return -1;
}

typedef struct {
    const uint8_t *skip; // pairs of row (u32) and failure (u8)
    uint32_t skip_count, verify_rows, verify_every;
    uint32_t overruns; // so many rows stopped by a budget, and at least every other one: the call is given up; 0: never
} Prelude;

static uint8_t skipped(const Prelude *p, uint32_t row) {
    for (uint32_t i = 0; i < p->skip_count; i++)
        if (load_u32(p->skip + (size_t)i * 5) == row) return p->skip[(size_t)i * 5 + 4];
    return 0;
}

/// Judges all rows. Returns the row that came out differently in a fresh state, or -1; -2 when no state is left; -3 when the call
/// is given up, with the reason of its last row in `given_up`: a rule that loops would loop in every row.
static int64_t judge_rows(const Program *program, Engine **engine, const Batch *b, const Prelude *prelude,
                          niangjia_progress *progress, Answer *a, uint64_t *spent, size_t *peak, Failure *given_up) {
    Outcome outcome = {0}, again = {0}, known;
    int64_t different = -1;
    uint32_t overruns = 0;
    Paths paths;
    paths_open(&paths, program, b);
    for (uint32_t row = 0; row < b->rows && different == -1; row++) {
        progress->row = row;
        uint8_t dead = skipped(prelude, row), failed = 0;
        const Outcome *result = &outcome;
        if (dead) {
            Failure f = {0};
            failure_set(&f, dead, 0, dead == NIANGJIA_FAILURE_TIME ? "超出时间预算" : "裁定此行时工作进程中止",
                        dead == NIANGJIA_FAILURE_TIME ? "the time budget is used up" : "the worker died in this row");
            outcome.instructions = 0;
            outcome_fail(&outcome, &f);
        } else if (paths_find(&paths, row, &known)) {
            result = &known;
        } else {
            (*engine)->paths = &paths;
            failed = judge_row(*engine, b, row, &outcome);
            (*engine)->paths = NULL;
            if (!failed) paths_keep(&paths, &outcome);
        }
        *spent += result->instructions;
        if ((*engine)->peak > *peak) *peak = (*engine)->peak;
        if (failed == NIANGJIA_FAILURE_MEMORY || failed == NIANGJIA_FAILURE_INSTRUCTIONS) {
            Failure why = (*engine)->failure;
            // A state that met its limit is not trusted again, and what it held before must not decide about this row.
            engine_close(*engine);
            Failure f = {0};
            if (failed == NIANGJIA_FAILURE_MEMORY) judge_fresh(program, b, row, &outcome);
            *engine = engine_open(program, &f);
            if (!*engine || batch_begin(*engine, b)) different = -2;
            if (outcome.kind == NIANGJIA_VERDICT_FAILED) {
                overruns++;
                *given_up = why;
                given_up->row = row + 1;
            }
        } else if (!dead && (row + prelude->verify_rows >= b->rows ||
                             (prelude->verify_every && row % prelude->verify_every == prelude->verify_every - 1))) {
            judge_fresh(program, b, row, &again);
            if (!outcomes_equal(result, &again)) different = row;
        }
        answer_add(a, row, result);
        if (prelude->overruns && overruns >= prelude->overruns && overruns * 2ull >= row + 1ull && different == -1)
            different = -3;
    }
    paths_close(&paths);
    outcome_close(&outcome);
    outcome_close(&again);
    return different;
}

void write_error(Buffer *out, const Failure *failure) {
    put_u8(out, failure->kind);
    put_u32(out, failure->line);
    put_u16(out, (uint16_t)strlen(failure->text));
    put_bytes(out, failure->text, strlen(failure->text));
    put_u32(out, failure->row);
}

/// Answers one CALL. `out` gets the body of a REPLY, or of an ERROR when nothing was judged: then it begins with its kind.
void judge_call(const Program *program, Engine **engine, Reader *request, niangjia_progress *progress, Buffer *out) {
    Prelude prelude = {0};
    prelude.verify_rows = read_u16(request);
    prelude.verify_every = read_u32(request);
    prelude.skip_count = read_u16(request);
    prelude.skip = read_bytes(request, (uint64_t)prelude.skip_count * 5);
    prelude.overruns = read_u16(request);
    Batch b;
    Failure failure = {0};
    put_u8(out, NIANGJIA_FRAME_REPLY);
    if (batch_parse(&b, request)) {
        failure_set(&failure, NIANGJIA_FAILURE_REQUEST, 0, "宿主送来的批次无效", "the host's batch is malformed");
    } else if (!*engine && !(*engine = engine_open(program, &failure))) {
        // the reason is set
    } else if (batch_begin(*engine, &b)) {
        failure = (*engine)->failure;
        engine_close(*engine);
        *engine = NULL;
    } else {
        Answer a;
        answer_open(&a, b.rows);
        uint64_t spent = 0;
        size_t peak = 0;
        (*engine)->peak = (*engine)->used;
        Failure given_up = {0};
        int64_t different = judge_rows(program, engine, &b, &prelude, progress, &a, &spent, &peak, &given_up);
        if (different == -3) {
            failure = given_up;
        } else {
            answer_write(&a, b.rows, out);
            put_u64(out, spent);
            put_u64(out, peak);
            put_u64(out, (uint64_t)different);
            put_u32(out, program->line_count);
            put_bytes(out, program->lines, program->line_count);
            put_bytes(out, b.read, b.column_count);
        }
        answer_close(&a);
        if (*engine) {
            engine_begin(*engine, program->limits.row_instructions);
            if (engine_run(*engine, close_batch, 0)) {
                engine_close(*engine);
                *engine = NULL;
            }
        }
    }
    batch_free(&b);
    if (failure.kind) {
        out->length = 0;
        put_u8(out, NIANGJIA_FRAME_ERROR);
        write_error(out, &failure);
    }
}
