// The host's side: starting, feeding and ending a worker process. No Lua here.
#include "CLuaEngine.h"
#include <errno.h>
#include <fcntl.h>
#include <lua.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEXT_OF(n) #n
#define IDENTITY(engine, wire) LUA_RELEASE "; engine " TEXT_OF(engine) "; wire " TEXT_OF(wire)

const char *niangjia_engine_identity(void) { return IDENTITY(NIANGJIA_ENGINE_BUILD, NIANGJIA_WIRE_VERSION); }

static int high_copy(int fd) { // out of the way of 0, 1 and 2, which the worker gets
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 16);
    close(fd);
    return copy;
}

static int spawn(const char *path, int without_seccomp, int socket, int page, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    char *arguments[] = {(char *)path, NIANGJIA_WORKER_FLAG, without_seccomp ? NIANGJIA_UNCONFINED_FLAG : NULL, NULL};
    char *environment[] = {NULL};
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    // A group of its own: Ctrl-C in the host's terminal is the host's business.
    error = posix_spawn_file_actions_adddup2(&actions, socket, 0) ?: posix_spawn_file_actions_adddup2(&actions, page, 1)
        ?: posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        ?: posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        ?: posix_spawnattr_setsigdefault(&attributes, &all) ?: posix_spawnattr_setsigmask(&attributes, &none)
        ?: posix_spawnattr_setpgroup(&attributes, 0)
        ?: posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP)
        ?: posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int niangjia_worker_spawn(const char *path, int without_seccomp, niangjia_worker *out) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) return errno;
    int mine = high_copy(pair[0]), theirs = high_copy(pair[1]), page = memfd_create("niangjia", MFD_CLOEXEC);
    if (page >= 0) page = high_copy(page);
    niangjia_progress *progress = MAP_FAILED;
    int error = mine < 0 || theirs < 0 || page < 0 || ftruncate(page, 4096) ? errno : 0;
    if (!error) {
        progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
        error = progress == MAP_FAILED ? errno : spawn(path, without_seccomp, theirs, page, &out->pid);
    }
    if (theirs >= 0) close(theirs);
    if (page >= 0) close(page);
    if (error) {
        if (mine >= 0) close(mine);
        if (progress != MAP_FAILED) munmap(progress, 4096);
        return error;
    }
    fcntl(mine, F_SETFL, fcntl(mine, F_GETFL) | O_NONBLOCK);
    out->socket = mine;
    out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0);
    out->progress = progress;
    return 0;
}

/// `struct sched_attr`, which glibc doesn't declare before 2.41.
typedef struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
} SchedulingAttributes;

void niangjia_set_pace(niangjia_pace pace) {
    // A niceness that an administrator gave the host is kept, and added to for a batch. Refused, everything stays as it was.
    enum { BATCH_NICENESS = 5, MOST = 19, PERSONS_SLICE_NS = 100000 };
    errno = 0;
    int niceness = getpriority(PRIO_PROCESS, 0);
    if (errno) return;
    SchedulingAttributes attributes = {.size = sizeof attributes, .policy = SCHED_OTHER, .nice = niceness};
    if (pace == NIANGJIA_PACE_BATCH) {
        attributes.policy = SCHED_BATCH;
        attributes.nice = niceness + BATCH_NICENESS < MOST ? niceness + BATCH_NICENESS : MOST;
    } else {
        // From Linux 6.12 on whoever asks for short slices comes first when it wakes; earlier kernels take no notice.
        attributes.runtime = PERSONS_SLICE_NS;
    }
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int niangjia_worker_end(niangjia_worker *worker) {
    int status = 0;
    close(worker->socket);
    kill(worker->pid, SIGKILL); // not reaped yet, so the number is still its own
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (worker->pidfd >= 0) close(worker->pidfd);
    munmap((void *)worker->progress, 4096);
    return status;
}

int64_t niangjia_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int wait_for(int fd, short events, int64_t deadline_ns) {
    for (;;) {
        int64_t left = deadline_ns - niangjia_monotonic_ns();
        if (left <= 0) return ETIMEDOUT;
        struct timespec timeout = {left / 1000000000, left % 1000000000};
        struct pollfd poll = {fd, events, 0};
        int n = ppoll(&poll, 1, &timeout, NULL);
        if (n > 0) return 0;
        if (n < 0 && errno != EINTR) return errno;
    }
}

int niangjia_send_all(int fd, const uint8_t *head, size_t head_count, const uint8_t *body, size_t body_count,
                      int64_t deadline_ns) {
    // Both at once: a head alone would wake the worker for nothing.
    struct iovec parts[2] = {{(void *)head, head_count}, {(void *)body, body_count}};
    while (parts[0].iov_len + parts[1].iov_len) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
        for (int i = 0; n > 0 && i < 2; i++) {
            size_t done = (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;
            parts[i].iov_base = (uint8_t *)parts[i].iov_base + done;
            parts[i].iov_len -= done;
            n -= (ssize_t)done;
        }
        if (n >= 0 || errno == EINTR) continue;
        if (errno != EAGAIN) return errno;
        int error = wait_for(fd, POLLOUT, deadline_ns);
        if (error) return error;
    }
    return 0;
}

ssize_t niangjia_receive(int fd, uint8_t *bytes, size_t count, int64_t deadline_ns) {
    for (;;) {
        int error = wait_for(fd, POLLIN, deadline_ns);
        if (error) return -error;
        ssize_t n = recv(fd, bytes, count, 0);
        if (n >= 0) return n;
        if (errno != EINTR && errno != EAGAIN) return -errno;
    }
}
