#define _GNU_SOURCE
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

// AddressSpace.reserve of WhiskerCore.
static const size_t least = 16 << 20;
static const char message[] =
    "whisker: out of memory: 16 MB of address space besides the program are required; ulimit -v leaves less\n";

// Swift's libraries crash where their initialization fails to allocate memory, so this runs before.
static void start(int count, char **arguments, char **environment) {
  (void)count, (void)arguments, (void)environment;
  void *space = mmap(NULL, least, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) {
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    _exit(1);
  }
  munmap(space, least);
  // An arena of malloc's for each thread reserves 64 MB, which would be missing elsewhere.
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) mallopt(M_ARENA_MAX, 1);
}

__attribute__((section(".preinit_array"), used)) static void (*const entry)(int, char **, char **) = start;
