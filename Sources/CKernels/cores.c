#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "CKernels.h"

// Reads up to two numbers from the start of a file. Returns how many were read.
static int read_numbers(const char *folder, const char *name, long long *first, long long *second) {
  char path[512];
  int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = length < (int)sizeof path ? fopen(path, "re") : NULL;
  if (!file) return 0;
  int read = fscanf(file, "%lld %lld", first, second);
  fclose(file);
  return read;
}

int64_t whisker_quota_cores(const char *folder) {
  long long quota = 0, period = 0, unused;
  int is_found = read_numbers(folder, "cpu.max", &quota, &period) == 2;
  // Version 1 has one file per number, and -1 means no limit.
  if (!is_found)
    is_found = read_numbers(folder, "cpu/cpu.cfs_quota_us", &quota, &unused) >= 1 &&
               read_numbers(folder, "cpu/cpu.cfs_period_us", &period, &unused) >= 1;
  return is_found && quota > 0 && period > 0 ? (quota + period - 1) / period : 0;
}

int64_t whisker_core_count(void) {
  cpu_set_t set;
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  int64_t cores = online > 0 ? online : 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set);
  int64_t limit = whisker_quota_cores("/sys/fs/cgroup");
  return limit > 0 && limit < cores ? limit : cores;
}
