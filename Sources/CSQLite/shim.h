#pragma once
#include <sqlite3.h>

/* sqlite3_config takes variable arguments, which Swift can't call. Without SQLite's count of its memory, connections on different
   threads no longer meet at one lock for every allocation. To be called before anything else of SQLite. */
static inline int niangjia_sqlite_configure(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* sqlite3_vtab_config takes variable arguments too. The table may be read by views although their schema isn't trusted: it reads
   nothing but this very file. */
static inline int niangjia_vtab_innocuous(sqlite3 *database) {
    return sqlite3_vtab_config(database, SQLITE_VTAB_INNOCUOUS);
}
