// The life of a worker process: confine, then read a frame, answer it, read the next.
#include "engine.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HEADER = 5, FIRST_CAPACITY = 64 << 10, DEFAULT_LOAD_MS = 5000 };

/// A frame as it came: its length in four bytes, its type, its body.
typedef struct {
    uint8_t *bytes;
    size_t capacity;
    uint32_t length; // of the body
} Frame;

/// Waits for a frame; one read where it is short. Nothing may follow it: the host asks for one thing at a time.
static void read_frame(Frame *f) {
    size_t have = 0, whole = HEADER;
    while (have < whole) {
        if (f->capacity < whole) {
            f->capacity = whole < FIRST_CAPACITY ? FIRST_CAPACITY : whole;
            f->bytes = realloc(f->bytes, f->capacity);
            if (!f->bytes) out_of_memory();
        }
        ssize_t n = read(0, f->bytes + have, f->capacity - have);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(NIANGJIA_EXIT_DONE);
        have += (size_t)n;
        if (have < HEADER) continue;
        uint32_t length = load_u32(f->bytes);
        if (length < 1 || length > NIANGJIA_FRAME_MAX) _exit(NIANGJIA_EXIT_PROTOCOL);
        whole = 4 + (size_t)length;
        f->length = length - 1;
    }
    if (have > whole) _exit(NIANGJIA_EXIT_PROTOCOL);
}

