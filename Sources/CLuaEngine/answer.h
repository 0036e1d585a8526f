// The answer to a batch, gathered row by row, written in columns.
#pragma once
#include "engine.h"

/// Distinct byte strings in the order of their first appearance; 0 is none.
typedef struct {
    Buffer bytes;
    uint32_t *ends, *slots, *of_row;
    uint32_t count, mask;
} Dictionary;

typedef struct {
    uint8_t *kinds;
    int64_t *amounts;
    uint32_t *instructions;
    Dictionary codes, params, options;
} Answer;

/// One row's outcome before it joins the others: compared byte for byte when it is judged again.
typedef struct {
    uint8_t kind;
    int64_t amount;
    uint32_t instructions;
    Buffer code, params, options;
} Outcome;

void answer_open(Answer *a, uint32_t rows);
void answer_add(Answer *a, uint32_t row, const Outcome *o);
/// Appends the answer with its length before it.
void answer_write(Answer *a, uint32_t rows, Buffer *out);
void answer_close(Answer *a);
/// Makes a failed outcome of a failure.
void outcome_fail(Outcome *o, const Failure *f);
void outcome_close(Outcome *o);
