// The loader's check. It reads the compiled chunk, not the source: what it saw is what will run.
//
// The layout is that of lua_dump in Lua 5.4 (ldump.c, lopcodes.h of the release): header, then functions nested in
// functions, each with code, constants, upvalues, and lines.
#include "engine.h"
#include <stdio.h>

enum { OP_LOADF = 2, OP_LOADK = 3, OP_LFALSESKIP = 6, OP_GETUPVAL = 9, OP_SETUPVAL = 10, OP_GETTABLE = 12, OP_GETFIELD = 14,
       OP_SETTABUP = 15, OP_SETTABLE = 16, OP_SETFIELD = 18, OP_POWK = 26, OP_DIVK = 27,
       OP_POW = 38, OP_DIV = 39, OP_BAND = 41, OP_BXOR = 43, OP_TBC = 55, OP_JMP = 56, OP_VARARGPREP = 81 };
/// Constants that an instruction can name; beyond them the operands take another way.
enum { NAMED_CONSTANTS = 255 };
enum { CONSTANT_INTEGER = 0x03, CONSTANT_SHORT = 0x04, CONSTANT_FLOAT = 0x13, CONSTANT_LONG = 0x14 };

typedef struct {
    const uint8_t *at;
    size_t length;
} Span;

typedef struct Proto {
    const struct Proto *parent;
    const uint8_t *code, *upvalues, *lines;
    uint32_t code_count, upvalue_count, line_count, defined;
    Span *constants;
    uint32_t constant_count;
    Reader absolute; // pairs of pc and line
    uint32_t absolute_count;
} Proto;

typedef struct {
    Reader r;
    int is_chunk, forced, failed;
    uint32_t faults;
    const Proto *examined, *refused_in;
    Failure *failure;
    const Program *marked; // its lines are marked; or NULL
} Scan;

static uint64_t read_size(Reader *r) { // seven bits a byte, most significant first, the last one marked
    uint64_t v = 0;
    for (int i = 0; i < 10 && !r->bad; i++) {
        uint8_t b = read_u8(r);
        v = v << 7 | (b & 0x7f);
        if (b & 0x80) return v;
    }
    r->bad = 1;
    return 0;
}

static Span read_string(Reader *r) {
    uint64_t size = read_size(r);
    if (size == 0) return (Span){NULL, 0};
    const uint8_t *at = read_bytes(r, size - 1);
    return (Span){at, at ? (size_t)size - 1 : 0};
}

static uint32_t line_of(const Proto *p, uint32_t pc) {
    uint32_t line = p->defined;
    Reader absolute = p->absolute;
    for (uint32_t i = 0; i <= pc && i < p->line_count; i++) {
        int8_t delta = (int8_t)p->lines[i];
        if (delta == -0x80) {
            read_size(&absolute);
            line = (uint32_t)read_size(&absolute);
        } else {
            line += (uint32_t)(int32_t)delta;
        }
    }
    return line;
}

/// Where an upvalue lives: 0 in a function inside the scanned one, 1 among the scanned one's locals, 2 outside of it.
static int home_of(const Proto *p, uint32_t index) {
    while (p->parent) {
        if (index >= p->upvalue_count) return 2;
        int in_stack = p->upvalues[index * 3];
        index = p->upvalues[index * 3 + 1];
        p = p->parent;
        if (in_stack) return p->parent ? 0 : 1;
    }
    return 2;
}

static void refuse(Scan *s, uint32_t line, const char *zh, const char *en, Span name) {
    s->refused_in = s->examined;
    if (s->failed && s->failure->line <= line) return; // the first line is named
    s->failed = 1;
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)(name.length < 60 ? name.length : 60), name.at ? (const char *)name.at : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    failure_set(s->failure, NIANGJIA_FAILURE_REFUSED, line, zh, en, text);
#pragma GCC diagnostic pop
}

