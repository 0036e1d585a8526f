// What the files of the engine share. One Engine is one lua_State with its budgets.
#pragma once
#include "CLuaEngine.h"
#include "bytes.h"
#include <lauxlib.h>
#include <lua.h>

typedef struct {
    uint64_t row_instructions, load_instructions, memory_bytes;
    uint32_t output_bytes, output_nodes, output_depth;
    uint32_t call_ms; // wall clock of a whole CALL or LOAD frame: the worker's own timer
} Limits;

/// What LOAD said. It outlives every state made from it.
typedef struct {
    char *name; // "main.lua"
    uint8_t *source;
    size_t source_length;
    int forced; // the state checks are off: only to prove that the second judgement finds what they'd have found
    Limits limits;
    int32_t calendar_from, calendar_to; // days that the tables cover; from > to: every day
    int32_t *holidays, *make_up_days;   // sorted: weekdays off, weekend days worked
    uint32_t holiday_count, make_up_count;
    /// Only where LOAD asks for coverage, for authors' tests: by line (from 1) LINE_CODE and LINE_RAN; else NULL, and no hook
    /// looks at lines.
    uint8_t *lines;
    uint32_t line_count;
} Program;

enum { LINE_CODE = 1, LINE_RAN = 2 };

typedef struct {
    const char *path;
    uint16_t path_length;
    uint8_t kind, flags, width;
    int64_t base;
    const uint8_t *absent; // bitmap, or NULL
    const uint8_t *data;
    uint32_t entries; // dictionary
    const uint8_t *ends, *blob;
    int group; // of a group: its index in the state's table of groups
    uint32_t first_text; // of few texts: where the state keeps them once they were read; 0: nowhere
} Column;

/// Texts of a column that are worth keeping while a batch runs, and of all its columns.
enum { FEW_TEXTS = 256, MOST_TEXTS = 2048 };

/// A parsed CALL. It points into the frame's bytes.
typedef struct {
    char function[128];
    int rechecks; // the function is a recheck: it may return nothing, or a revocation
    uint32_t rows, settings_count, column_count, texts;
    const uint8_t **settings;
    uint32_t *settings_length;
    uint8_t settings_width;
    const uint8_t *settings_index;
    Column *columns;
    uint8_t *read; // by column: 1 once a script has asked for it
} Batch;

typedef struct {
    uint8_t kind; // 0: none
    uint32_t line;
    uint32_t row;    // from 1: the row of a call that was given up there; 0: none
    char text[1024]; // zh-CN, unit separator, English; or one text for both
} Failure;

/// Pools of small blocks, each of one size.
enum { POOLS = 8 };

/// Sends a question to the host and waits for the answer: `u8` 0 and a value, or 1 and the text of a refusal.
typedef void (*HostAsk)(const Buffer *question, Buffer *answer);
typedef struct Action Action;
typedef struct Stray Stray;
typedef struct Paths Paths;

typedef struct Engine {
    lua_State *L;
    const Program *program;
    size_t used, peak;
    uint64_t churn, refusals;     // bytes allocated and allocations refused since the last reset
    uint64_t spent, budget;       // instructions
    int tripped;                  // sticky: a NIANGJIA_FAILURE_ budget
    const Batch *batch;           // while a batch runs
    uint32_t row, generation;     // a proxy of another generation is dead
    uint32_t *document_rows;      // by column: the row whose document is in the cache
    Failure failure;              // of the last protected body
    uint32_t line;                // where the script is, where an author's test looks at lines; else 0
    Buffer scratch;               // encoded output in the making
    uint8_t *block;               // the state's own memory, while it is being made
    size_t block_size;
    void *pools[POOLS];   // free blocks, by size
    uint8_t *chunks, *chunk, *chunk_end; // where pools get new ones
    uint8_t *arena, *arena_at, *arena_end; // all memory of a state that is rewound; NULL: it lies anywhere
    Stray *strays;        // its blocks that the arena had no room for
    uint32_t seed; // of hashes: a function of the source
    int seeded;
    Action *action;               // while an action runs
    Paths *paths;                 // while a row is judged whose way to its outcome is kept
    int functions, groups, settings, documents, roots; // references into the registry
    int function_count;
} Engine;

static inline Engine *engine_of(lua_State *L) { return *(Engine **)lua_getextraspace(L); }

enum { TAG_GROUP = 0x67726f75, TAG_DECISION = 0x64656369, TAG_OPAQUE = 0x6f706171 };

/// A proxy for one group of fields: `facts`, `facts.subject`, `context.season`.
typedef struct {
    uint32_t tag, generation;
    int open;
    /// Columns that were asked for before, by the address of their names.
    struct {
        const char *name;
        uint32_t column;
    } known[16];
} Group;

typedef struct {
    uint32_t tag, length;
    uint8_t bytes[];
} Opaque;

/// A decision: everything encoded when it is made, so that errors are at the author's line.
typedef struct {
    uint32_t tag;
    uint8_t kind, has_units, has_rank, has_keep;
    int64_t amount, units, rank, keep;
    uint32_t code_length, params_length, parts_length, keeps_length;
    uint8_t bytes[]; // code, params, parts, keeps
} Decision;

// memory.c
/// A bare state with the engine's allocator and seed, or NULL.
lua_State *state_new(Engine *e);
void state_close(Engine *e);
/// Gives an engine whose state is yet to be made an arena, if there is memory for one.
void memory_open_arena(Engine *e);
void memory_end_strays(Engine *e);

