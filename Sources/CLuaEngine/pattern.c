// The pattern language of Lua 5.4 by backtracking. liblua's own matcher can't be stopped; this one is charged by step.
#include "pattern.h"

static int malformed(Match *m, const char *zh, const char *en) {
    lua_pushfstring(m->L, "模式有误:%s", zh);
    lua_pushfstring(m->L, "malformed pattern: %s", en);
    return fail(m->L, lua_tostring(m->L, -2), lua_tostring(m->L, -1));
}

static void step(Match *m, size_t work) {
    m->steps += (uint32_t)work;
    if (m->steps >= 64) {
        charge(m->L, m->steps);
        m->steps = 0;
    }
}

/// The end of one item of the pattern: a character, an escape, a set.
static const char *item_end(Match *m, const char *p) {
    char c = *p++;
    if (c == '%') {
        if (p == m->pattern_end) malformed(m, "以 % 结尾", "it ends in a percent sign");
        return p + 1;
    }
    if (c != '[') return p;
    if (p < m->pattern_end && *p == '^') p++;
    do { // the first ] stands for itself
        if (p == m->pattern_end) malformed(m, "缺少 ]", "a ] is missing");
        c = *p++;
        if (c == '%') {
            if (p == m->pattern_end) malformed(m, "缺少 ]", "a ] is missing");
            p++;
        }
    } while (p == m->pattern_end || *p != ']');
    return p + 1;
}

static int in_range(int c, int low, int high) { return c >= low && c <= high; }

/// Character classes in ASCII: no locale.
static int in_class(int c, int class) {
    int letter = in_range(c | 32, 'a', 'z'), digit = in_range(c, '0', '9'), found;
    switch (class | 32) {
    case 'a': found = letter; break;
    case 'c': found = c < 32 || c == 127; break;
    case 'd': found = digit; break;
    case 'g': found = in_range(c, 33, 126); break;
    case 'l': found = in_range(c, 'a', 'z'); break;
    case 'p': found = in_range(c, 33, 126) && !letter && !digit; break;
    case 's': found = c == ' ' || in_range(c, 9, 13); break;
    case 'u': found = in_range(c, 'A', 'Z'); break;
    case 'w': found = letter || digit; break;
    case 'z': found = c == 0; break;
    case 'x': found = digit || in_range(c | 32, 'a', 'f'); break;
    default: return class == c;
    }
    return in_range(class, 'A', 'Z') ? !found : found;
}

static int in_set(int c, const char *p, const char *close) { // p at [, close at ]
    int sense = 1;
    p++;
    if (*p == '^') {
        sense = 0;
        p++;
    }
    for (; p < close; p++) {
        if (*p == '%') {
            p++;
            if (in_class(c, (uint8_t)*p)) return sense;
        } else if (p[1] == '-' && p + 2 < close) {
            if (in_range(c, (uint8_t)p[0], (uint8_t)p[2])) return sense;
            p += 2;
        } else if ((uint8_t)*p == c) {
            return sense;
        }
    }
    return !sense;
}

static int matches_one(Match *m, const char *s, const char *p, const char *end) {
    step(m, (size_t)(end - p)); // a set is walked through
    if (s >= m->subject_end) return 0;
    int c = (uint8_t)*s;
    switch (*p) {
    case '.': return 1;
    case '%': return in_class(c, (uint8_t)p[1]);
    case '[': return in_set(c, p, end - 1);
    default: return (uint8_t)*p == c;
    }
}

static const char *match_balance(Match *m, const char *s, const char *p) { // p after %b
    if (m->pattern_end - p < 2) malformed(m, "%b 缺少两个字符", "two characters must follow %b");
    if (s >= m->subject_end || *s != p[0]) return NULL;
    int depth = 1;
    for (s++; s < m->subject_end; s++) {
        step(m, 1);
        if (*s == p[1]) {
            if (--depth == 0) return s + 1;
        } else if (*s == p[0]) {
            depth++;
        }
    }
    return NULL;
}

static const char *repeat_most(Match *m, const char *s, const char *p, const char *end) {
    ptrdiff_t count = 0;
    while (matches_one(m, s + count, p, end)) count++;
    for (; count >= 0; count--) {
        const char *found = pattern_match(m, s + count, end + 1);
        if (found) return found;
    }
    return NULL;
}

static const char *repeat_least(Match *m, const char *s, const char *p, const char *end) {
    for (;;) {
        const char *found = pattern_match(m, s, end + 1);
        if (found) return found;
        if (!matches_one(m, s, p, end)) return NULL;
        s++;
    }
}

static const char *open_capture(Match *m, const char *s, const char *p, ptrdiff_t kind) {
    if (m->level >= PATTERN_CAPTURES) malformed(m, "括号太多", "too many captures");
    m->captures[m->level].start = s;
    m->captures[m->level].length = kind;
    m->level++;
    const char *found = pattern_match(m, s, p);
    if (!found) m->level--;
    return found;
}

