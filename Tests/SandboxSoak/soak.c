// `soak scripts SEED COUNT LOGS` and `soak allocations LOGS FILE…`: forks children that judge, notes those that die.
//
// A child that dies is one finding, told with the top of its stack: in our C, or in liblua, whose own faults the worker's
// walls are for. The next child goes on behind it. The engine's allocator is compiled to call `failing_realloc`.
#include "soak.h"
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 66, CHUNK = 5000, SECONDS_EACH = 10, LISTED = 10 };

typedef struct {
    uint64_t at, loaded, refused, rows, decided, failed, different, memory, instructions, points, done;
} Shared;

static Shared *shared;
static uint64_t allocations, fail_from; // 0: none
static int fail_once;

void *failing_realloc(void *block, size_t size) {
    allocations++;
    if (fail_from && (fail_once ? allocations == fail_from : allocations >= fail_from)) return NULL;
    return realloc(block, size);
}

static void put_text16(Buffer *b, const char *text) {
    put_u16(b, (uint16_t)strlen(text));
    put_bytes(b, text, strlen(text));
}

static void put_column(Buffer *b, const char *path, uint8_t kind, uint8_t flags) {
    put_text16(b, path);
    put_u8(b, kind);
    put_u8(b, flags);
}

static void put_dictionary(Buffer *b, const void *entry, uint32_t length) {
    put_u32(b, 1);
    put_u32(b, length);
    put_bytes(b, entry, length);
    put_u8(b, 0);
}

/// A call of `assess.x` over every kind of column, in rows of three sorts; so many that ways to outcomes are kept, or only three.
/// One of each sort that comes late is judged again.
static void make_call(Buffer *b, uint32_t rows) {
    static const uint8_t settings[] = {6, 2, 4, 'l', 'i', 's', 't', 5, 2, 3, 2, 3, 4, 5, 'v', 'a', 'l', 'u', 'e', 3, 0x90, 0x4e};
    static const uint8_t document[] = {5, 1, 6, 2, 3, 'a', 'g', 'e', 3, 14, 4, 'n', 'a', 'm', 'e', 4, 1, 'a'};
    put_u16(b, 1);
    put_u32(b, rows > 3 ? 22 : 0);
    put_u16(b, 0);
    put_u16(b, 0);
    put_u8(b, NIANGJIA_WIRE_VERSION);
    put_u8(b, 8);
    put_bytes(b, "assess.x", 8);
    put_u32(b, rows);
    put_u16(b, 1);
    put_u32(b, sizeof settings);
    put_bytes(b, settings, sizeof settings);
    put_u8(b, 0);
    put_u16(b, 6);
    put_column(b, "facts.n", NIANGJIA_COLUMN_INTEGER, 0);
    put_u64(b, 0);
    put_u8(b, 1);
    for (uint32_t row = 0; row < rows; row++) put_u8(b, (uint8_t)(row % 3));
    put_column(b, "facts.subject.name", NIANGJIA_COLUMN_TEXT, 0);
    put_dictionary(b, "王小明", 9);
    put_column(b, "facts.proof", NIANGJIA_COLUMN_OPAQUE, 0);
    put_dictionary(b, "file-1", 6);
    put_column(b, "facts.rows", NIANGJIA_COLUMN_DOCUMENT, NIANGJIA_FLAG_STRICT);
    put_dictionary(b, document, sizeof document);
    put_column(b, "context.on", NIANGJIA_COLUMN_DATE, 0);
    put_u64(b, 20657);
    put_u8(b, 0);
    put_column(b, "context.waived", NIANGJIA_COLUMN_GROUP, NIANGJIA_FLAG_OPEN);
}

static Program program_of(const Buffer *source) {
    Program p = {.name = "main.lua", .source = source->data, .source_length = source->length, .calendar_from = 1};
    p.limits = (Limits){.row_instructions = 20000, .load_instructions = 20000, .memory_bytes = 1 << 20,
                        .output_bytes = 4096, .output_nodes = 200, .output_depth = 8};
    return p;
}

/// Loads and judges one source; counts what came of it.
static void judge(const Buffer *source, const Buffer *call) {
    Program program = program_of(source);
    Failure failure = {0};
    niangjia_progress progress = {0};
    Buffer out = {0};
    Engine *engine = engine_open(&program, &failure);
    if (!engine) {
        shared->refused++;
        return;
    }
    shared->loaded++;
    if (!fail_from) engine_prepare(&program); // as a worker does before it is asked
    Reader r = {call->data, call->data + call->length, 0};
    judge_call(&program, &engine, &r, &progress, &out);
    if (out.data[0] == NIANGJIA_FRAME_REPLY) {
        const uint8_t *kinds = out.data + 10;
        for (uint32_t row = 0; row < load_u32(out.data + 6); row++) {
            shared->rows++;
            if (kinds[row] == NIANGJIA_VERDICT_FAILED) shared->failed++;
            else shared->decided++;
        }
        int64_t different;
        memcpy(&different, out.data + 5 + load_u32(out.data + 1) + 16, 8); // after the answer and what was used
        // With allocations that fail the fresh state may fail where the first didn't.
        if (different >= 0 && !fail_from) {
            shared->different++;
            printf("DIFFERENT\n%.*s\n", (int)source->length, (const char *)source->data);
        }
    }
    free(out.data);
    engine_close(engine);
    engine_forget();
    paths_forget();
}

