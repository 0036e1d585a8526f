// One ACT: a function that asks the host while it runs, says what should be done, and answers.
//
// Questions go out as frames and are answered before the function goes on; they don't nest. What should be done is only
// noted, with the author's line: the host does it afterwards, all of it or nothing. Both are written in a transcript, so
// that a state that has seen nothing else can be put through the same action.
#include "answer.h"

enum { QUESTION_COST = 200, MOST_ARGUMENTS = 4, MOST_PROPOSED_BYTES = 1 << 20 };

struct Action {
    HostAsk ask;
    uint32_t calls, call_limit, proposed, proposal_limit;
    Buffer question, answer, proposals;
    Buffer transcript; // u32 n + question, u32 n + answer, and so on
    size_t replayed;   // how much of it has been told again
    int replays, differs;
    const char *function;
    const uint8_t *values[3]; // input, settings, context
    uint32_t lengths[3];
};

/// The action that the state is in; an error where it judges.
static Action *action_of(lua_State *L, const char *name) {
    Action *a = engine_of(L)->action;
    if (!a) fail(L, "%s 只能在动作(program.action)里用", "%s is for actions (program.action) only", name);
    return a;
}

static void encode_arguments(lua_State *L, const char *name, Buffer *out) {
    int count = lua_gettop(L);
    if (count > MOST_ARGUMENTS)
        fail(L, "%s 的参数太多(最多 %d 个)", "%s was given too many arguments (%d at most)", name, MOST_ARGUMENTS);
    put_u8(out, NIANGJIA_VALUE_LIST);
    put_varint(out, (uint64_t)count);
    for (int i = 1; i <= count; i++) encode_value(L, i, out, name);
}

static void put_part(Buffer *out, const Buffer *part) {
    put_u32(out, (uint32_t)part->length);
    put_bytes(out, part->data, part->length);
}

/// The next part of the transcript, or an empty one when there is none left.
static Reader next_part(Action *a) {
    const uint8_t *at = a->transcript.data + a->replayed;
    size_t rest = a->transcript.length - a->replayed;
    uint32_t n = rest >= 4 ? load_u32(at) : 0;
    if (rest < 4 || rest - 4 < n) return (Reader){NULL, NULL, 1};
    a->replayed += 4 + n;
    return (Reader){at + 4, at + 4 + n, 0};
}

/// The host's answer to the question, or what it was told the first time.
static Reader exchange(lua_State *L, Action *a) {
    if (a->replays) {
        Reader asked = next_part(a);
        size_t n = asked.bad ? 0 : (size_t)(asked.end - asked.at);
        if (asked.bad || n != a->question.length || memcmp(asked.at, a->question.data, n)) {
            a->differs = 1;
            fail(L, "两次执行问的不同", "the action asked something else the second time");
        }
        return next_part(a);
    }
    put_part(&a->transcript, &a->question);
    a->answer.length = 0;
    a->ask(&a->question, &a->answer);
    put_part(&a->transcript, &a->answer);
    return (Reader){a->answer.data, a->answer.data + a->answer.length, 0};
}

/// Asks the host and pushes what it says. A refusal is an error at the author's line, in the host's words.
static int ask(lua_State *L, const char *name) {
    Engine *e = engine_of(L);
    Action *a = action_of(L, name);
    if (a->calls >= a->call_limit) {
        if (!e->tripped) e->tripped = NIANGJIA_FAILURE_CALLS;
        fail(L, "向宿主查询的次数用完", "the budget of host calls is used up");
    }
    a->calls++;
    charge(L, QUESTION_COST);
    a->question.length = 0;
    put_u8(&a->question, (uint8_t)strlen(name));
    put_bytes(&a->question, name, strlen(name));
    encode_arguments(L, name, &a->question);
    charge(L, a->question.length / 16);
    Reader r = exchange(L, a);
    charge(L, (uint64_t)(r.end - r.at) / 16);
    if (read_u8(&r) == 1) {
        luaL_where(L, 1);
        lua_pushlstring(L, (const char *)r.at, (size_t)(r.end - r.at));
        lua_concat(L, 2);
        return lua_error(L);
    }
    push_value(L, &r, 2, name);
    if (r.bad || r.at != r.end) return fail(L, "宿主的答复损坏", "the host's answer is malformed");
    return 1;
}

