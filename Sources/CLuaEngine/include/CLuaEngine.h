// The Lua engine of niangjia behind bytes: liblua in a confined worker process. No Swift, no domain.
//
// A host sees two things: `niangjia_worker_main`, which a process runs as its whole life, and the helpers that start
// such a process. What passes between them is described in docs/wire-format.md.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Version of every message between host and worker, and of the journaled bytes inside them.
#define NIANGJIA_WIRE_VERSION 1
/// Grows whenever the same request could give other reply bytes: helpers, rounding, budgets, order.
#define NIANGJIA_ENGINE_BUILD 3
/// No frame is longer, in either direction.
#define NIANGJIA_FRAME_MAX (64u << 20)

/// The first argument that makes a process a worker.
#define NIANGJIA_WORKER_FLAG "--niangjia-worker"
/// The second argument, passed only where the host's administrator allows a worker without seccomp.
#define NIANGJIA_UNCONFINED_FLAG "--without-seccomp"

/// Exit statuses of a worker.
enum {
    NIANGJIA_EXIT_DONE = 0,      ///< the host closed the socket
    NIANGJIA_EXIT_PROTOCOL = 64, ///< a malformed frame
    NIANGJIA_EXIT_MEMORY = 70,   ///< the process itself ran out of memory
    NIANGJIA_EXIT_SECCOMP = 71,  ///< the filter could not be installed
    NIANGJIA_EXIT_CONFINE = 72,  ///< another part of the confinement failed
    NIANGJIA_EXIT_LUA = 73,      ///< the linked Lua is not one that this engine understands
};

/// Types of frames. 16 and above are those of actions.
enum {
    NIANGJIA_FRAME_READY = 1,
    NIANGJIA_FRAME_LOAD = 2,
    NIANGJIA_FRAME_LOADED = 3,
    NIANGJIA_FRAME_CALL = 4,
    NIANGJIA_FRAME_REPLY = 5,
    NIANGJIA_FRAME_ERROR = 6,
    NIANGJIA_FRAME_ACT = 16,
    NIANGJIA_FRAME_ASK = 17,
    NIANGJIA_FRAME_TELL = 18,
    NIANGJIA_FRAME_DONE = 19,
};

/// Flags of a LOAD. Neither is ever set for a city's cases.
enum {
    NIANGJIA_LOAD_FORCED = 1,   ///< the checks against state that outlives a call are off
    NIANGJIA_LOAD_COVERAGE = 2, ///< which lines run is noted and told with each REPLY
};

/// Kinds of columns in a CALL.
enum {
    NIANGJIA_COLUMN_INTEGER = 1,
    NIANGJIA_COLUMN_BOOLEAN = 2,
    NIANGJIA_COLUMN_DATE = 3,
    NIANGJIA_COLUMN_TEXT = 4,
    NIANGJIA_COLUMN_DOCUMENT = 5,
    NIANGJIA_COLUMN_OPAQUE = 6,
    NIANGJIA_COLUMN_GROUP = 7,
    NIANGJIA_COLUMN_REFERENCE = 8, ///< ids as numbers; the script reads their text
};

/// Flags of columns in a CALL.
enum {
    NIANGJIA_FLAG_OPEN = 1,   ///< of a group: a name that is not declared reads as nil
    NIANGJIA_FLAG_STRICT = 2, ///< of documents: a name that is not in a map is an error
    NIANGJIA_FLAG_NULLS = 4,  ///< a bitmap of absent rows precedes the data
    NIANGJIA_FLAG_UNREAD = 8, ///< in journaled bytes: no row read it, its data are left out
};

/// Tags of encoded values.
enum {
    NIANGJIA_VALUE_NULL = 0,
    NIANGJIA_VALUE_FALSE = 1,
    NIANGJIA_VALUE_TRUE = 2,
    NIANGJIA_VALUE_INTEGER = 3,
    NIANGJIA_VALUE_TEXT = 4,
    NIANGJIA_VALUE_LIST = 5,
    NIANGJIA_VALUE_MAP = 6,
    NIANGJIA_VALUE_OPAQUE = 7,
};

/// What a row of a REPLY says.
enum {
    NIANGJIA_VERDICT_NONE = 0,
    NIANGJIA_VERDICT_GRANT = 1,
    NIANGJIA_VERDICT_LIMIT = 2,
    NIANGJIA_VERDICT_REFUSE = 3,
    NIANGJIA_VERDICT_INCOMPLETE = 4,
    NIANGJIA_VERDICT_REVIEW = 5,
    NIANGJIA_VERDICT_REVOKE = 6,
    NIANGJIA_VERDICT_FAILED = 7,
    NIANGJIA_VERDICT_ANSWER = 8, ///< of an action
    NIANGJIA_VERDICT_FAIL = 9,   ///< of an action: it couldn't be done, with the reason
};

