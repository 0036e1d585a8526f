// A worker without a host around it: what the tests of the sandbox start. The shipped binary is its own worker.
//
// `niangjia-worker --probe NAME` stands for a script that owns the process: it confines itself as a worker does, then
// tries one thing that no worker may. Status 0 says that it came through. Under a name that ends in `-without-seccomp` it
// stands for a machine that has none.
#include <CLuaEngine.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define WITHOUT_SECCOMP "-without-seccomp"

static void connect_out(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    connect(0, (struct sockaddr *)&address, sizeof address);
}

static void read_parent(pid_t parent) {
    char bytes[16];
    struct iovec here = {bytes, sizeof bytes}, there = {(void *)&read_parent, sizeof bytes};
    process_vm_readv(parent, &here, 1, &there, 1, 0);
}

static void attempt(const char *name, pid_t parent) {
    static char *const none[] = {NULL};
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!strcmp(name, "open")) open("/etc/hostname", O_RDONLY);
    else if (!strcmp(name, "create")) open("/tmp/niangjia-probe", O_WRONLY | O_CREAT, 0600);
    else if (!strcmp(name, "environment")) open("/proc/self/environ", O_RDONLY);
    else if (!strcmp(name, "socket")) socket(AF_INET, SOCK_STREAM, 0);
    else if (!strcmp(name, "connect")) connect_out();
    else if (!strcmp(name, "fork")) fork();
    else if (!strcmp(name, "thread")) syscall(SYS_clone3, NULL, 0);
    else if (!strcmp(name, "exec")) execve("/bin/true", none, none);
    else if (!strcmp(name, "signal")) kill(parent, SIGTERM);
    else if (!strcmp(name, "trace")) ptrace(PTRACE_ATTACH, parent, NULL, NULL);
    else if (!strcmp(name, "memory")) read_parent(parent);
    else if (!strcmp(name, "execute")) mprotect(page, 4096, PROT_READ | PROT_EXEC);
    else if (!strcmp(name, "map")) mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    else if (!strcmp(name, "share")) mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    else if (!strcmp(name, "write")) write(2, name, 1);
    else if (!strcmp(name, "read")) read(1, page, 1);
    else if (!strcmp(name, "descriptor")) dup(0);
    else if (!strcmp(name, "limit")) setrlimit(RLIMIT_NPROC, &(struct rlimit){10, 10});
    else if (!strcmp(name, "user")) setuid(0);
    else if (!strcmp(name, "ring")) syscall(SYS_io_uring_setup, 1, page);
    else if (!strcmp(name, "handler")) signal(SIGSYS, SIG_IGN);
    else if (!strcmp(name, "sleep")) usleep(1);
    else if (strcmp(name, "nothing")) _exit(2);
}

/// Stands for a kernel without seccomp: what would install a filter says that there is no such call.
static void lose_seccomp(void) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    struct scmp_arg_cmp prctl_sets_filter = {0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0};
    if (!context || seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) ||
        seccomp_rule_add(context, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, prctl_sets_filter) ||
        seccomp_load(context))
        _exit(2);
    seccomp_release(context);
}

int main(int argc, char **argv) {
    size_t length = strlen(argv[0]), suffix = strlen(WITHOUT_SECCOMP);
    if (length > suffix && !strcmp(argv[0] + length - suffix, WITHOUT_SECCOMP)) lose_seccomp();
    if (argc < 3 || strcmp(argv[1], "--probe")) return niangjia_worker_main(argc, argv);
    pid_t parent = getppid();
    int status = niangjia_worker_confine();
    if (status) return status;
    attempt(argv[2], parent);
    _exit(0);
}