/// Notes what should be done, with the author's line.
static int propose(lua_State *L, const char *name) {
    Action *a = action_of(L, name);
    if (a->proposed >= a->proposal_limit)
        fail(L, "一次动作最多提出 %d 项", "an action may propose %d things at most", (int)a->proposal_limit);
    a->proposed++;
    size_t start = a->proposals.length;
    lua_Debug ar;
    int line = lua_getstack(L, 1, &ar) && lua_getinfo(L, "l", &ar) && ar.currentline > 0 ? ar.currentline : 0;
    put_u8(&a->proposals, NIANGJIA_VALUE_LIST);
    put_varint(&a->proposals, 3);
    put_u8(&a->proposals, NIANGJIA_VALUE_TEXT);
    put_varint(&a->proposals, strlen(name));
    put_bytes(&a->proposals, name, strlen(name));
    put_u8(&a->proposals, NIANGJIA_VALUE_INTEGER);
    put_zigzag(&a->proposals, line);
    encode_arguments(L, name, &a->proposals);
    charge(L, QUESTION_COST + (a->proposals.length - start) / 16);
    if (a->proposals.length > MOST_PROPOSED_BYTES)
        fail(L, "一次动作提出的内容太多", "an action proposes too much");
    return 0;
}

#define QUESTION(c_name, lua_name) \
    static int c_name(lua_State *L) { return ask(L, lua_name); }
#define PROPOSAL(c_name, lua_name) \
    static int c_name(lua_State *L) { return propose(L, lua_name); }

QUESTION(record_get, "record.get")
QUESTION(record_list, "record.list")
QUESTION(case_get, "case.get")
QUESTION(case_list, "case.list")
QUESTION(member_get, "member.get")
QUESTION(member_find, "member.find")
QUESTION(member_memberships, "member.memberships")
QUESTION(station_get, "station.get")
QUESTION(station_near, "station.near")
QUESTION(station_is_open, "station.is_open")
QUESTION(station_visits, "station.visits")
QUESTION(fund_available, "fund.available")
QUESTION(fund_spent, "fund.spent")
QUESTION(fund_line, "fund.line")
PROPOSAL(record_put, "record.put")
PROPOSAL(record_remove, "record.remove")
PROPOSAL(case_open, "case.open")
PROPOSAL(case_move, "case.move")
PROPOSAL(case_revoke, "case.revoke")
PROPOSAL(notify_send, "notify.send")

void open_actions(lua_State *L, int environment) {
    static const luaL_Reg records[] = {
        {"get", record_get}, {"list", record_list}, {"put", record_put}, {"remove", record_remove}, {NULL, NULL}};
    static const luaL_Reg cases[] = {{"get", case_get},   {"list", case_list},     {"open", case_open},
                                     {"move", case_move}, {"revoke", case_revoke}, {NULL, NULL}};
    static const luaL_Reg members[] = {
        {"get", member_get}, {"find", member_find}, {"memberships", member_memberships}, {NULL, NULL}};
    static const luaL_Reg stations[] = {{"get", station_get},
                                        {"near", station_near},
                                        {"is_open", station_is_open},
                                        {"visits", station_visits},
                                        {NULL, NULL}};
    static const luaL_Reg funds[] = {
        {"available", fund_available}, {"spent", fund_spent}, {"line", fund_line}, {NULL, NULL}};
    static const luaL_Reg notices[] = {{"send", notify_send}, {NULL, NULL}};
    add_library(L, environment, "record", records);
    add_library(L, environment, "case", cases);
    add_library(L, environment, "member", members);
    add_library(L, environment, "station", stations);
    add_library(L, environment, "fund", funds);
    add_library(L, environment, "notify", notices);
}

static int action_body(lua_State *L) {
    Action *a = lua_touserdata(L, 1);
    Engine *e = engine_of(L);
    static const char *const names[] = {"input", "settings", "context"};
    lua_settop(L, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, e->functions);
    lua_getfield(L, 1, a->function);
    if (lua_type(L, 2) != LUA_TFUNCTION) {
        failure_set(&e->failure, NIANGJIA_FAILURE_FUNCTION, 0, "脚本中没有 program.%s", "the script has no program.%s",
                    a->function);
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        Reader r = {a->values[i], a->values[i] + a->lengths[i], 0};
        push_value(L, &r, i == 1 ? 1 : 2, names[i]);
        if (r.bad || r.at != r.end) fail(L, "宿主送来的内容损坏", "what the host sent is malformed");
    }
    lua_call(L, 3, 1);
    return 1;
}

static void check_answer(Engine *e, const Action *a, const Decision **decision) {
    lua_State *L = e->L;
    const Decision *d = lua_touserdata(L, -1);
    if (lua_type(L, -1) == LUA_TUSERDATA && d->tag == TAG_DECISION &&
        (d->kind == NIANGJIA_VERDICT_ANSWER || d->kind == NIANGJIA_VERDICT_FAIL)) {
        *decision = d;
        return;
    }
    failure_set(&e->failure, NIANGJIA_FAILURE_OUTPUT, 0, "program.%s 应返回 answer{…} 或 fail(…),得到的是 %s",
                "program.%s must return answer{…} or fail(…), got %s", a->function, value_name(L, -1));
}

