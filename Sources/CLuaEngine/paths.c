// What a rule answered before, by the facts it read.
//
// A rule is a function of what it reads: it can keep nothing from row to row (check.c, freeze.c), and its settings and calendar are the
// same for the whole call. So two rows that agree in every fact it asked for, in the order it asked, agree in their outcome,
// instructions included; what it didn't ask for it can't know. Here the facts asked for are the nodes of a tree, their values its edges,
// outcomes its leaves: a row that finds its way to a leaf isn't judged. The second judgement in a fresh state looks at such rows
// as at any other.
#include "paths.h"

enum {
    FEWEST_ROWS = 64,        // of a call; for fewer, the header alone costs more than they can gain
    MOST_TREES = 4,          // functions with their columns that a worker keeps
    MOST_EDGES = 1 << 18,    // of a tree: 8 MiB with their empty places
    MOST_BYTES = 2 << 20,    // of texts, documents and outcomes of a tree
    MOST_TEXTS_KEPT = 1 << 16,
    WINDOW = 8192,           // rows after which a full tree is looked at
    LEAST_SHARE = 4,         // a full tree that answers fewer than one row in so many is given up
};

/// Where an edge leads: to an outcome, by its text, or to the next fact, by its column and the node that asks for it.
#define LEAF UINT32_C(0x80000000)
enum { NODE_BITS = 18, COLUMN_BITS = 13 };
_Static_assert(MOST_EDGES <= 1 << NODE_BITS && NODE_BITS + COLUMN_BITS == 31, "each edge leads to one node at most");

static uint32_t target_of(uint32_t column, uint32_t node) { return column << NODE_BITS | node; }
static uint32_t column_of(uint32_t target) { return target >> NODE_BITS; }
static uint32_t node_of(uint32_t target) { return target & ((1u << NODE_BITS) - 1); }

typedef struct {
    uint64_t value;
    uint32_t node;   // twice the node, one more where its fact is absent
    uint32_t target; // 0: no edge
} Edge;

/// Different byte strings, numbered from 1.
typedef struct {
    Buffer bytes;
    uint32_t *ends, *slots;
    uint32_t count, room;
    int is_full;
} Texts;

/// An outcome; kept as a text of its own, so that equal ones are kept once.
typedef struct {
    int64_t amount;
    uint32_t kind, instructions, code, params, options, padding; // code, params and options: texts
} Leaf;

struct Tree {
    uint8_t *header;
    size_t header_length;
    int is_given_up;
    uint64_t last_used;
    Edge *edges;
    uint32_t edge_count, edge_room, node_count;
    Texts texts;
    uint32_t rows, found; // of the window
};

static Tree trees[MOST_TREES];
static uint64_t uses;

static void *grown(void *p, size_t count, size_t size) {
    p = realloc(p, count * size);
    if (!p) out_of_memory();
    return p;
}

static uint64_t mixed(uint64_t x) {
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

static uint64_t hash_of(const uint8_t *p, size_t n) {
    uint64_t h = n;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = mixed(h ^ word);
    }
    uint64_t word = 0;
    memcpy(&word, p, n);
    return mixed(h ^ word);
}

static const uint8_t *text_at(const Texts *t, uint32_t number, size_t *length) {
    uint32_t start = t->ends[number - 1];
    *length = t->ends[number] - start;
    return t->bytes.data + start;
}

static void texts_grow(Texts *t) {
    uint32_t old = t->room, room = old ? old * 2 : 256;
    t->ends = grown(t->ends, room / 2 + 1u, sizeof *t->ends);
    if (!old) t->ends[0] = 0;
    free(t->slots);
    t->slots = calloc(room, sizeof *t->slots);
    if (!t->slots) out_of_memory();
    t->room = room;
    for (uint32_t i = 1; i <= t->count; i++) {
        size_t n;
        const uint8_t *p = text_at(t, i, &n);
        uint64_t slot = hash_of(p, n);
        while (t->slots[slot & (room - 1)]) slot++;
        t->slots[slot & (room - 1)] = i;
    }
}

