#include "answer.h"

static uint64_t hash_of(const uint8_t *p, size_t n) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001b3u;
    return h ^ h >> 29;
}

static void *allocated(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (!p) out_of_memory();
    return p;
}

static void dictionary_open(Dictionary *d, uint32_t rows) {
    memset(d, 0, sizeof *d);
    uint32_t size = 16;
    while (size < rows * 2) size *= 2;
    d->mask = size - 1;
    d->slots = allocated(size, sizeof(uint32_t));
    d->ends = allocated(rows + 1u, sizeof(uint32_t));
    d->of_row = allocated(rows, sizeof(uint32_t));
}

static void dictionary_add(Dictionary *d, uint32_t row, const Buffer *b) {
    if (b->length == 0) return;
    for (uint64_t slot = hash_of(b->data, b->length);; slot++) {
        uint32_t entry = d->slots[slot & d->mask];
        if (entry == 0) {
            entry = ++d->count;
            d->slots[slot & d->mask] = entry;
            put_bytes(&d->bytes, b->data, b->length);
            d->ends[entry] = (uint32_t)d->bytes.length;
            d->of_row[row] = entry;
            return;
        }
        uint32_t start = d->ends[entry - 1];
        if (d->ends[entry] - start == b->length && !memcmp(d->bytes.data + start, b->data, b->length)) {
            d->of_row[row] = entry;
            return;
        }
    }
}

static void dictionary_write(Dictionary *d, uint32_t rows, Buffer *out) {
    put_u32(out, d->count);
    for (uint32_t i = 1; i <= d->count; i++) put_u32(out, d->ends[i]);
    put_bytes(out, d->bytes.data, d->bytes.length);
    int width = d->count == 0 ? 0 : d->count < 0x100 ? 1 : d->count < 0x10000 ? 2 : 4;
    put_u8(out, (uint8_t)width);
    for (uint32_t i = 0; i < rows && width; i++) put_fixed(out, d->of_row[i], width);
}

static void dictionary_close(Dictionary *d) {
    free(d->bytes.data);
    free(d->ends);
    free(d->slots);
    free(d->of_row);
}

static void write_integers(const int64_t *values, uint32_t count, Buffer *out) {
    int64_t least = values[0], most = values[0];
    for (uint32_t i = 1; i < count; i++) {
        if (values[i] < least) least = values[i];
        if (values[i] > most) most = values[i];
    }
    uint64_t span = (uint64_t)most - (uint64_t)least;
    int width = span == 0 ? 0 : span < 0x100 ? 1 : span < 0x10000 ? 2 : span < 0x100000000u ? 4 : 8;
    put_u64(out, (uint64_t)least);
    put_u8(out, (uint8_t)width);
    for (uint32_t i = 0; i < count && width; i++) put_fixed(out, (uint64_t)values[i] - (uint64_t)least, width);
}

void answer_open(Answer *a, uint32_t rows) {
    *a = (Answer){.kinds = allocated(rows, 1), .amounts = allocated(rows, sizeof(int64_t)),
                  .instructions = allocated(rows, sizeof(uint32_t))};
    dictionary_open(&a->codes, rows);
    dictionary_open(&a->params, rows);
    dictionary_open(&a->options, rows);
}

void answer_add(Answer *a, uint32_t row, const Outcome *o) {
    a->kinds[row] = o->kind;
    a->amounts[row] = o->amount;
    a->instructions[row] = o->instructions;
    dictionary_add(&a->codes, row, &o->code);
    dictionary_add(&a->params, row, &o->params);
    dictionary_add(&a->options, row, &o->options);
}

void answer_write(Answer *a, uint32_t rows, Buffer *out) {
    size_t at = out->length;
    put_u32(out, 0);
    put_u8(out, NIANGJIA_WIRE_VERSION);
    put_u32(out, rows);
    put_bytes(out, a->kinds, rows);
    write_integers(a->amounts, rows, out);
    int64_t *instructions = allocated(rows, sizeof(int64_t));
    for (uint32_t i = 0; i < rows; i++) instructions[i] = a->instructions[i];
    write_integers(instructions, rows, out);
    free(instructions);
    dictionary_write(&a->codes, rows, out);
    dictionary_write(&a->params, rows, out);
    dictionary_write(&a->options, rows, out);
    uint32_t length = (uint32_t)(out->length - at - 4);
    memcpy(out->data + at, &length, 4);
}

void answer_close(Answer *a) {
    free(a->kinds);
    free(a->amounts);
    free(a->instructions);
    dictionary_close(&a->codes);
    dictionary_close(&a->params);
    dictionary_close(&a->options);
}
