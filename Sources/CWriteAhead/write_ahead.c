#include "CWriteAhead.h"

#include <stdlib.h>
#include <string.h>

/* A write-ahead log (https://sqlite.org/fileformat2.html#walformat) grows by frames: 24 bytes that say which page follows, then the
   page. Here frames that are appended are gathered and put into the file together, at the latest when the frame that ends a transaction
   is complete: only then are they named in the log's index, so no other connection asks for one that isn't in the file. A sync puts
   them there first. Whatever else is asked of the file does too, so that it always answers as if nothing were gathered. What is written
   again (walRewriteChecksums) goes straight to its place.

   A failed write is told when the gathered frames are put: to the write, sync or other call that made it so. SQLite rolls the
   transaction back, as it does when any of its writes fails. What isn't a write must not say that the disk is full: SQLite would undo
   one statement only, and go on with a transaction that has lost frames. */

enum {
    FRAME_HEADER = 24,
    /* SQLite 3.40 writes less than 128 KiB at a time. */
    MOST = 120 << 10,
};

typedef struct {
    sqlite3_file base;
    unsigned char *gathered;
    int count;
    /* Where the first gathered byte belongs. */
    sqlite3_int64 at;
    /* Where what was appended ends, since the log was begun anew or a transaction undone. */
    sqlite3_int64 end;
    /* The frame whose header came last ends a transaction. */
    int ends;
} LogFile;

/* The system's file lies behind ours. */
static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((LogFile *)file + 1); }

static int put(sqlite3_file *file) {
    LogFile *log = (LogFile *)file;
    int count = log->count;
    if (count == 0) return SQLITE_OK;
    log->count = 0;
    return real(file)->pMethods->xWrite(real(file), log->gathered, count, log->at);
}

/* The same for what is no write. */
static int put_before(sqlite3_file *file) {
    int code = put(file);
    return (code & 0xff) == SQLITE_FULL ? SQLITE_IOERR_WRITE : code;
}

static int log_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at) {
    LogFile *log = (LogFile *)file;
    if (at == 0) log->end = 0;
    if (at < log->end) {
        int code = put(file);
        return code == SQLITE_OK ? real(file)->pMethods->xWrite(real(file), bytes, count, at) : code;
    }
    log->end = at + count;
    if (log->count > 0 && (at != log->at + log->count || count > MOST - log->count)) {
        int code = put(file);
        if (code != SQLITE_OK) return code;
    }
    if (log->gathered == NULL) log->gathered = malloc(MOST);
    if (log->gathered == NULL || count > MOST) return real(file)->pMethods->xWrite(real(file), bytes, count, at);
    if (log->count == 0) log->at = at;
    memcpy(log->gathered + log->count, bytes, (size_t)count);
    log->count += count;
    int ended = log->ends;
    /* The second number of a header is the size of the database after the transaction, or 0. */
    log->ends = count == FRAME_HEADER && memcmp((const unsigned char *)bytes + 4, "\0\0\0", 4) != 0;
    return ended ? put(file) : SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at) {
    LogFile *log = (LogFile *)file;
    int code = at + count > log->at && at < log->at + log->count ? put_before(file) : SQLITE_OK;
    return code == SQLITE_OK ? real(file)->pMethods->xRead(real(file), bytes, count, at) : code;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int code = put_before(file);
    return code == SQLITE_OK ? real(file)->pMethods->xTruncate(real(file), size) : code;
}

static int log_sync(sqlite3_file *file, int flags) {
    int code = put_before(file);
    return code == SQLITE_OK ? real(file)->pMethods->xSync(real(file), flags) : code;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
    int code = put_before(file);
    return code == SQLITE_OK ? real(file)->pMethods->xFileSize(real(file), size) : code;
}

static int log_control(sqlite3_file *file, int what, void *argument) {
    int code = put_before(file);
    return code == SQLITE_OK ? real(file)->pMethods->xFileControl(real(file), what, argument) : code;
}

static int log_close(sqlite3_file *file) {
    int code = put(file), closed = real(file)->pMethods->xClose(real(file));
    free(((LogFile *)file)->gathered);
    return code == SQLITE_OK ? closed : code;
}

static int log_lock(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }
static int log_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
static int log_reserved(sqlite3_file *file, int *is) {
    return real(file)->pMethods->xCheckReservedLock(real(file), is);
}
static int log_sector(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
static int log_traits(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *opened) {
    sqlite3_vfs *system = vfs->pAppData;
    if (!(flags & SQLITE_OPEN_WAL)) return system->xOpen(system, name, file, flags, opened);
    memset(file, 0, sizeof(LogFile));
    int code = system->xOpen(system, name, real(file), flags, opened);
    if (code == SQLITE_OK) file->pMethods = &methods;
    return code;
}

static sqlite3_vfs vfs;

const char *niangjia_write_ahead(void) {
    if (sqlite3_initialize() != SQLITE_OK) return NULL;
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
    sqlite3_mutex_enter(mutex);
    int code = SQLITE_OK;
    sqlite3_vfs *system = vfs.zName == NULL ? sqlite3_vfs_find(NULL) : NULL;
    if (system != NULL) {
        vfs = *system;
        vfs.zName = "niangjia-write-ahead";
        vfs.pNext = NULL;
        vfs.pAppData = system;
        vfs.szOsFile = (int)sizeof(LogFile) + system->szOsFile;
        vfs.xOpen = open_file;
        code = sqlite3_vfs_register(&vfs, 0);
    }
    sqlite3_mutex_leave(mutex);
    return code == SQLITE_OK ? vfs.zName : NULL;
}

/* Frames of a transaction that is undone are nobody's: nothing of them goes to the file any more. */
static void forget(void *database) {
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) return;
    if (file == NULL || file->pMethods != &methods) return;
    LogFile *log = (LogFile *)file;
    log->count = log->ends = 0;
    log->end = 0;
}

void niangjia_write_ahead_forgets(sqlite3 *database) { sqlite3_rollback_hook(database, forget, database); }
