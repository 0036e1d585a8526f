// Lua patterns with bounded work: every step is charged, depth is capped.
#pragma once
#include "engine.h"

enum { PATTERN_CAPTURES = 32, PATTERN_DEPTH = 200, CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

typedef struct {
    lua_State *L;
    const char *subject, *subject_end, *pattern_end;
    int level, depth;
    uint32_t steps;
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[PATTERN_CAPTURES];
} Match;

/// Matches `pattern` at `s`; the end of the match, or NULL.
const char *pattern_match(Match *m, const char *s, const char *pattern);
/// Pushes capture `i`, or the whole match where the pattern has none.
void push_capture(Match *m, int i, const char *s, const char *e);
/// Pushes all captures (the whole match where there are none) and returns their count.
int push_captures(Match *m, const char *s, const char *e, int whole_if_none);
void match_begin(Match *m, lua_State *L, const char *subject, size_t n, const char *pattern_end);