/// Whether what isn't there yet is kept.
enum { FIND, KEEP };

/// The number of these bytes; 0 where they aren't there, or when there is no room for more.
static uint32_t text_number(Texts *t, const uint8_t *p, size_t n, int keeps) {
    static const uint8_t nothing[1];
    if (!p) p = nothing;
    if (t->count * 2 >= t->room) texts_grow(t);
    for (uint64_t slot = hash_of(p, n);; slot++) {
        uint32_t number = t->slots[slot & (t->room - 1)];
        if (!number) {
            if (!keeps) return 0;
            // One that is large by itself is none that rows share, and doesn't end learning for all others.
            if (n > MOST_BYTES / 16) return 0;
            t->is_full |= t->count >= MOST_TEXTS_KEPT || t->bytes.length + n > MOST_BYTES;
            if (t->is_full) return 0;
            put_bytes(&t->bytes, p, n);
            t->ends[++t->count] = (uint32_t)t->bytes.length;
            t->slots[slot & (t->room - 1)] = t->count;
            return t->count;
        }
        size_t length;
        const uint8_t *text = text_at(t, number, &length);
        if (length == n && !memcmp(text, p, n)) return number;
    }
}

static uint64_t edge_hash(uint32_t node, uint64_t value) { return mixed(value ^ (uint64_t)node << 40 ^ node); }

static Edge *edge_at(const Tree *t, uint64_t hash) { return &t->edges[hash & (t->edge_room - 1)]; }

/// The edge of that value, or where it would stand.
static Edge *edge_place(const Tree *t, uint64_t hash, uint32_t node, uint64_t value) {
    for (;; hash++) {
        Edge *e = edge_at(t, hash);
        if (!e->target || (e->value == value && e->node == node)) return e;
    }
}

static void edges_grow(Tree *t) {
    Edge *old = t->edges;
    uint32_t count = t->edge_room;
    t->edge_room = count ? count * 2 : 1024;
    t->edges = calloc(t->edge_room, sizeof *t->edges);
    if (!t->edges) out_of_memory();
    for (uint32_t i = 0; i < count; i++)
        if (old[i].target) *edge_place(t, edge_hash(old[i].node, old[i].value), old[i].node, old[i].value) = old[i];
    free(old);
}

static void tree_empty(Tree *t) {
    free(t->edges);
    free(t->texts.bytes.data);
    free(t->texts.ends);
    free(t->texts.slots);
    *t = (Tree){.header = t->header, .header_length = t->header_length, .last_used = t->last_used};
}

void paths_forget(void) {
    for (int i = 0; i < MOST_TREES; i++) {
        tree_empty(&trees[i]);
        free(trees[i].header);
        trees[i] = (Tree){0};
    }
}

/// What a tree is of: the function and everything that says which names it finds and what stands behind them.
static void write_header(const Batch *b, Buffer *out) {
    put_bytes(out, b->function, strlen(b->function) + 1);
    for (uint32_t i = 0; i < b->column_count; i++) {
        const Column *c = &b->columns[i];
        put_u16(out, c->path_length);
        put_bytes(out, c->path, c->path_length);
        put_u8(out, c->kind);
        put_u8(out, c->flags & ~NIANGJIA_FLAG_NULLS);
        if (c->kind != NIANGJIA_COLUMN_REFERENCE) continue;
        put_u8(out, (uint8_t)c->entries);
        put_bytes(out, c->blob, c->entries);
    }
}

static Tree *tree_of(const Batch *b) {
    Buffer header = {0};
    write_header(b, &header);
    Tree *oldest = &trees[0];
    for (int i = 0; i < MOST_TREES; i++) {
        Tree *t = &trees[i];
        if (t->header && t->header_length == header.length && !memcmp(t->header, header.data, header.length)) {
            free(header.data);
            return t;
        }
        if (t->last_used < oldest->last_used) oldest = t;
    }
    tree_empty(oldest);
    free(oldest->header);
    oldest->header = header.data;
    oldest->header_length = header.length;
    return oldest;
}