static int read_file(const char *path, Buffer *out) {
    FILE *f = fopen(path, "rb");
    if (!f) return -1;
    out->length = 0;
    char bytes[4096];
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;) put_bytes(out, bytes, n);
    fclose(f);
    return 0;
}

static void run_scripts(uint64_t seed, uint64_t count) {
    Buffer source = {0}, call = {0};
    make_call(&call, MANY);
    uint64_t end = shared->at + CHUNK < count ? shared->at + CHUNK : count;
    for (; shared->at < end; shared->at++) {
        alarm(SECONDS_EACH);
        generate(seed, shared->at, &source);
        judge(&source, &call);
    }
}

/// All allocations from the n-th on fail, then the n-th alone, for every n until nothing fails any more; beyond the first
/// hundreds in growing steps. `at` counts files and points: file << 32 | point * 2 + mode.
static void run_allocations(char **files, uint64_t count) {
    Buffer source = {0}, call = {0};
    make_call(&call, 3);
    uint64_t file = shared->at >> 32;
    if (file >= count || read_file(files[file], &source)) return;
    uint64_t point = (shared->at & 0xffffffff) >> 1;
    for (; point < 1u << 20; point += 1 + point / 200) {
        for (int mode = 0; mode < 2; mode++) {
            if (point * 2 + (uint64_t)mode < (shared->at & 0xffffffff)) continue;
            shared->at = file << 32 | (point * 2 + (uint64_t)mode);
            alarm(SECONDS_EACH);
            allocations = 0;
            fail_from = point + 1;
            fail_once = mode;
            judge(&source, &call);
            shared->points++;
        }
        if (allocations < fail_from) break; // nothing failed any more
    }
    shared->done++;
    shared->at = (file + 1) << 32;
}

/// Tells a child's death: where its stack stands. 1 when it lies in our C.
static int tell_death(const char *logs, pid_t pid, int status, const char *what) {
    char path[512], line[1024], first[1024] = "";
    int ours = WIFSIGNALED(status), frames = 0, upstream = 0;
    snprintf(path, sizeof path, "%s/asan.%d", logs, (int)pid);
    FILE *f = fopen(path, "r");
    printf("DEATH %s: %s %d\n", what, WIFSIGNALED(status) ? "signal" : "status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    while (f && fgets(line, sizeof line, f)) {
        if (strstr(line, "ERROR:") || strstr(line, "runtime error")) ours = 1;
        if (!strstr(line, " in ") || !strstr(line, "#") || frames >= LISTED) continue;
        if (!frames) snprintf(first, sizeof first, "%s", line);
        frames++;
        printf("    %s", line);
    }
    if (f) fclose(f);
    // The innermost frame decides; a fault of memory functions is its caller's.
    if (strstr(first, "liblua")) upstream = 1;
    printf("    -> %s\n", upstream ? "upstream" : "ours");
    return ours && !upstream;
}

static int campaign(const char *name, const char *logs, uint64_t seed, char **files, uint64_t count) {
    uint64_t ours = 0, upstream = 0;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    while (files ? shared->at >> 32 < count : shared->at < count) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid < 0) return 2;
        if (pid == 0) {
            if (files) run_allocations(files, count);
            else run_scripts(seed, count);
            fflush(stdout);
            _exit(0);
        }
        int status = 0;
        waitpid(pid, &status, 0);
        if (status == 0) continue;
        char what[600];
        if (files) snprintf(what, sizeof what, "%s allocation %llu", files[shared->at >> 32], (unsigned long long)((shared->at & 0xffffffff) >> 1) + 1);
        else snprintf(what, sizeof what, "script %llu", (unsigned long long)shared->at);
        if (tell_death(logs, pid, status, what)) ours++;
        else upstream++;
        shared->at++;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("RESULT %s: seed %llu, %llu %s, %llu points, loaded %llu, refused %llu, rows %llu, decided %llu, failed %llu, "
           "different %llu, deaths in our C %llu, deaths in liblua %llu, seconds %lld\n",
           name, (unsigned long long)seed, (unsigned long long)count, files ? "files" : "scripts",
           (unsigned long long)shared->points, (unsigned long long)shared->loaded, (unsigned long long)shared->refused,
           (unsigned long long)shared->rows, (unsigned long long)shared->decided, (unsigned long long)shared->failed,
           (unsigned long long)shared->different, (unsigned long long)ours, (unsigned long long)upstream,
           (long long)(to.tv_sec - from.tv_sec));
    return ours || shared->different ? 1 : 0;
}

int main(int argc, char **argv) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || argc < 4) return 2;
    if (check_linked_lua()) return 2;
    if (!strcmp(argv[1], "print")) {
        Buffer source = {0};
        generate(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), &source);
        return fwrite(source.data, 1, source.length, stdout) == source.length ? 0 : 1;
    }
    if (!strcmp(argv[1], "scripts") && argc == 5)
        return campaign("scripts", argv[4], strtoull(argv[2], NULL, 10), NULL, strtoull(argv[3], NULL, 10));
    if (!strcmp(argv[1], "allocations")) return campaign("allocations", argv[2], 0, argv + 3, (uint64_t)argc - 3);
    return 2;
}
