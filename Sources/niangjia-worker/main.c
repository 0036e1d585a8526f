// A worker without a host around it: what the tests of the sandbox start. The shipped binary is its own worker.
#include <CLuaEngine.h>

int main(int argc, char **argv) { return niangjia_worker_main(argc, argv); }