void paths_open(Paths *p, const Program *program, const Batch *b) {
    *p = (Paths){.batch = b};
    // Where lines are covered each row is to run; a forced state may remember what it likes.
    if (b->rows < FEWEST_ROWS || b->column_count >= 1 << COLUMN_BITS || program->forced || program->lines) return;
    Tree *t = tree_of(b);
    t->last_used = ++uses;
    if (t->is_given_up) return;
    if (!t->edges) edges_grow(t);
    p->numbers = calloc(b->column_count + 1u, sizeof *p->numbers);
    p->seen = calloc(b->column_count + 1u, sizeof *p->seen);
    p->roots = calloc(b->settings_count, sizeof *p->roots);
    if (!p->numbers || !p->seen || !p->roots) out_of_memory();
    p->tree = t;
    for (uint32_t i = 0; i < b->settings_count; i++)
        p->roots[i] = text_number(&t->texts, b->settings[i], b->settings_length[i], KEEP);
}

void paths_close(Paths *p) {
    for (uint32_t i = 0; p->numbers && i < p->batch->column_count; i++) free(p->numbers[i]);
    free(p->numbers);
    free(p->seen);
    free(p->roots);
    p->tree = NULL;
}

/// The value of a fact in a row as a number, and whether it is absent. 0 when it has none.
static int value_of(Paths *p, uint32_t number, uint32_t row, uint64_t *value, uint32_t *absent, int keeps) {
    const Column *c = &p->batch->columns[number];
    *absent = c->absent && (c->absent[row / 8] >> (row % 8) & 1);
    *value = 0;
    if (c->flags & NIANGJIA_FLAG_UNREAD) return 0;
    if (*absent) return 1;
    switch (c->kind) {
    case NIANGJIA_COLUMN_INTEGER:
    case NIANGJIA_COLUMN_DATE:
    case NIANGJIA_COLUMN_REFERENCE: *value = (uint64_t)c->base + number_at(c->data, c->width, row); return 1;
    case NIANGJIA_COLUMN_BOOLEAN: *value = c->data[row / 8] >> (row % 8) & 1; return 1;
    case NIANGJIA_COLUMN_GROUP: return 1;
    default: break;
    }
    uint32_t entry = (uint32_t)number_at(c->data, c->width, row);
    uint32_t **numbers = &p->numbers[number];
    if (!*numbers && !(*numbers = calloc(c->entries, sizeof **numbers))) out_of_memory();
    if (!(*numbers)[entry]) {
        uint32_t start = entry ? load_u32(c->ends + (size_t)(entry - 1) * 4) : 0, end = load_u32(c->ends + (size_t)entry * 4);
        (*numbers)[entry] = text_number(&p->tree->texts, c->blob + start, end - start, keeps);
    }
    *value = (*numbers)[entry];
    return *value != 0;
}

static uint32_t settings_of(const Paths *p, uint32_t row) {
    return p->roots[number_at(p->batch->settings_index, p->batch->settings_width, row)];
}

/// A view of a leaf's text: nobody writes or frees it.
static Buffer text_view(const Tree *t, uint32_t number) {
    Buffer view = {0};
    view.data = (uint8_t *)text_at(&t->texts, number, &view.length);
    return view;
}

/// Finds where the ways of the next rows end, all of them a step at a time: what an edge costs is waiting for memory, and so
/// they wait together.
static void look_ahead(Paths *p, uint32_t first) {
    const Tree *t = p->tree;
    uint32_t going[AHEAD], node[AHEAD], left = 0;
    uint64_t value[AHEAD], hash[AHEAD];
    uint32_t count = p->batch->rows - first < AHEAD ? p->batch->rows - first : AHEAD;
    p->first = first;
    p->end = first + count;
    for (uint32_t i = 0; i < count; i++) {
        p->ways[i] = node[i] = 0;
        value[i] = settings_of(p, first + i);
        if (value[i]) going[left++] = i;
    }
    while (left) {
        for (uint32_t k = 0; k < left; k++) {
            uint32_t i = going[k];
            hash[i] = edge_hash(node[i], value[i]);
            __builtin_prefetch(edge_at(t, hash[i]));
        }
        uint32_t still = 0;
        for (uint32_t k = 0; k < left; k++) {
            uint32_t i = going[k], absent, target = edge_place(t, hash[i], node[i], value[i])->target;
            if (!target || target & LEAF) {
                p->ways[i] = target;
                continue;
            }
            uint32_t column = column_of(target);
            // A text that was never kept stands on no edge: looking for it mustn't take the room of those that do.
            if (!value_of(p, column, first + i, &value[i], &absent, FIND)) continue;
            p->batch->read[column] = 1;
            node[i] = node_of(target) * 2 + absent;
            going[still++] = i;
        }
        left = still;
    }
}