/// Code that the linked Lua compiled to something else than what the author wrote (faults.c).
static void examine_faults(Scan *s, const Proto *p, uint32_t pc, uint32_t op) {
    Span none = {NULL, 0};
    if (op >= OP_BAND && op <= OP_BXOR && p->constant_count > NAMED_CONSTANTS && s->faults & NIANGJIA_FAULT_BITWISE)
        refuse(s, line_of(p, pc),
               "所链接的 Lua 在常量超过 255 个的函数中会算错位运算:请把位运算移到另一个函数%s",
               "the linked Lua miscompiles bitwise operations in a function with more than 255 constants: move this one to "
               "a function of its own%s", none);
    // A comparison as a value ends in a jump and two loads. Anything between them is what the fault puts there.
    if (op == OP_LFALSESKIP && (pc == 0 || (load_u32(p->code + (pc - 1) * 4) & 0x7f) != OP_JMP))
        refuse(s, line_of(p, pc), "所链接的 Lua 会把这个下标编译错:请先把比较的结果放进 local%s",
               "the linked Lua miscompiles this index: put the comparison into a local first%s", none);
}

static void refuse_global(Scan *s, const Proto *p, uint32_t pc, Span name) {
    refuse(s, line_of(p, pc), "不能写全局变量 %s:请加 local", "the global %s cannot be written: make it local", name);
}

/// The environment in a register: how Lua reaches a global whose name lies beyond the constants that an instruction can
/// name. The first instruction that uses it as a table tells whether it is read or written.
static void examine_environment(Scan *s, const Proto *p, uint32_t loaded, uint32_t at) {
    Span name = {NULL, 0};
    for (uint32_t pc = loaded + 1; pc < p->code_count; pc++) {
        uint32_t word = load_u32(p->code + pc * 4), op = word & 0x7f;
        if (op == OP_LOADK && !name.at && word >> 15 < p->constant_count) name = p->constants[word >> 15];
        if (op >= OP_GETTABLE && op <= OP_GETFIELD && (word >> 16 & 0xff) == at) return;
        if (op >= OP_SETTABLE && op <= OP_SETFIELD && (word >> 7 & 0xff) == at) return refuse_global(s, p, loaded, name);
    }
    refuse(s, line_of(p, loaded), "_ENV 不可用%s", "_ENV is not available%s", (Span){NULL, 0});
}

static void examine(Scan *s, const Proto *p, Span *upvalue_names, uint32_t name_count) {
    for (uint32_t pc = 0; pc < p->code_count; pc++) {
        uint32_t word = load_u32(p->code + pc * 4);
        uint32_t op = word & 0x7f, a = word >> 7 & 0xff, b = word >> 16 & 0xff;
        Span name = {NULL, 0};
        if (s->refused_in == p) return; // one is enough, and finding a line takes time
        examine_faults(s, p, pc, op);
        switch (op) {
        case OP_TBC:
            refuse(s, line_of(p, pc), "<close> 不可用:规则中没有需要关闭的东西%s",
                   "<close> is not available: a rule has nothing to close%s", name);
            break;
        case OP_POWK:
        case OP_POW:
            refuse(s, line_of(p, pc), "“^” 不可用:规则只用整数%s", "\"^\" is not available: rules use integers%s", name);
            break;
        case OP_DIVK:
        case OP_DIV:
            refuse(s, line_of(p, pc), "“/” 不可用:请用 “//” 或 money.rate%s",
                   "\"/\" is not available: use \"//\" or money.rate%s", name);
            break;
        case OP_LOADF:
            refuse(s, line_of(p, pc), "小数不可用:金额写成分,例如 money \"50.00\"%s",
                   "numbers with a fraction are not available: write money \"50.00\"%s", name);
            break;
        case OP_GETUPVAL:
            if (home_of(p, b) == 2 && s->is_chunk) examine_environment(s, p, pc, a);
            break;
        case OP_SETTABUP:
            if (!s->is_chunk || home_of(p, a) != 2) break;
            if (b < p->constant_count) name = p->constants[b];
            refuse_global(s, p, pc, name);
            break;
        case OP_SETUPVAL: {
            int home = home_of(p, b);
            if (s->forced || !(home == 2 || (home == 1 && s->is_chunk))) break;
            if (b < name_count) name = upvalue_names[b];
            refuse(s, line_of(p, pc), "函数不能改写外层变量 %s:一次裁定不能影响下一次",
                   "a function cannot write %s, which outlives the call: nothing is carried from one subject to the next", name);
            break;
        }
        default: break;
        }
    }
}

