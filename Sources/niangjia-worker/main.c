// A worker without a host around it: what the tests of the sandbox start. The shipped binary is its own worker.
//
// `niangjia-worker --probe NAME` stands for a script that owns the process: it confines itself as a worker does, then
// tries one thing that no worker may. Status 0 says that it came through.
#include <CLuaEngine.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

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

int main(int argc, char **argv) {
    if (argc < 3 || strcmp(argv[1], "--probe")) return niangjia_worker_main(argc, argv);
    pid_t parent = getppid();
    int status = niangjia_worker_confine();
    if (status) return status;
    attempt(argv[2], parent);
    _exit(0);
}