int paths_find(Paths *p, uint32_t row, Outcome *o) {
    Tree *t = p->tree;
    if (!t) return 0;
    if (row >= p->end) look_ahead(p, row);
    p->row = row;
    p->read_count = 0;
    t->rows++;
    uint32_t way = p->ways[row - p->first];
    if (!way) return 0;
    Leaf leaf;
    size_t length;
    memcpy(&leaf, text_at(&t->texts, way & ~LEAF, &length), sizeof leaf);
    *o = (Outcome){(uint8_t)leaf.kind, leaf.amount, leaf.instructions, text_view(t, leaf.code), text_view(t, leaf.params),
                   text_view(t, leaf.options)};
    t->found++;
    return 1;
}

void paths_read(Paths *p, uint32_t column) {
    if (!p->tree || p->seen[column] == p->row + 1) return;
    p->seen[column] = p->row + 1;
    if (p->read_count < MOST_READS) p->reads[p->read_count] = column;
    p->read_count++;
}

/// What an edge to this outcome says; 0 where there is no room for it.
static uint32_t leaf_number(Tree *t, const Outcome *o) {
    Leaf leaf = {.amount = o->amount, .kind = o->kind, .instructions = o->instructions};
    leaf.code = text_number(&t->texts, o->code.data, o->code.length, KEEP);
    leaf.params = text_number(&t->texts, o->params.data, o->params.length, KEEP);
    leaf.options = text_number(&t->texts, o->options.data, o->options.length, KEEP);
    if (!leaf.code || !leaf.params || !leaf.options) return 0;
    uint32_t number = text_number(&t->texts, (uint8_t *)&leaf, sizeof leaf, KEEP);
    return number ? LEAF | number : 0;
}

/// Whether a full tree still earns its place.
static void look_at(Tree *t) {
    if (t->rows < WINDOW) return;
    if (t->found * LEAST_SHARE < t->rows) {
        tree_empty(t);
        t->is_given_up = 1;
    } else {
        t->rows = t->found = 0;
    }
}

void paths_keep(Paths *p, const Outcome *o) {
    Tree *t = p->tree;
    if (!t || p->read_count > MOST_READS) return;
    if (t->edge_count + MOST_READS >= MOST_EDGES || t->texts.is_full) {
        look_at(t);
        if (t->is_given_up) p->tree = NULL;
        return;
    }
    uint64_t value = settings_of(p, p->row);
    if (!value) return;
    uint32_t leaf = leaf_number(t, o), node = 0, absent;
    if (!leaf) return;
    for (uint32_t i = 0; i <= p->read_count; i++) {
        if (t->edge_count * 2 >= t->edge_room) edges_grow(t);
        Edge *e = edge_place(t, edge_hash(node, value), node, value);
        uint32_t last = i == p->read_count;
        if (!e->target) {
            *e = (Edge){value, node, last ? leaf : target_of(p->reads[i], ++t->node_count)};
            t->edge_count++;
        }
        if (last) return;
        // Reached from the same facts it must ask for the same next: anything else is no function, and the second judgement's to find.
        uint32_t target = e->target;
        if (target & LEAF || column_of(target) != p->reads[i]) return;
        if (!value_of(p, p->reads[i], p->row, &value, &absent, KEEP)) return;
        node = node_of(target) * 2 + absent;
    }
}
