// Outcomes by the facts that a rule read on its way to them.
#pragma once
#include "answer.h"

typedef struct Tree Tree;

/// Facts that a rule may read of a row for its outcome to be kept.
enum { MOST_READS = 32 };
/// Rows that are looked for together.
enum { AHEAD = 16 };

/// What is known while a call's rows are judged.
typedef struct Paths {
    const Batch *batch;
    Tree *tree; // NULL: nothing is found and nothing kept
    uint32_t **numbers; // by column and entry of its dictionary: the number of a text in the tree
    uint32_t *seen;     // by column: one more than the row that read it last
    uint32_t *roots;    // by settings: the number of their text
    uint32_t first, end, ways[AHEAD]; // of the rows looked for; what was found stays found
    uint32_t row, reads[MOST_READS], read_count; // of the row at hand
} Paths;

void paths_open(Paths *p, const Program *program, const Batch *b);
void paths_close(Paths *p);
/// Begins a row. 1 where its outcome is known: `o` then views what the tree keeps until something is kept again.
int paths_find(Paths *p, uint32_t row, Outcome *o);
/// The rule asks for a column of the row at hand.
void paths_read(Paths *p, uint32_t column);
/// The rule's outcome of the row at hand.
void paths_keep(Paths *p, const Outcome *o);
/// Lets go of everything: a campaign goes through many programs.
void paths_forget(void);