/// Runs the action in a state. What came of it is in the outcome: its answer or parameters, or why it failed.
static void run_action(Engine *e, Action *a, Outcome *o) {
    lua_State *L = e->L;
    o->amount = 0;
    o->code.length = o->params.length = o->options.length = 0;
    a->calls = a->proposed = 0;
    a->proposals.length = 0;
    engine_begin(e, e->program->limits.row_instructions);
    e->action = a;
    lua_settop(L, 0);
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, action_body);
    lua_pushlightuserdata(L, a);
    int status = lua_pcall(L, 1, 1, 1);
    e->action = NULL;
    o->instructions = e->spent > UINT32_MAX ? UINT32_MAX : (uint32_t)e->spent;
    call_ended(e, status);
    const Decision *d = NULL;
    if (!e->failure.kind) check_answer(e, a, &d);
    if (d) {
        o->kind = d->kind;
        put_bytes(&o->code, d->bytes, d->code_length);
        put_bytes(&o->params, d->bytes + d->code_length, d->params_length);
        if (d->kind == NIANGJIA_VERDICT_FAIL) a->proposals.length = a->proposed = 0;
    } else {
        outcome_fail(o, &e->failure);
        a->proposals.length = a->proposed = 0;
    }
    lua_settop(L, 0);
}

static int same(const Buffer *a, const Buffer *b) {
    return a->length == b->length && (a->length == 0 || !memcmp(a->data, b->data, a->length));
}

/// Puts a fresh state through the same action: 1 when anything comes out differently.
static int differs_when_fresh(const Program *program, const Action *first, const Outcome *outcome) {
    Failure failure = {0};
    Engine *fresh = engine_fresh(program, &failure);
    if (!fresh) return 1;
    Action again = *first;
    again.replays = 1;
    again.replayed = 0;
    again.question = again.answer = again.proposals = (Buffer){0};
    Outcome o = {0};
    run_action(fresh, &again, &o);
    int differs = again.differs || again.replayed != first->transcript.length || o.kind != outcome->kind ||
                  o.instructions != outcome->instructions || !same(&o.code, &outcome->code) ||
                  !same(&o.params, &outcome->params) || !same(&again.proposals, &first->proposals);
    engine_retire(fresh);
    free(again.question.data);
    free(again.proposals.data);
    outcome_close(&o);
    return differs;
}

static int parse(Action *a, Reader *r, char function[128]) {
    if (read_u8(r) != NIANGJIA_WIRE_VERSION) return -1;
    uint8_t n = read_u8(r);
    const uint8_t *name = read_bytes(r, n);
    if (!name || n == 0 || n > 127) return -1;
    memcpy(function, name, n);
    function[n] = 0;
    a->function = function;
    a->call_limit = read_u16(r);
    a->proposal_limit = read_u16(r);
    for (int i = 0; i < 3; i++) {
        a->lengths[i] = read_u32(r);
        a->values[i] = read_bytes(r, a->lengths[i]);
    }
    return r->bad || r->at != r->end ? -1 : 0;
}

static void write_outcome(const Action *a, const Outcome *o, Buffer *out) {
    put_u8(out, NIANGJIA_FRAME_DONE);
    put_u8(out, o->kind);
    put_part(out, &o->code);
    put_part(out, &o->params);
    put_u16(out, (uint16_t)a->proposed);
    put_bytes(out, a->proposals.data, a->proposals.length);
}

/// Answers one ACT. `out` gets a type and the body of a DONE, or of an ERROR when the action couldn't be begun.
void act_call(const Program *program, Engine **engine, Reader *request, HostAsk host, Buffer *out) {
    Failure failure = {0};
    Action a = {.ask = host};
    Outcome o = {0};
    char function[128];
    if (parse(&a, request, function)) {
        failure_set(&failure, NIANGJIA_FAILURE_REQUEST, 0, "宿主送来的动作无效", "the host's action is malformed");
    } else if (*engine || (*engine = engine_open(program, &failure))) {
        (*engine)->peak = (*engine)->used;
        run_action(*engine, &a, &o);
        int ended = (*engine)->tripped || (*engine)->failure.kind == NIANGJIA_FAILURE_MEMORY;
        int differs = o.kind != NIANGJIA_VERDICT_FAILED && differs_when_fresh(program, &a, &o);
        size_t peak = (*engine)->peak;
        write_outcome(&a, &o, out);
        put_u64(out, o.instructions);
        put_u64(out, peak);
        put_u16(out, (uint16_t)a.calls);
        put_u8(out, (uint8_t)differs);
        put_u32(out, program->line_count);
        put_bytes(out, program->lines, program->line_count);
        if (ended) { // a state that met its limit is not trusted again
            engine_close(*engine);
            *engine = NULL;
        }
    }
    if (failure.kind) {
        put_u8(out, NIANGJIA_FRAME_ERROR);
        write_error(out, &failure);
    }
    outcome_close(&o);
    free(a.question.data);
    free(a.answer.data);
    free(a.proposals.data);
    free(a.transcript.data);
}
