#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "CKernels.h"

// The cores' worth of time that a container may use, rounded up, or 0 where nothing limits it.
static int64_t container_cores(void) {
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (!file) return 0;
  long long quota = 0, period = 0;
  int read = fscanf(file, "%lld %lld", &quota, &period);
  fclose(file);
  return read == 2 && quota > 0 && period > 0 ? (quota + period - 1) / period : 0;
}

int64_t whisker_core_count(void) {
  cpu_set_t set;
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  int64_t cores = online > 0 ? online : 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set);
  int64_t limit = container_cores();
  return limit > 0 && limit < cores ? limit : cores;
}
