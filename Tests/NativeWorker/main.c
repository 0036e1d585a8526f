// A worker in which a script owns the process: `native` makes any system call and writes into the page shared with the host.
// A build for tests; the engine that is shipped has no such thing.
#include <CLuaEngine.h>
#include <lauxlib.h>
#include <lua.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static niangjia_progress *page = MAP_FAILED;

#define CALL(name) {#name, SYS_##name}
static const struct {
    const char *name;
    long number;
} calls[] = {
    CALL(bpf),
    CALL(clone),
    CALL(clone3),
    CALL(connect),
    CALL(execve),
    CALL(execveat),
    CALL(getpid),
    CALL(getrandom),
    CALL(io_uring_setup),
    CALL(keyctl),
    CALL(kill),
    CALL(mmap),
    CALL(mount),
    CALL(mprotect),
    CALL(openat),
    CALL(pidfd_open),
    CALL(prctl),
    CALL(prlimit64),
    CALL(process_vm_readv),
    CALL(ptrace),
    CALL(read),
    CALL(recvmsg),
    CALL(seccomp),
    CALL(sendmsg),
    CALL(setpriority),
    CALL(setuid),
    CALL(socket),
    CALL(tgkill),
    CALL(unshare),
    CALL(write),
};

static long number_of(lua_State *L, const char *name) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (!strcmp(calls[i].name, name)) return calls[i].number;
    return luaL_error(L, "no such call: %s", name);
}

/// native.call(name, ...): integers as they are, texts by their address. The result, or a negative errno.
static int call(lua_State *L) {
    long arguments[7] = {number_of(L, luaL_checkstring(L, 1))};
    for (int n = 1; n < 7 && n < lua_gettop(L); n++)
        arguments[n] = lua_type(L, n + 1) == LUA_TSTRING ? (long)lua_tostring(L, n + 1) : (long)lua_tointeger(L, n + 1);
    long result = syscall(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]);
    lua_pushinteger(L, result < 0 ? -errno : result);
    return 1;
}

/// native.tell(row, busy): what the host will believe of where the worker is.
static int tell(lua_State *L) {
    page->row = (uint32_t)lua_tointeger(L, 1);
    page->busy = (uint32_t)lua_tointeger(L, 2);
    return 0;
}

/// native.crash(): a write to where nothing is.
static int crash(lua_State *L) {
    (void)L;
    *(volatile int *)8 = 1;
    return 0;
}

void niangjia_open_native(lua_State *L, int environment) {
    static const luaL_Reg functions[] = {{"call", call}, {"tell", tell}, {"crash", crash}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_setfield(L, environment, "native");
}

int main(int argc, char **argv) {
    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, 1, 0);
    return page == MAP_FAILED ? 2 : niangjia_worker_main(argc, argv);
}