static void write_all(const uint8_t *bytes, size_t count) {
    while (count) {
        ssize_t n = write(0, bytes, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(NIANGJIA_EXIT_DONE);
        bytes += n;
        count -= (size_t)n;
    }
}

/// One write where the frame is short: a header alone would wake the host for nothing.
static void write_frame(uint8_t type, const Buffer *body) {
    static uint8_t whole[FIRST_CAPACITY];
    uint32_t length = (uint32_t)body->length + 1;
    memcpy(whole, &length, 4);
    whole[4] = type;
    size_t together = body->length < sizeof whole - HEADER ? body->length : 0;
    if (together) memcpy(whole + HEADER, body->data, together);
    write_all(whole, HEADER + together);
    if (body->length > together) write_all(body->data + together, body->length - together);
}

/// The worker's own clock: a loop outlives its closed socket, and SIGALRM ends it.
static void arm(uint32_t milliseconds) {
    struct itimerval timer = {.it_value = {milliseconds / 1000, (suseconds_t)(milliseconds % 1000) * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static int32_t *read_days(Reader *r, uint32_t *count) {
    *count = read_u32(r);
    const uint8_t *p = read_bytes(r, (uint64_t)*count * 4);
    if (!p) return NULL;
    int32_t *days = malloc(*count ? *count * 4u : 4u);
    if (!days) out_of_memory();
    memcpy(days, p, (size_t)*count * 4);
    for (uint32_t i = 1; i < *count; i++)
        if (days[i] <= days[i - 1]) r->bad = 1;
    return days;
}

static Program *parse_load(Reader *r) {
    Program *p = calloc(1, sizeof *p);
    if (!p) out_of_memory();
    if (read_u8(r) != NIANGJIA_WIRE_VERSION) return NULL;
    uint8_t flags = read_u8(r);
    p->forced = flags & NIANGJIA_LOAD_FORCED;
    uint8_t length = read_u8(r);
    const uint8_t *name = read_bytes(r, length);
    p->source_length = read_u32(r);
    const uint8_t *source = read_bytes(r, p->source_length);
    p->limits = (Limits){.row_instructions = read_u64(r), .load_instructions = read_u64(r), .memory_bytes = read_u64(r)};
    p->limits.output_bytes = read_u32(r);
    p->limits.output_nodes = read_u32(r);
    p->limits.output_depth = read_u32(r);
    p->limits.call_ms = read_u32(r);
    p->calendar_from = (int32_t)read_u32(r);
    p->calendar_to = (int32_t)read_u32(r);
    p->holidays = read_days(r, &p->holiday_count);
    p->make_up_days = read_days(r, &p->make_up_count);
    if (r->bad || r->at != r->end || length > 64 || p->limits.output_depth > 64) return NULL;
    p->name = strndup((const char *)name, length);
    p->source = malloc(p->source_length + 1);
    if (!p->name || !p->source) out_of_memory();
    memcpy(p->source, source, p->source_length);
    if (flags & NIANGJIA_LOAD_COVERAGE) {
        p->line_count = 2;
        for (size_t i = 0; i < p->source_length; i++) p->line_count += p->source[i] == '\n';
        p->lines = calloc(p->line_count, 1);
        if (!p->lines) out_of_memory();
    }
    return p;
}

static int write_names(lua_State *L) {
    Engine *e = engine_of(L);
    Buffer *out = &e->scratch;
    out->length = 0;
    put_u16(out, (uint16_t)e->function_count);
    lua_rawgeti(L, LUA_REGISTRYINDEX, e->functions);
    for (int i = 1; i <= e->function_count; i++) {
        lua_rawgeti(L, -1, i);
        size_t n;
        const char *s = lua_tolstring(L, -1, &n);
        if (n > 120) fail(L, "函数名太长", "the name of a function is too long");
        put_u8(out, (uint8_t)n);
        put_bytes(out, s, n);
        lua_pop(L, 1);
    }
    return 0;
}

static void answer_load(Reader *r, Program **program, Engine **engine, Buffer *out, uint8_t *type) {
    Failure failure = {0};
    *type = NIANGJIA_FRAME_ERROR;
    if (*program || !(*program = parse_load(r))) _exit(NIANGJIA_EXIT_PROTOCOL); // bound to one version for life
    *engine = engine_open(*program, &failure);
    uint64_t spent = *engine ? (*engine)->spent : 0;
    if (*engine && engine_run(*engine, write_names, 0)) {
        failure = (*engine)->failure;
        engine_close(*engine);
        *engine = NULL;
    }
    if (!*engine) {
        write_error(out, &failure);
        return;
    }
    *type = NIANGJIA_FRAME_LOADED;
    put_bytes(out, (*engine)->scratch.data, (*engine)->scratch.length);
    put_u64(out, spent);
    put_u64(out, (*engine)->peak);
}

/// A question of an action: one frame out, one frame in, nothing else meanwhile.
static void ask_host(const Buffer *question, Buffer *answer) {
    static Frame told;
    write_frame(NIANGJIA_FRAME_ASK, question);
    read_frame(&told);
    if (told.length < 1 || told.bytes[4] != NIANGJIA_FRAME_TELL) _exit(NIANGJIA_EXIT_PROTOCOL);
    put_bytes(answer, told.bytes + HEADER, told.length);
}

static void serve(niangjia_progress *progress) {
    Program *program = NULL;
    Engine *engine = NULL;
    Frame frame = {0};
    Buffer out = {0};
    for (;;) {
        read_frame(&frame);
        uint8_t asked = frame.bytes[4];
        Reader r = {frame.bytes + HEADER, frame.bytes + HEADER + frame.length, 0};
        uint8_t type = 0;
        out.length = 0;
        arm(program ? program->limits.call_ms : DEFAULT_LOAD_MS);
        progress->row = 0;
        progress->calls++;
        progress->busy = 1;
        if (asked == NIANGJIA_FRAME_LOAD) {
            answer_load(&r, &program, &engine, &out, &type);
        } else if ((asked == NIANGJIA_FRAME_CALL || asked == NIANGJIA_FRAME_ACT) && program) {
            if (asked == NIANGJIA_FRAME_ACT)
                act_call(program, &engine, &r, ask_host, &out);
            else
                judge_call(program, &engine, &r, progress, &out);
            type = out.data[0];
            out.length--;
            memmove(out.data, out.data + 1, out.length);
        } else {
            _exit(NIANGJIA_EXIT_PROTOCOL);
        }
        progress->busy = 0;
        arm(0);
        if (out.length + 1 > NIANGJIA_FRAME_MAX) _exit(NIANGJIA_EXIT_PROTOCOL);
        write_frame(type, &out);
        if (!engine) continue;
        // The host has its answer: now is the time for the state that proves the next one.
        arm(DEFAULT_LOAD_MS);
        engine_prepare(program);
        arm(0);
    }
}

static int set_limit(int resource, rlim_t value) {
    struct rlimit limit = {value, value};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

/// What the process maps already, so that the limit leaves room for frames and scripts only.
static rlim_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%lu", &pages) != 1) pages = 0;
        fclose(f);
    }
    return (rlim_t)(pages ? pages : 65536) * (rlim_t)sysconf(_SC_PAGESIZE);
}

static int confine(void) {
    int failed = prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    failed |= set_limit(RLIMIT_AS, mapped_bytes() + (rlim_t)6 * NIANGJIA_FRAME_MAX + ((rlim_t)512 << 20));
    failed |= set_limit(RLIMIT_CORE, 0) || set_limit(RLIMIT_FSIZE, 0);
    failed |= set_limit(RLIMIT_CPU, 3600);
    if (geteuid() == 0) failed |= setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
    // After the change of user: a limit on processes counts those of the user it applies to.
    failed |= set_limit(RLIMIT_NPROC, 0) || set_limit(RLIMIT_NOFILE, 1);
    return failed ? -1 : 0;
}

static struct scmp_arg_cmp argument(unsigned number, enum scmp_compare how, uint64_t a, uint64_t b) {
    return (struct scmp_arg_cmp){number, how, a, b};
}

/// Reading and writing the one socket, memory without execution, the timer, the end. Anything else kills.
static int filter(void) {
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!context) return -1;
    struct scmp_arg_cmp socket_only = argument(0, SCMP_CMP_EQ, 0, 0);
    struct scmp_arg_cmp not_executable = argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    struct scmp_arg_cmp anonymous = argument(3, SCMP_CMP_EQ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
    int failed = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(read), 1, socket_only) ||
                 seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, socket_only) ||
                 seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, not_executable, anonymous);
    static const int plain[] = {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(setitimer),
                                SCMP_SYS(rt_sigreturn), SCMP_SYS(exit_group)};
    for (size_t i = 0; i < sizeof plain / sizeof *plain && !failed; i++)
        failed = seccomp_rule_add(context, SCMP_ACT_ALLOW, plain[i], 0);
    // Lua seeds its hashes from the clock; where the kernel maps none into the process, that is a call.
    failed = failed || seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clock_gettime), 0) ||
             seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(time), 0);
    failed = failed || seccomp_load(context);
    seccomp_release(context);
    return failed ? -1 : 0;
}

