// Scripts by a grammar: mostly of fitting kinds, so that they get somewhere, and now and then of wrong ones.
#include "soak.h"
#include <stdio.h>

typedef struct {
    uint64_t state;
    Buffer *out;
    int depth, loops, names;
} Gen;

static uint64_t next(Gen *g) { // splitmix64
    uint64_t z = (g->state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
static int pick(Gen *g, int n) { return (int)(next(g) % (uint64_t)n); }
static void say(Gen *g, const char *text) { put_bytes(g->out, text, strlen(text)); }
static void say_number(Gen *g, const char *before, int n) {
    char text[64];
    snprintf(text, sizeof text, "%s%d", before, n);
    say(g, text);
}
#define ONE_OF(g, ...) say(g, ((const char *[]){__VA_ARGS__})[pick(g, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)))])

static void integer(Gen *g);
static void text(Gen *g);
static void table(Gen *g);
static void condition(Gen *g);
static void block(Gen *g, int statements);
static void function(Gen *g);

static void anything(Gen *g) {
    switch (pick(g, 9)) {
    case 0: say(g, "nil"); break;
    case 1: ONE_OF(g, "facts", "context", "settings", "facts.proof", "facts.subject", "grant(1)", "grant", "facts.rows"); break;
    case 2: condition(g); break;
    case 3:
    case 4: text(g); break;
    case 5: table(g); break;
    case 6: function(g); break;
    default: integer(g);
    }
}

/// A value of a kind, or now and then of any.
static void maybe(Gen *g, void (*kind)(Gen *)) {
    if (pick(g, 40) == 0) anything(g);
    else kind(g);
}
static void arguments(Gen *g, const char *function, void (*a)(Gen *), void (*b)(Gen *), void (*c)(Gen *)) {
    say(g, function);
    say(g, "(");
    if (a) maybe(g, a);
    if (b) say(g, ", "), maybe(g, b);
    if (c) say(g, ", "), maybe(g, c);
    say(g, ")");
}

static void literal_integer(Gen *g) {
    switch (pick(g, 6)) {
    case 0: if (pick(g, 3)) { say_number(g, "", pick(g, 99)); break; } ONE_OF(g, "math.maxinteger", "math.mininteger", "-1", "0", "1 << 62", "0x7fffffff", "255", "256", "1000000000000000"); break;
    case 1: say_number(g, "", pick(g, 100000)); break;
    default: say_number(g, "", pick(g, 12));
    }
}

static void list_of_integers(Gen *g) {
    say(g, "{");
    for (int n = pick(g, 6); n > 0; n--) {
        maybe(g, literal_integer);
        say(g, ", ");
    }
    say(g, "}");
}
static void rows(Gen *g) {
    say(g, "{");
    for (int n = pick(g, 4); n > 0; n--) {
        ONE_OF(g, "{rate = ", "{from = ", "{up_to = ", "{a = ", "{lat = 1, lon = ", "{ref = ");
        maybe(g, literal_integer);
        ONE_OF(g, "}, ", ", rate = 1}, ", ", lat = 3}, ");
    }
    say(g, "}");
}
static void date(Gen *g) {
    if (pick(g, 20) == 0) ONE_OF(g, "s1", "'9999-12-31'", "'0001-01-01'", "'2026-02-30'", "'2026-06-01T08:00:00Z'");
    else ONE_OF(g, "'2026-01-31'", "context.on", "'2024-02-29'", "'2026-06-01T08:00:00+08:00'");
}
static void small(Gen *g) {
    if (pick(g, 20) == 0) literal_integer(g);
    else say_number(g, "", pick(g, 400));
}
static void tiers(Gen *g) {
    if (pick(g, 10) == 0) rows(g);
    else ONE_OF(g, "{{up_to = 100, rate = 500}, {rate = 1000}}", "{{rate = 1}}", "{{up_to = 5, rate = 0}, {up_to = 50, rate = 10000}}");
}
static void shares(Gen *g) {
    if (pick(g, 10) == 0) list_of_integers(g);
    else ONE_OF(g, "{1, 2, 3}", "{{rate = 3}, {rate = 7}}", "{1}");
}
static void area(Gen *g) {
    if (pick(g, 10) == 0) rows(g);
    else ONE_OF(g, "{{lat = 0, lon = 0}, {lat = 0, lon = 9}, {lat = 9, lon = 0}}", "{{lat = -5, lon = i1 % 99}, {lat = 5, lon = 5}, {lat = 4, lon = -9}, {lat = 1, lon = 1}}");
}
static void field(Gen *g) { ONE_OF(g, "'a'", "'rate'", "'from'", "'ref'", "'age'"); }
static void point(Gen *g) {
    if (pick(g, 20) == 0) ONE_OF(g, "{}", "{lat = 91000000, lon = 0}", "{lat = s1, lon = i2}");
    else ONE_OF(g, "{lat = 36000000, lon = 106000000}", "{lat = 1, lon = 2}", "{lat = i1 % 90000000, lon = i2 % 99}");
}

static void pattern(Gen *g) {
    if (pick(g, 6)) {
        ONE_OF(g, "'%a+'", "'(%d)(%a)'", "'^%s*(.-)%s*$'", "'[^a-c]+'", "'.'", "''", "'a*b?'", "'%b()'", "'%f[%w]%w+'", "'()a'", "'(a)%1'", "'[%]x-]'", "'\\0'", "'[\\x80-\\xff]+'");
        return;
    }
    say(g, "'");
    if (pick(g, 5) == 0) say(g, "^");
    for (int n = pick(g, 5); n >= 0; n--) {
        ONE_OF(g, "a", ".", "%a", "%d", "[a-z]", "[^%s]", "%w", "(.)", "(a*)", "()", "%b()", "%f[%a]", "x", "[%]]", "(b", ")", "%1", "%", "[a", "%.");
        ONE_OF(g, "", "", "*", "+", "-", "?");
    }
    if (pick(g, 5) == 0) say(g, "$");
    say(g, "'");
}

static void integer(Gen *g) {
    if (++g->depth > 6) {
        ONE_OF(g, "i1", "i2", "i3", "1", "facts.n");
        g->depth--;
        return;
    }
    switch (pick(g, 18)) {
    case 0:
    case 1: literal_integer(g); break;
    case 2:
    case 3: ONE_OF(g, "i1", "i2", "i3", "facts.n", "settings.value", "u1"); break;
    case 4:
    case 5:
    case 6:
    case 7:
        say(g, "(");
        maybe(g, integer);
        ONE_OF(g, " + ", " - ", " * ", " // ", " % ", " & ", " | ", " ~ ", " << ", " >> ");
        maybe(g, integer);
        say(g, ")");
        break;
    case 8: ONE_OF(g, "-", "~", "- -"); integer(g); break;
    case 9: say(g, "#"); say(g, "("); pick(g, 2) ? text(g) : table(g); say(g, ")"); break;
    case 10: arguments(g, pick(g, 2) ? "math.max" : "math.min", integer, integer, NULL); break;
    case 11: arguments(g, "money.rate", integer, small, NULL); break;
    case 12: arguments(g, "money.tiers", integer, tiers, NULL); break;
    case 13: arguments(g, "list.total", list_of_integers, NULL, NULL); break;
    case 14: pick(g, 2) ? arguments(g, "date.days", date, date, NULL) : arguments(g, "date.years", date, date, NULL); break;
    case 15: arguments(g, "geo.metres", point, point, NULL); break;
    case 16:
        say(g, "(");
        condition(g);
        say(g, " and ");
        integer(g);
        say(g, " or ");
        integer(g);
        say(g, ")");
        break;
    default: arguments(g, "f1", integer, text, NULL); say(g, " or 0");
    }
    g->depth--;
}

static void format(Gen *g) {
    if (pick(g, 12) == 0) ONE_OF(g, "'%p'", "'%-+ #0d'", "'%s %s %s'", "'%x%c'", "'%'");
    else ONE_OF(g, "'%d'", "'%5d|%-8s'", "'%s %s'", "'%x'", "'%.3s'", "'%+08d'", "'%99d'", "'%%'");
}

static void text(Gen *g) {
    if (++g->depth > 6) {
        ONE_OF(g, "s1", "s2", "'x'", "facts.subject.name");
        g->depth--;
        return;
    }
    switch (pick(g, 14)) {
    case 0:
    case 1: ONE_OF(g, "''", "'abc'", "'a(b(c)d)e'", "'\\0'", "'\\xff\\xfe'", "'娘家'", "'2026-07-15'", "'A_CODE'", "'1.5'", "'0x10'", "'-0'"); break;
    case 2:
    case 3: ONE_OF(g, "s1", "s2", "facts.subject.name", "context.on"); break;
    case 4:
    case 5: say(g, "("); maybe(g, text); say(g, " .. "); maybe(g, text); say(g, ")"); break;
    case 6: arguments(g, "string.sub", text, integer, integer); break;
    case 7: say(g, "("); arguments(g, "string.gsub", text, pattern, pick(g, 2) ? text : pick(g, 2) ? table : function); say(g, ")"); break;
    case 8: say(g, "("); arguments(g, "string.match", text, pattern, NULL); say(g, " or '')"); break;
    case 9: arguments(g, "string.format", format, integer, text); break;
    case 10: arguments(g, "table.concat", list_of_integers, text, NULL); break;
    case 11: arguments(g, "tostring", anything, NULL, NULL); break;
    case 12: pick(g, 2) ? arguments(g, "date.add", date, small, NULL) : arguments(g, "date.add_months", date, small, NULL); break;
    default: ONE_OF(g, "string.upper", "string.reverse", "string.lower"); say(g, "("); maybe(g, text); say(g, ")");
    }
    g->depth--;
}

static void table(Gen *g) {
    if (++g->depth > 5) {
        ONE_OF(g, "t1", "t2", "{}");
        g->depth--;
        return;
    }
    switch (pick(g, 11)) {
    case 0: list_of_integers(g); break;
    case 1: rows(g); break;
    case 2:
    case 3: ONE_OF(g, "t1", "t2", "settings.list", "facts.rows", "u2"); break;
    case 4: arguments(g, "list.pluck", rows, field, NULL); break;
    case 5: arguments(g, "money.split", small, shares, NULL); break;
    case 6: say(g, "{"); arguments(g, "table.unpack", table, small, small); say(g, "}"); break;
    case 7: say(g, "{["); maybe(g, text); say(g, "] = "); anything(g); say(g, ", x = "); integer(g); say(g, "}"); break;
    case 8: arguments(g, "list.sample", list_of_integers, literal_integer, text); break;
    case 9: say(g, "{"); anything(g); say(g, ", "); anything(g); say(g, ", nil, k = "); anything(g); say(g, "}"); break;
    default: say(g, "{...}");
    }
    g->depth--;
}

static void condition(Gen *g) {
    if (++g->depth > 6) {
        ONE_OF(g, "true", "false", "i1 < i2");
        g->depth--;
        return;
    }
    switch (pick(g, 9)) {
    case 0: say(g, "("); maybe(g, integer); ONE_OF(g, " < ", " <= ", " > ", " >= ", " == ", " ~= "); maybe(g, integer); say(g, ")"); break;
    case 1: say(g, "("); maybe(g, text); ONE_OF(g, " < ", " <= ", " == ", " ~= "); maybe(g, text); say(g, ")"); break;
    case 2: say(g, "not "); condition(g); break;
    case 3: say(g, "("); condition(g); ONE_OF(g, " and ", " or "); condition(g); say(g, ")"); break;
    case 4: arguments(g, "list.has", list_of_integers, integer, NULL); break;
    case 5: arguments(g, "calendar.is_workday", date, NULL, NULL); break;
    case 6: say(g, "t1["); pick(g, 2) ? integer(g) : condition(g); say(g, "]"); break;
    case 7: arguments(g, "area.within", point, area, NULL); break;
    default: ONE_OF(g, "facts.proof ~= nil", "facts == facts", "context.waived.LATE", "t1 == t2", "u2[1] == nil");
    }
    g->depth--;
}

static void function(Gen *g) {
    if (g->depth > 3) {
        ONE_OF(g, "f1", "grant", "tostring");
        return;
    }
    g->depth += 2;
    ONE_OF(g, "function(p, ...) local i3, s2 = 1, '' ", "function(p, q) local t2 = {} ", "function(...) ");
    // An own `...` where the text says so is a matter of luck: a wrong one is refused by the parser, which is a case too.
    block(g, 2);
    say(g, " return ");
    anything(g);
    say(g, " end");
    g->depth -= 2;
}

static void decision(Gen *g) {
    switch (pick(g, 8)) {
    case 0: say(g, "grant("); maybe(g, integer); say(g, ", {units = i1, rank = i2, keeps = "); maybe(g, table); say(g, "})"); break;
    case 1: say(g, "grant(10, {parts = "); pick(g, 2) ? say(g, "{4, 6}") : maybe(g, table); say(g, "}):at_most("); maybe(g, integer); say(g, ", 'CAP', {n = i1})"); break;
    case 2: say(g, "limit(math.abs(i1 % 1000), 'CAP', {day = context.on}, {keeps = "); maybe(g, table); say(g, "})"); break;
    case 3: arguments(g, pick(g, 2) ? "refuse" : "review", text, table, NULL); break;
    case 4: say(g, "grant(i1 % 5000):at_most("); maybe(g, integer); say(g, ", 'A'):at_most(7, 'B')"); break;
    case 5: say(g, "refuse('NO', {a = i1, b = context.on})"); break;
    case 6: say(g, "grant(0, {keeps = {i1 = i1, s1 = s1, t = t1}})"); break;
    default: say(g, "grant("); maybe(g, integer); say(g, ")");
    }
}

static void loop(Gen *g) {
    if (g->loops >= 3) {
        say(g, "i1 = i1 + 1 ");
        return;
    }
    g->loops++;
    int label = g->names++;
    switch (pick(g, 6)) {
    case 0: say(g, "for i = 1, "); pick(g, 12) ? say_number(g, "", pick(g, 30)) : integer(g); say(g, " do "); break;
    case 1: say(g, "for k, v in pairs("); maybe(g, table); say(g, ") do "); break;
    case 2: say(g, "for k, v in ipairs("); maybe(g, table); say(g, ") do "); break;
    case 3: say(g, "for m in string.gmatch("); maybe(g, text); say(g, ", "); pattern(g); say(g, ") do "); break;
    case 4: say(g, "while "); condition(g); say(g, " do i3 = i3 + 1 if i3 > 20 then break end "); break;
    default: say(g, "for i = "); integer(g); say(g, ", "); integer(g); say(g, ", "); literal_integer(g); say(g, " do i2 = i2 + 1 if i2 & 7 == 0 then break end ");
    }
    block(g, 2);
    if (pick(g, 4) == 0) {
        say_number(g, "if i1 == 3 then goto c", label);
        say(g, " end ");
    }
    if (pick(g, 6) == 0) say(g, "do local q = i1 t1[1] = function() return q end if q then break end end ");
    say_number(g, "::c", label);
    say(g, ":: end ");
    g->loops--;
}

static void statement(Gen *g) {
    if (++g->depth > 7) {
        say(g, "i1 = i1 + 1 ");
        g->depth--;
        return;
    }
    switch (pick(g, 16)) {
    case 0:
    case 1:
    case 2: ONE_OF(g, "i1 = ", "i2 = ", "i3 = "); maybe(g, integer); break;
    case 3:
    case 4: ONE_OF(g, "s1 = ", "s2 = "); maybe(g, text); break;
    case 5: ONE_OF(g, "t1 = ", "t2 = "); maybe(g, table); break;
    case 6:
        ONE_OF(g, "t1[", "t2[");
        if (pick(g, 10) == 0) anything(g);
        else if (pick(g, 3)) integer(g);
        else text(g);
        say(g, "] = ");
        anything(g);
        break;
    case 7: say(g, "if "); condition(g); say(g, " then "); block(g, 2); if (pick(g, 2)) say(g, " else "), block(g, 1); say(g, " end"); break;
    case 8:
    case 9: loop(g); break;
    case 10: say(g, "table.insert(t1, "); if (pick(g, 3) == 0) say(g, pick(g, 6) ? "1, " : "i1, "); anything(g); say(g, ")"); break;
    case 11: say(g, "i1 = i1 + (#{table.remove(t1)})"); break;
    case 12: say(g, "table.sort("); pick(g, 8) ? list_of_integers(g) : table(g); if (pick(g, 2)) say(g, ", function(a, b) return tostring(a) < tostring(b) end"); say(g, ")"); break;
    case 13: say(g, "f1 = "); function(g); break;
    case 14:
        if (pick(g, 12) == 0) ONE_OF(g, "facts.n = 1", "settings.value = 2", "u2[1] = 3", "string.x = 1", "error('stop')", "assert(false)", "local c <close> = nil", "local _ENV = {}", "u1 = u1 + 1");
        else say(g, "local n1, n2 = 1, {} ");
        break;
    default: say(g, "if "); condition(g); say(g, " then return "); decision(g); say(g, " end");
    }
    say(g, "\n");
    g->depth--;
}

static void block(Gen *g, int statements) {
    for (int i = pick(g, statements + 1); i >= 0; i--) statement(g);
}

void generate(uint64_t seed, uint64_t index, Buffer *out) {
    Gen g = {.state = seed * 0x9e3779b97f4a7c15u ^ index * 0xd1b54a32d192ed03u, .out = out};
    out->length = 0;
    say(&g, "local u1, u2 = 5, {3, 1, 2, x = {y = 1}}\n");
    if (pick(&g, 30) == 0) { // beyond the constants that an instruction can name
        say(&g, "local many = {");
        for (int i = 0; i < 300; i++) say_number(&g, "'k", i), say(&g, "', ");
        say(&g, "}\n");
    }
    say(&g, "local function f1(i1, s1, ...)\n  local i2, i3, s2, t1, t2, f1, facts, context, settings = 1, 2, 'z', {}, {1, 2}, tostring, {n = 1, subject = {name = 'x'}, rows = {}}, {on = '2026-01-01', waived = {}}, {value = 1, list = {1}}\n");
    block(&g, 3);
    say(&g, "  return ");
    integer(&g);
    say(&g, "\nend\nfunction program.assess.x(facts, settings, context, ...)\n  local i1, i2, i3, s1, s2, t1, t2 = facts.n, 3, 0, 'a1b2', 'x', {1, 2, 3}, {k = 1}\n  local f1 = f1\n");
    block(&g, 8);
    say(&g, "  return ");
    decision(&g);
    say(&g, "\nend\n");
}
