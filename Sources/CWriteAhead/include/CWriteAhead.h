#pragma once
#include <sqlite3.h>

/* The name of a VFS that is the system's own but for one thing: what is appended to a write-ahead log goes to the file when its
   transaction is complete, many pages at once. SQLite itself makes two system calls for each page. To be registered before a
   connection is opened with it; NULL where SQLite refuses. Any thread may call this, the first registers. */
const char *niangjia_write_ahead(void);

/* What a connection has gathered of a transaction is dropped when that is undone. Takes the connection's rollback hook. */
void niangjia_write_ahead_forgets(sqlite3 *database);