static void say(const char *text) {
    Failure failure = {0};
    Buffer out = {0};
    failure_set(&failure, NIANGJIA_FAILURE_CRASHED, 0, "%s", "%s", text);
    write_error(&out, &failure);
    write_frame(NIANGJIA_FRAME_ERROR, &out);
    free(out.data);
}

int niangjia_worker_confine(void) {
    if (confine()) return NIANGJIA_EXIT_CONFINE;
    free(malloc(1)); // the allocator asks for its randomness now, not under the filter
    return filter() ? NIANGJIA_EXIT_SECCOMP : 0;
}

int niangjia_worker_main(int argc, char **argv) {
    int unconfined_allowed = argc > 2 && !strcmp(argv[2], NIANGJIA_UNCONFINED_FLAG);
    niangjia_progress *progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 1, 0);
    if (progress == MAP_FAILED) return NIANGJIA_EXIT_PROTOCOL;
    close(1);
    for (int signal_number = 1; signal_number < 32; signal_number++) signal(signal_number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close_range(1, ~0u, 0);
    if (check_linked_lua()) {
        say("the linked Lua is not one that this engine understands");
        return NIANGJIA_EXIT_LUA;
    }
    int confined = niangjia_worker_confine();
    if (confined == NIANGJIA_EXIT_CONFINE) {
        say("the worker could not be confined (limits, user)");
        return confined;
    }
    if (confined == NIANGJIA_EXIT_SECCOMP && !unconfined_allowed) {
        say("seccomp is not available: plugins are not started");
        return confined;
    }
    Buffer out = {0};
    put_u8(&out, NIANGJIA_WIRE_VERSION);
    put_u8(&out, confined == 0);
    const char *identity = niangjia_engine_identity();
    put_u8(&out, (uint8_t)strlen(identity));
    put_bytes(&out, identity, strlen(identity));
    write_frame(NIANGJIA_FRAME_READY, &out);
    free(out.data);
    serve(progress);
    return NIANGJIA_EXIT_DONE;
}
