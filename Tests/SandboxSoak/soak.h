// Campaigns against the engine in one process, without a host: generated scripts, and allocations that fail.
#pragma once
#include "paths.h"

/// Writes the script of that seed and number.
void generate(uint64_t seed, uint64_t index, Buffer *out);