/// Why a load or a row failed.
enum {
    NIANGJIA_FAILURE_SCRIPT = 1,       ///< the script raised an error
    NIANGJIA_FAILURE_INSTRUCTIONS = 2, ///< the instruction budget
    NIANGJIA_FAILURE_MEMORY = 3,       ///< the memory budget
    NIANGJIA_FAILURE_TIME = 4,         ///< killed by the host's clock
    NIANGJIA_FAILURE_CRASHED = 5,      ///< the worker died in this row
    NIANGJIA_FAILURE_OUTPUT = 6,       ///< what the function returned is no decision, or too large
    NIANGJIA_FAILURE_REFUSED = 7,      ///< the loader refuses the source
    NIANGJIA_FAILURE_FUNCTION = 8,     ///< the called function is not in the script
    NIANGJIA_FAILURE_REQUEST = 9,      ///< the host's message is malformed
    NIANGJIA_FAILURE_CALLS = 10,       ///< the budget of host calls
};

/// Known faults of Lua 5.4 releases that the linked one has. Each is tried once in a process, on code of our own.
enum {
    NIANGJIA_FAULT_BITWISE = 1, ///< `1 ~ (2 or 3)` in a function with more than 255 constants
    NIANGJIA_FAULT_INDEX = 2,   ///< `t[1 < 2]` where t belongs to an outer function
    NIANGJIA_FAULT_CLOSE = 4,   ///< `break` out of a block with a `<close>` variable
    NIANGJIA_FAULT_ENV = 8,     ///< `local _ENV <const> = 1`
    NIANGJIA_FAULT_SEED = 16,   ///< hashes can't be seeded: lengths of tables with gaps may differ from run to run
};
uint32_t niangjia_engine_faults(void);

/// The page that host and worker share: which row of which call the worker is in.
typedef struct {
    volatile uint64_t calls;
    volatile uint32_t row;
    volatile uint32_t busy;
} niangjia_progress;

/// The life of a worker: confines itself, then answers frames on descriptor 0 until the host closes it. Descriptor 1 is
/// the shared page. Call it from a synchronous `main`, before any thread or runtime exists.
int niangjia_worker_main(int argc, char **argv);

/// Takes from the calling process, for good, everything that a worker doesn't need: user, limits, system calls. Returns 0,
/// `NIANGJIA_EXIT_CONFINE`, or `NIANGJIA_EXIT_SECCOMP` when only the filter is missing.
int niangjia_worker_confine(void);

/// A started worker as the host sees it.
typedef struct {
    pid_t pid;
    int socket;                  ///< the host's end, close-on-exec
    int pidfd;                   ///< readable when the process has ended, or -1
    niangjia_progress *progress; ///< the shared page
} niangjia_worker;

/// Starts `path --niangjia-worker`. Nothing of the host's environment or descriptors is inherited. Returns 0 or an errno.
int niangjia_worker_spawn(const char *path, int without_seccomp, niangjia_worker *out);
/// How long a thread may be kept waiting: that of a person, or that of a batch, which gives way to everybody.
typedef enum { NIANGJIA_PACE_PERSON, NIANGJIA_PACE_BATCH } niangjia_pace;
/// Tells the kernel's scheduler, as far as it listens, at what pace this thread works, and every worker that it starts from now
/// on. Once in a thread's life.
void niangjia_set_pace(niangjia_pace pace);
/// Kills (if still alive) and reaps the process, and frees what the host holds of it. Returns its wait status.
int niangjia_worker_end(niangjia_worker *worker);

/// Sends two stretches of bytes as one, without raising SIGPIPE. Returns 0 or an errno; ETIMEDOUT once `deadline_ns` (CLOCK_MONOTONIC) has passed.
int niangjia_send_all(int fd, const uint8_t *head, size_t head_count, const uint8_t *body, size_t body_count,
                      int64_t deadline_ns);
/// Receives up to `count` bytes, at least one; waits until `deadline_ns`. Returns the count, 0 at the end, or -errno.
ssize_t niangjia_receive(int fd, uint8_t *bytes, size_t count, int64_t deadline_ns);
/// CLOCK_MONOTONIC in nanoseconds.
int64_t niangjia_monotonic_ns(void);

/// Names what promises the same bytes: Lua release, engine build, wire version.
const char *niangjia_engine_identity(void);

#ifdef __cplusplus
}
#endif
