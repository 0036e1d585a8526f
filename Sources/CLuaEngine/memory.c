// The memory of one lua_State: its allocator with the budget, pools of small blocks, the seed of its hashes; and, of a state that is
// rewound, the arena that all of it lies in.
#include "engine.h"
#include <unistd.h>

void out_of_memory(void) { _exit(NIANGJIA_EXIT_MEMORY); }

/// Small blocks come from pools of one size each: most of what a row makes is dropped at once and made again for the next.
/// A campaign that lets allocations fail, or looks at each block by itself, is built without them.
#ifdef NIANGJIA_NO_POOLS
enum { POOL_STEP = 16, POOL_LARGEST = 0, POOL_CHUNK = 16384, ARENA = 0 };
#else
enum { POOL_STEP = 16, POOL_LARGEST = POOL_STEP * POOLS, POOL_CHUNK = 16384, ARENA = 1 << 20 };
#endif

/// Stands before a block of a rewinding state that its arena had no room for.
struct Stray {
    Stray *next, *previous;
};

void memory_open_arena(Engine *e) {
    e->arena = ARENA ? malloc(ARENA) : NULL;
    e->arena_at = e->arena;
    e->arena_end = e->arena ? e->arena + ARENA : NULL;
}

void memory_end_strays(Engine *e) {
    while (e->strays) {
        Stray *next = e->strays->next;
        free(e->strays);
        e->strays = next;
    }
}

static void *block_new(Engine *e, size_t size) {
    if (!e->arena) return malloc(size);
    size_t step = (size + POOL_STEP - 1) / POOL_STEP * POOL_STEP;
    if ((size_t)(e->arena_end - e->arena_at) >= step) {
        e->arena_at += step;
        return e->arena_at - step;
    }
    Stray *stray = malloc(sizeof *stray + size);
    if (!stray) return NULL;
    *stray = (Stray){e->strays, NULL};
    if (stray->next) stray->next->previous = stray;
    e->strays = stray;
    return stray + 1;
}

/// What lies in an arena stays there until the state is rewound.
static void block_end(Engine *e, void *block) {
    if (!e->arena) {
        free(block);
    } else if (block && ((uint8_t *)block < e->arena || (uint8_t *)block >= e->arena_end)) {
        Stray *stray = (Stray *)block - 1;
        if (stray->next) stray->next->previous = stray->previous;
        *(stray->previous ? &stray->previous->next : &e->strays) = stray->next;
        free(stray);
    }
}

static void *block_grow(Engine *e, void *block, size_t old, size_t size) {
    if (!e->arena) return realloc(block, size);
    void *moved = block_new(e, size);
    if (!moved || !block) return moved;
    memcpy(moved, block, old < size ? old : size);
    block_end(e, block);
    return moved;
}

static void *pool_take(Engine *e, size_t size) {
    size_t pool = (size - 1) / POOL_STEP;
    void *block = e->pools[pool];
    if (block) {
        memcpy(&e->pools[pool], block, sizeof(void *));
        return block;
    }
    size_t step = (pool + 1) * POOL_STEP;
    if ((size_t)(e->chunk_end - e->chunk) < step) {
        uint8_t *chunk = block_new(e, POOL_CHUNK);
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
    if (!was && !is) return block_grow(e, block, old, size);
    void *moved = is ? pool_take(e, size) : block_new(e, size);
    if (!moved || !block) return moved;
    memcpy(moved, block, old < size ? old : size);
    if (was) {
        pool_give(e, block, old);
    } else {
        block_end(e, block);
    }
    return moved;
}

static void *allocate(void *ud, void *block, size_t old, size_t size);

/// Closes a state and gives back its pools.
void state_close(Engine *e) {
    if (e->L) lua_close(e->L);
    while (e->chunks) {
        uint8_t *chunk = e->chunks;
        memcpy(&e->chunks, chunk, sizeof(void *));
        block_end(e, chunk);
    }
    memory_end_strays(e);
    free(e->arena);
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
            block_end(e, block);
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