/// The line of the first instruction that loads a constant is better than the line of its function.
static uint32_t line_of_constant(const Proto *p, uint32_t constant) {
    for (uint32_t pc = 0; pc < p->code_count; pc++) {
        uint32_t word = load_u32(p->code + pc * 4), op = word & 0x7f;
        if (op == 3 && word >> 15 == constant) return line_of(p, pc);               // LOADK
        if (op >= 22 && op <= 28 && (word >> 24) == constant) return line_of(p, pc); // arithmetic with a constant
        if (op == 60 && (word >> 16 & 0xff) == constant) return line_of(p, pc);      // EQK
        if (op >= 15 && op <= 18 && (word >> 15 & 1) && (word >> 24) == constant) return line_of(p, pc); // stores
    }
    return p->defined ? p->defined : 1;
}

/// The last instruction of a function is the return that Lua adds behind its `end`: nobody wrote it.
static void mark_lines(const Proto *p, const Program *program) {
    uint32_t line = p->defined;
    Reader absolute = p->absolute;
    for (uint32_t pc = 0; pc + 1 < p->code_count && pc < p->line_count; pc++) {
        uint32_t op = load_u32(p->code + pc * 4) & 0x7f;
        int8_t delta = (int8_t)p->lines[pc];
        if (delta == -0x80) {
            read_size(&absolute);
            line = (uint32_t)read_size(&absolute);
        } else {
            line += (uint32_t)(int32_t)delta;
        }
        // No hook sees a function of many arguments begin.
        if (op != OP_VARARGPREP && line < program->line_count) program->lines[line] |= LINE_CODE;
    }
}

static void scan_function(Scan *s, const Proto *parent, int depth) {
    Reader *r = &s->r;
    Proto p = {.parent = parent};
    uint32_t float_constant = 0;
    int has_float = 0;
    read_string(r);
    p.defined = (uint32_t)read_size(r);
    read_size(r);
    read_bytes(r, 3);
    p.code_count = (uint32_t)read_size(r);
    p.code = read_bytes(r, (uint64_t)p.code_count * 4);
    p.constant_count = (uint32_t)read_size(r);
    if (r->bad || depth > 250 || p.constant_count > (size_t)(r->end - r->at)) {
        r->bad = 1;
        return;
    }
    p.constants = calloc(p.constant_count + 1, sizeof(Span));
    if (!p.constants) out_of_memory();
    for (uint32_t i = 0; i < p.constant_count; i++) {
        uint8_t type = read_u8(r);
        if (type == CONSTANT_SHORT || type == CONSTANT_LONG) {
            p.constants[i] = read_string(r);
        } else if (type == CONSTANT_FLOAT || type == CONSTANT_INTEGER) {
            read_bytes(r, 8);
            if (type == CONSTANT_FLOAT && !has_float) {
                has_float = 1;
                float_constant = i;
            }
        }
    }
    p.upvalue_count = (uint32_t)read_size(r);
    p.upvalues = read_bytes(r, (uint64_t)p.upvalue_count * 3);
    uint32_t children = (uint32_t)read_size(r);
    for (uint32_t i = 0; i < children && !r->bad; i++) scan_function(s, &p, depth + 1);
    p.line_count = (uint32_t)read_size(r);
    p.lines = read_bytes(r, p.line_count);
    p.absolute_count = (uint32_t)read_size(r);
    p.absolute = *r;
    for (uint32_t i = 0; i < p.absolute_count && !r->bad; i++) {
        read_size(r);
        read_size(r);
    }
    uint32_t locals = (uint32_t)read_size(r);
    for (uint32_t i = 0; i < locals && !r->bad; i++) {
        Span name = read_string(r);
        uint32_t start = (uint32_t)read_size(r);
        read_size(r);
        if (name.length == 4 && !memcmp(name.at, "_ENV", 4))
            refuse(s, line_of(&p, start), "_ENV 不可用%s", "_ENV is not available%s", (Span){NULL, 0});
    }
    uint32_t name_count = (uint32_t)read_size(r);
    Span names[256];
    for (uint32_t i = 0; i < name_count && !r->bad; i++) {
        Span name = read_string(r);
        if (i < 256) names[i] = name;
    }
    if (!r->bad && s->marked) mark_lines(&p, s->marked);
    if (!r->bad) {
        s->examined = &p;
        if (has_float)
            refuse(s, line_of_constant(&p, float_constant), "小数不可用:金额写成分,例如 money \"50.00\"%s",
                   "numbers with a fraction are not available: write money \"50.00\"%s", (Span){NULL, 0});
        examine(s, &p, names, name_count < 256 ? name_count : 256);
    }
    s->examined = s->refused_in = NULL; // the parent's life goes on
    free(p.constants);
}

