#pragma once
#include <malloc.h>
#include <sqlite3.h>

/* sqlite3_config takes variable arguments, which Swift can't call. Without SQLite's count of its memory, connections on different
   threads no longer meet at one lock for every allocation. What a savepoint may have to undo stays in memory up to some 30 pages: a
   person's write needs no file, a batch's does. SQLite 3.40 writes less than 128 KiB at a time: a larger piece can't be put into the
   file and looks like a full disk. To be called before anything else of SQLite. */
static inline int niangjia_sqlite_configure(void) {
    /* What a transaction frees the next one asks for: given back to the system each time, it was a tenth of a write. */
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    mallopt(M_TOP_PAD, 256 << 10);
    int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return code == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 130000) : code;
}

/* sqlite3_vtab_config takes variable arguments too. The table may be read by views although their schema isn't trusted: it reads
   nothing but this very file. */
static inline int niangjia_vtab_innocuous(sqlite3 *database) {
    return sqlite3_vtab_config(database, SQLITE_VTAB_INNOCUOUS);
}