static const char *close_capture(Match *m, const char *s, const char *p) {
    int i = m->level - 1;
    while (i >= 0 && m->captures[i].length != CAPTURE_OPEN) i--;
    if (i < 0) malformed(m, "多了 )", "a ) without its (");
    m->captures[i].length = s - m->captures[i].start;
    const char *found = pattern_match(m, s, p);
    if (!found) m->captures[i].length = CAPTURE_OPEN;
    return found;
}

static const char *match_again(Match *m, const char *s, int digit) {
    int i = digit - '1';
    if (i < 0 || i >= m->level || m->captures[i].length < 0) malformed(m, "没有这个括号", "there is no such capture");
    size_t n = (size_t)m->captures[i].length;
    charge(m->L, n / 64);
    if ((size_t)(m->subject_end - s) < n || memcmp(m->captures[i].start, s, n)) return NULL;
    return s + n;
}

/// Items that are no single character. Sets `*found` and says 1 when it handled the item.
static int match_special(Match *m, const char **s, const char **p, const char **found) {
    switch (**p) {
    case '(':
        *found = (*p + 1 < m->pattern_end && (*p)[1] == ')') ? open_capture(m, *s, *p + 2, CAPTURE_POSITION)
                                                             : open_capture(m, *s, *p + 1, CAPTURE_OPEN);
        return 1;
    case ')': *found = close_capture(m, *s, *p + 1); return 1;
    case '$':
        if (*p + 1 != m->pattern_end) return 0;
        *found = *s == m->subject_end ? *s : NULL;
        return 1;
    case '%': {
        if (*p + 1 == m->pattern_end) return 0;
        int c = (uint8_t)(*p)[1];
        const char *end;
        if (c == 'b') {
            end = match_balance(m, *s, *p + 2);
            *p += 4;
        } else if (c == 'f') {
            *p += 2;
            if (*p == m->pattern_end || **p != '[') malformed(m, "%f 之后缺少 [", "a [ must follow %f");
            const char *close = item_end(m, *p);
            step(m, 3 * (size_t)(close - *p));
            int before = *s == m->subject ? 0 : (uint8_t)(*s)[-1], here = *s < m->subject_end ? (uint8_t)**s : 0;
            end = !in_set(before, *p, close - 1) && in_set(here, *p, close - 1) ? *s : NULL;
            *p = close;
        } else if (in_range(c, '0', '9')) {
            end = match_again(m, *s, c);
            *p += 2;
        } else {
            return 0;
        }
        *found = end ? pattern_match(m, end, *p) : NULL;
        return 1;
    }
    default: return 0;
    }
}

const char *pattern_match(Match *m, const char *s, const char *p) {
    if (++m->depth > PATTERN_DEPTH) {
        fail(m->L, "模式太复杂", "the pattern is too complex");
        return NULL;
    }
    const char *found = NULL;
    for (;;) {
        step(m, 1);
        if (p == m->pattern_end) {
            found = s;
            break;
        }
        if (match_special(m, &s, &p, &found)) break;
        const char *end = item_end(m, p);
        step(m, (size_t)(end - p));
        char suffix = end < m->pattern_end ? *end : 0;
        if (suffix == '?') {
            if (matches_one(m, s, p, end) && (found = pattern_match(m, s + 1, end + 1))) break;
            p = end + 1;
        } else if (suffix == '*' || suffix == '-') {
            found = suffix == '*' ? repeat_most(m, s, p, end) : repeat_least(m, s, p, end);
            break;
        } else if (!matches_one(m, s, p, end)) {
            break;
        } else if (suffix == '+') {
            found = repeat_most(m, s + 1, p, end);
            break;
        } else {
            s++;
            p = end;
        }
    }
    m->depth--;
    return found;
}

void push_capture(Match *m, int i, const char *s, const char *e) {
    luaL_checkstack(m->L, 2, NULL);
    if (i >= m->level) {
        if (i != 0) malformed(m, "没有这个括号", "there is no such capture");
        lua_pushlstring(m->L, s, (size_t)(e - s));
    } else if (m->captures[i].length == CAPTURE_POSITION) {
        lua_pushinteger(m->L, m->captures[i].start - m->subject + 1);
    } else if (m->captures[i].length == CAPTURE_OPEN) {
        malformed(m, "缺少 )", "a ) is missing");
    } else {
        lua_pushlstring(m->L, m->captures[i].start, (size_t)m->captures[i].length);
    }
}

int push_captures(Match *m, const char *s, const char *e, int whole_if_none) {
    int count = m->level == 0 && whole_if_none ? 1 : m->level;
    luaL_checkstack(m->L, count + 2, NULL);
    for (int i = 0; i < count; i++) push_capture(m, i, s, e);
    return count;
}

void match_begin(Match *m, lua_State *L, const char *subject, size_t n, const char *pattern_end) {
    m->L = L;
    m->subject = subject;
    m->subject_end = subject + n;
    m->pattern_end = pattern_end;
    m->level = m->depth = 0;
    m->steps = 0;
}