static int scan_bytecode(const uint8_t *bytes, size_t length, int is_chunk, int forced, const Program *marked, Failure *failure) {
    Scan s = {.r = {bytes, bytes + length, 0}, .is_chunk = is_chunk, .forced = forced,
              .faults = niangjia_engine_faults(), .failure = failure, .marked = marked};
    const uint8_t *header = read_bytes(&s.r, 15);
    int known = header && !memcmp(header, "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08", 15);
    read_bytes(&s.r, 17); // an integer, a float, the count of upvalues
    if (known) scan_function(&s, NULL, 0);
    if (!known || s.r.bad || s.r.at != s.r.end) {
        failure_set(failure, NIANGJIA_FAILURE_REFUSED, 0, "引擎不认识所链接的 Lua 的字节码",
                    "the engine does not understand the bytecode of the linked Lua");
        return -1;
    }
    return s.failed ? -1 : 0;
}

int check_bytecode(const uint8_t *bytes, size_t length, int is_chunk, int forced, Failure *failure) {
    return scan_bytecode(bytes, length, is_chunk, forced, NULL, failure);
}

static int is_name_byte(int c) {
    return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static int write_dump(lua_State *L, const void *p, size_t n, void *out) {
    (void)L;
    put_bytes(out, p, n);
    return 0;
}

/// Checks the Lua function on top of the stack; `looked` gets the bytes that were looked at.
int check_function(lua_State *L, int is_chunk, int forced, Failure *failure, size_t *looked) {
    Buffer dump = {0};
    lua_dump(L, write_dump, &dump, 0);
    int result = check_bytecode(dump.data, dump.length, is_chunk, forced, failure);
    *looked = dump.length;
    free(dump.data);
    return result;
}

void mark_code_lines(lua_State *L, const Program *program) {
    Buffer dump = {0};
    Failure ignored = {0};
    lua_dump(L, write_dump, &dump, 0);
    scan_bytecode(dump.data, dump.length, 1, 1, program, &ignored);
    free(dump.data);
}

static int sample_verdict(lua_State *L, const char *source) {
    Failure failure = {0};
    if (luaL_loadbufferx(L, source, strlen(source), "=sample", "t") != LUA_OK) return -1;
    size_t looked;
    int refused = check_function(L, 1, 0, &failure, &looked);
    lua_settop(L, 0);
    return refused ? (int)failure.line : 0;
}

/// A name of the environment as the author would write it, anywhere in the source: as a constant it is miscompiled.
uint32_t find_environment_name(const uint8_t *source, size_t length) {
    uint32_t line = 1;
    for (size_t i = 0; i < length; i++) {
        if (source[i] == '\n') line++;
        if (source[i] != '_' || length - i < 4 || memcmp(source + i, "_ENV", 4)) continue;
        int before = i ? source[i - 1] : ' ', after = length - i > 4 ? source[i + 4] : ' ';
        if (!is_name_byte(before) && !is_name_byte(after)) return line;
    }
    return 0;
}

int check_linked_lua(void) {
    static const struct {
        const char *source;
        int line;
    } samples[] = {
        {"local t = {}\nfunction t.f(x) local n = 0; local function g() n = n + x // 2 end; g() return n end", 0},
        {"local n = 0\nlocal function f()\nn = n + 1 end", 3},
        {"x = 1", 1},
        {"local a, b = ...\nreturn a / b", 2},
        {"local a = ...\n\nreturn a ^ 2", 3},
        {"local a = ...\nreturn a * 1.5", 2},
        {"return\n2.0", 2},
        {"local e = _ENV", 1},
        {"return function(_ENV) return x end", 1},
        {"local a = ...\nlocal x <close> = a", 2},
        {"local a, t = ...\nlocal u = {a < 1, not a, a == t and a <= 2, a > 3 or t[a >= 4]}\nreturn u", 0},
    };
    lua_State *L = luaL_newstate();
    if (!L) return -1;
    int wrong = 0;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        wrong |= sample_verdict(L, samples[i].source) != samples[i].line;
    lua_close(L);
    return wrong ? -1 : 0;
}
