// States that have seen nothing, for the second judgement.
//
// To open one, its script must be read, checked and frozen: that takes as long as fifty rows. So one is kept as it was opened: its
// memory lies in an arena, and before each use the arena's bytes and the engine's fields are put back. What a row did to it
// is gone with them, whatever it was: a state that was rewound and one that was just opened are the same bytes.
#include "engine.h"

static struct {
    Engine *engine;
    int is_used, was_tried;
    Engine opened; // as it was then
    uint8_t *bytes;
    size_t count;
} kept;

// Where none can be kept (a script too large for the arena) there is one more at most beside the state that judges: fresh before its
// use, retired after it.
static Engine *spare, *retired;

static void keep(const Program *program) {
    Failure failure = {0};
    kept.was_tried = 1;
    Engine *e = engine_open_rewinding(program, &failure);
    if (!e) return;
    if (!e->arena || e->strays) {
        engine_close(e);
        return;
    }
    kept.count = (size_t)(e->arena_at - e->arena);
    kept.bytes = malloc(kept.count);
    if (!kept.bytes) out_of_memory();
    memcpy(kept.bytes, e->arena, kept.count);
    kept.opened = *e;
    kept.engine = e;
}

static void rewind_kept(void) {
    Engine *e = kept.engine;
    memory_end_strays(e);
    free(e->document_rows);
    Buffer scratch = e->scratch; // not the state's: what it holds is written before it is read
    *e = kept.opened;
    e->scratch = scratch;
    e->scratch.length = 0;
    e->document_rows = NULL;
    memcpy(e->arena, kept.bytes, kept.count);
    kept.is_used = 0;
}

Engine *engine_fresh(const Program *program, Failure *failure) {
    if (kept.engine) {
        if (kept.is_used) rewind_kept();
        kept.is_used = 1;
        return kept.engine;
    }
    Engine *fresh = spare;
    spare = NULL;
    if (fresh) return fresh;
    engine_retire(NULL);
    return engine_open(program, failure);
}

void engine_retire(Engine *e) {
    if (e && e == kept.engine) return;
    engine_close(retired);
    retired = e;
}

void engine_prepare(const Program *program) {
    if (!kept.was_tried) keep(program);
    if (kept.engine) {
        if (kept.is_used) rewind_kept();
        return;
    }
    Failure failure = {0};
    engine_retire(NULL);
    if (!spare) spare = engine_open(program, &failure);
}

void engine_forget(void) {
    engine_close(kept.engine);
    free(kept.bytes);
    kept = (__typeof__(kept)){0};
    engine_close(spare);
    spare = NULL;
    engine_retire(NULL);
}
