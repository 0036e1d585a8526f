// A CALL in columns, checked once against the frame's length, then read in place.
#include "engine.h"

static int width_is_valid(int width, int constant_allowed) {
    return width == 1 || width == 2 || width == 4 || width == 8 || (width == 0 && constant_allowed);
}

static int parse_integers(Column *c, Reader *r, uint32_t rows) {
    c->base = (int64_t)read_u64(r);
    c->width = read_u8(r);
    if (!width_is_valid(c->width, 1)) return -1;
    c->data = read_bytes(r, (uint64_t)rows * c->width);
    return 0;
}

/// Whether every row's number lies below `count`.
static int all_below(const uint8_t *data, int width, uint32_t rows, uint32_t count) {
    uint64_t most = 0;
    switch (width) { // a loop for each width, so that it runs over many rows at a time
    case 0: break;
    case 1:
        for (uint32_t i = 0; i < rows; i++) most = data[i] > most ? data[i] : most;
        break;
    default:
        for (uint32_t i = 0; i < rows; i++) {
            uint64_t number = number_at(data, width, i);
            if (number > most) most = number;
        }
    }
    return most < count;
}

static int parse_dictionary(Column *c, Reader *r, uint32_t rows) {
    c->entries = read_u32(r);
    c->ends = read_bytes(r, (uint64_t)c->entries * 4);
    if (r->bad) return -1;
    uint32_t last = 0;
    for (uint32_t i = 0; i < c->entries; i++) {
        uint32_t end = load_u32(c->ends + (size_t)i * 4);
        if (end < last) return -1;
        last = end;
    }
    c->blob = read_bytes(r, last);
    c->width = read_u8(r);
    if (!width_is_valid(c->width, 1) || c->width > 4) return -1;
    c->data = read_bytes(r, (uint64_t)rows * c->width);
    if (r->bad) return -1;
    if (!all_below(c->data, c->width, rows, c->entries ? c->entries : 1)) return -1;
    if (c->entries) return 0;
    // Without entries every row must be absent.
    for (uint32_t i = 0; i < rows; i++)
        if (!c->absent || !(c->absent[i / 8] >> (i % 8) & 1)) return -1;
    return 0;
}

static int parse_column(Column *c, Reader *r, uint32_t rows) {
    c->path_length = read_u16(r);
    c->path = (const char *)read_bytes(r, c->path_length);
    c->kind = read_u8(r);
    c->flags = read_u8(r);
    if (r->bad || c->path_length > 200) return -1;
    if (c->flags & NIANGJIA_FLAG_UNREAD) return c->kind == NIANGJIA_COLUMN_GROUP ? -1 : 0;
    if (c->flags & NIANGJIA_FLAG_NULLS) c->absent = read_bytes(r, ((uint64_t)rows + 7) / 8);
    switch (c->kind) {
    case NIANGJIA_COLUMN_INTEGER:
    case NIANGJIA_COLUMN_DATE: return parse_integers(c, r, rows);
    case NIANGJIA_COLUMN_BOOLEAN: c->data = read_bytes(r, ((uint64_t)rows + 7) / 8); return 0;
    case NIANGJIA_COLUMN_TEXT:
    case NIANGJIA_COLUMN_DOCUMENT:
    case NIANGJIA_COLUMN_OPAQUE: return parse_dictionary(c, r, rows);
    case NIANGJIA_COLUMN_GROUP: return 0;
    case NIANGJIA_COLUMN_REFERENCE:
        c->entries = read_u8(r);
        c->blob = read_bytes(r, c->entries);
        return r->bad || c->entries > 15 ? -1 : parse_integers(c, r, rows);
    default: return -1;
    }
}

/// Parses the content of a CALL. 0, or -1 when it is malformed.
int batch_parse(Batch *b, Reader *r) {
    memset(b, 0, sizeof *b);
    if (read_u8(r) != NIANGJIA_WIRE_VERSION) return -1;
    uint8_t length = read_u8(r);
    const uint8_t *name = read_bytes(r, length);
    b->rows = read_u32(r);
    b->settings_count = read_u16(r);
    if (r->bad || length >= sizeof b->function || b->rows == 0 || b->rows > 1u << 20 || b->settings_count == 0) return -1;
    memcpy(b->function, name, length);
    b->rechecks = !strncmp(b->function, "recheck.", 8);
    b->settings = calloc(b->settings_count, sizeof *b->settings);
    b->settings_length = calloc(b->settings_count, sizeof *b->settings_length);
    if (!b->settings || !b->settings_length) out_of_memory();
    for (uint32_t i = 0; i < b->settings_count; i++) {
        b->settings_length[i] = read_u32(r);
        b->settings[i] = read_bytes(r, b->settings_length[i]);
    }
    b->settings_width = read_u8(r);
    if (!width_is_valid(b->settings_width, 1) || b->settings_width > 2) return -1;
    b->settings_index = read_bytes(r, (uint64_t)b->rows * b->settings_width);
    b->column_count = read_u16(r);
    if (r->bad) return -1;
    if (!all_below(b->settings_index, b->settings_width, b->rows, b->settings_count)) return -1;
    b->columns = calloc(b->column_count + 1u, sizeof(Column));
    b->read = calloc(b->column_count + 1u, 1);
    if (!b->columns || !b->read) out_of_memory();
    for (uint32_t i = 0; i < b->column_count; i++) {
        Column *c = &b->columns[i];
        if (parse_column(c, r, b->rows)) return -1;
        if (c->kind != NIANGJIA_COLUMN_TEXT || c->entries > FEW_TEXTS || b->texts + c->entries > MOST_TEXTS) continue;
        c->first_text = b->texts + 1;
        b->texts += c->entries;
    }
    return r->bad || r->at != r->end ? -1 : 0;
}

void batch_free(Batch *b) {
    free(b->settings);
    free(b->settings_length);
    free(b->columns);
    free(b->read);
}