// fresh.c
/// A state that has seen nothing: the kept one, or a new one. A worker has one program for life.
Engine *engine_fresh(const Program *program, Failure *failure);
/// Ends a fresh state once there is time for it.
void engine_retire(Engine *e);
/// Makes ready what `engine_fresh` hands out next.
void engine_prepare(const Program *program);
/// Lets go of what is kept for a program: a campaign goes through many.
void engine_forget(void);

// state.c
/// Makes a state, loads the program's chunk, freezes it. NULL with the reason when that fails.
Engine *engine_open(const Program *program, Failure *failure);
/// The same with all of its memory in an arena, as far as that has room.
Engine *engine_open_rewinding(const Program *program, Failure *failure);
void engine_close(Engine *e);
void engine_begin(Engine *e, uint64_t budget);
/// Runs a C function with the engine as light userdata in a protected call; leaves `results` values.
int engine_run(Engine *e, lua_CFunction body, int results);
void charge(lua_State *L, uint64_t work);

// errors.c
int fail(lua_State *L, const char *zh, const char *en, ...);
int fail_argument(lua_State *L, int argument, const char *function, const char *name, const char *zh, const char *en);
const char *value_name(lua_State *L, int index);
int on_error(lua_State *L);
void failure_set(Failure *f, uint8_t kind, uint32_t line, const char *zh, const char *en, ...)
    __attribute__((format(printf, 5, 6)));
void failure_text(Failure *f, const char *text, size_t length);
/// Pushes the name in the table at `index` that is nearest to `name`, or nil.
void push_nearest(lua_State *L, int index, const char *name);

// check.c
/// Refuses what must not run: floats, writes to globals, writes to what outlives a call. 0, or -1 with the reason.
int check_bytecode(const uint8_t *bytes, size_t length, int is_chunk, int forced, Failure *failure);
int check_function(lua_State *L, int is_chunk, int forced, Failure *failure, size_t *looked);
/// Marks in the program's lines those that hold code, of the function on top of the stack and all within.
void mark_code_lines(lua_State *L, const Program *program);
/// The line where the source names `_ENV`, or 0.
uint32_t find_environment_name(const uint8_t *source, size_t length);
/// Tries the check on samples compiled by the linked Lua: 0 when it refuses what it must and nothing else.
int check_linked_lua(void);

// freeze.c
void push_frozen(lua_State *L);              // wraps the table on top
int resolve_table(lua_State *L, int index);  // pushes the real table behind index; 0 when it's none
int is_frozen(lua_State *L, int index);
void freeze_reachable(Engine *e, int index); // the table at index and all it leads to

// value.c
typedef struct {
    const char *text;
    size_t length;
} Name;

int valid_utf8(const uint8_t *s, size_t n);
/// Pushes the names in the table at `table`, sorted by their bytes, and what keeps them; counts the other keys. They live as
/// long as the table isn't written.
const Name *push_sorted_names(lua_State *L, int table, uint32_t *count, uint64_t *others);
void encode_value(lua_State *L, int index, Buffer *out, const char *where);
void push_value(lua_State *L, Reader *r, int strict, const char *path);

// batch.c, proxy.c
int batch_parse(Batch *b, Reader *r);
void batch_free(Batch *b);
void proxies_open(Engine *e, const Batch *b); // in a protected body
void proxies_close(Engine *e);
void push_root(lua_State *L, int which); // 1 facts, 2 context
void push_settings(lua_State *L);

// decision.c
void open_decisions(lua_State *L, int environment);
void options_encode(const Decision *d, Buffer *out); // empty when there are none

// libraries: each adds its names to the environment at the given index
void open_base(lua_State *L, int environment);
void open_strings(lua_State *L, int environment);
void open_tables(lua_State *L, int environment);
void open_money(lua_State *L, int environment);
void open_dates(lua_State *L, int environment);
void open_places(lua_State *L, int environment);
void open_lists(lua_State *L, int environment);
void open_actions(lua_State *L, int environment);
void add_library(lua_State *L, int environment, const char *name, const luaL_Reg *functions);

// library.c
int64_t check_integer(lua_State *L, int argument, const char *function, const char *name);
const char *check_text(lua_State *L, int argument, const char *function, const char *name, size_t *length);
/// What a search that finds nothing returns: one value, for nothing at all would vanish in a list of arguments.
static inline int push_nil(lua_State *L) {
    lua_pushnil(L);
    return 1;
}
/// Pushes the real table behind a list argument and returns its length; its index is the top.
int64_t check_list(lua_State *L, int argument, const char *function, const char *name);
int value_compare(lua_State *L, int a, int b, int *comparable);
void stable_sort(lua_State *L, int table, int64_t count, int comparator, const char *function);
int64_t divide_half_up(__int128 numerator, __int128 denominator, int *overflow);
int parse_date(const char *s, size_t n, int32_t *days);
void write_date(char out[11], int32_t days);

// judge.c
void judge_call(const Program *program, Engine **engine, Reader *request, niangjia_progress *progress, Buffer *out);
void write_error(Buffer *out, const Failure *failure);
/// Sets the failure of a call that ended with a status of lua_pcall: the engine's own flag first, Lua's status second.
void call_ended(Engine *e, int status);

// action.c
void act_call(const Program *program, Engine **engine, Reader *request, HostAsk host, Buffer *out);
