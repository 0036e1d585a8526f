// Little-endian reading and writing with bounds.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *at, *end;
    int bad; // sticky: every later read gives zero
} Reader;

static inline const uint8_t *read_bytes(Reader *r, uint64_t count) {
    if (r->bad || (uint64_t)(r->end - r->at) < count) {
        r->bad = 1;
        return NULL;
    }
    const uint8_t *at = r->at;
    r->at += count;
    return at;
}
static inline uint64_t read_fixed(Reader *r, int width) {
    const uint8_t *p = read_bytes(r, (uint64_t)width);
    uint64_t v = 0;
    if (p) memcpy(&v, p, (size_t)width);
    return v;
}
static inline uint8_t read_u8(Reader *r) { return (uint8_t)read_fixed(r, 1); }
static inline uint16_t read_u16(Reader *r) { return (uint16_t)read_fixed(r, 2); }
static inline uint32_t read_u32(Reader *r) { return (uint32_t)read_fixed(r, 4); }
static inline uint64_t read_u64(Reader *r) { return read_fixed(r, 8); }
static inline uint64_t read_varint(Reader *r) {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t b = read_u8(r);
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) return v;
    }
    r->bad = 1;
    return 0;
}
static inline int64_t read_zigzag(Reader *r) {
    uint64_t v = read_varint(r);
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}
static inline uint32_t load_u32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
/// The number of a row among numbers of `width` bytes each (0: all are 0).
static inline uint64_t number_at(const uint8_t *data, int width, uint32_t row) {
    uint32_t four;
    uint64_t eight;
    uint16_t two;
    switch (width) {
    case 0: return 0;
    case 1: return data[row];
    case 2: memcpy(&two, data + (size_t)row * 2, 2); return two;
    case 4: memcpy(&four, data + (size_t)row * 4, 4); return four;
    default: memcpy(&eight, data + (size_t)row * 8, 8); return eight;
    }
}

typedef struct {
    uint8_t *data;
    size_t length, capacity;
} Buffer;

void out_of_memory(void) __attribute__((noreturn));

static inline uint8_t *buffer_extend(Buffer *b, size_t count) {
    if (b->capacity - b->length < count) {
        size_t capacity = b->capacity ? b->capacity : 256;
        while (capacity - b->length < count) capacity *= 2;
        uint8_t *data = realloc(b->data, capacity);
        if (!data) out_of_memory();
        b->data = data;
        b->capacity = capacity;
    }
    uint8_t *at = b->data + b->length;
    b->length += count;
    return at;
}
static inline void put_bytes(Buffer *b, const void *p, size_t count) {
    if (count) memcpy(buffer_extend(b, count), p, count);
}
static inline void put_fixed(Buffer *b, uint64_t v, int width) { put_bytes(b, &v, (size_t)width); }
static inline void put_u8(Buffer *b, uint8_t v) { *buffer_extend(b, 1) = v; }
static inline void put_u16(Buffer *b, uint16_t v) { put_fixed(b, v, 2); }
static inline void put_u32(Buffer *b, uint32_t v) { put_fixed(b, v, 4); }
static inline void put_u64(Buffer *b, uint64_t v) { put_fixed(b, v, 8); }
static inline void put_varint(Buffer *b, uint64_t v) {
    while (v >= 0x80) {
        put_u8(b, (uint8_t)(v | 0x80));
        v >>= 7;
    }
    put_u8(b, (uint8_t)v);
}
static inline void put_zigzag(Buffer *b, int64_t v) { put_varint(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63)); }
