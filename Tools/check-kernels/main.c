// Runs every kernel in the variant that WHISKER_KERNELS names, on sizes that are no multiple of anything, and compares the results
// with those of the portable variant. Prints, for each kernel, the number of results, their hash, and the largest difference.
// The exit status is 1 if they differ by more than their bound, and 3 if this CPU lacks the variant.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

const kernel_table *kernels;

#define TABLE_ENTRY(result, function, parameters, arguments) .function = whisker_##function,
// Calls the kernels as the libraries do.
static const kernel_table dispatched = {FOR_EACH_KERNEL(TABLE_ENTRY)};

#define KERNEL_NAME(result, name, parameters, arguments) #name,
static const char *const names[] = {FOR_EACH_KERNEL(KERNEL_NAME) "functions of all variants"};

// Of the kernel that runs.
static int current;

// Reports which kernel left its buffers.
static void report_crash(int signal) {
  static const char text[] = " reads or writes beyond a buffer\n";
  ssize_t written = write(STDERR_FILENO, names[current], strlen(names[current]));
  if (written > 0) written = write(STDERR_FILENO, text, sizeof text - 1);
  _exit(128 + signal);
}

typedef struct {
  int kernel;
  int64_t count;
  double bound;  // negative: exactly
  float *values;
} kept_result;
typedef struct {
  kept_result *results;
  int64_t count;
  whisker_hash hashes[KERNEL_COUNT + 1];
  int calls[KERNEL_COUNT + 1];
} variant_results;
static variant_results all[2], *kept;

void begin_kernel(int number) {
  current = number;
  kept->calls[number]++;
}

typedef struct buffer {
  struct buffer *next;
  void *pages;
  size_t size;
} buffer;
static buffer *buffers;
static uint32_t buffer_number;

void end_case(void) {
  for (buffer *next; buffers; buffers = next) {
    next = buffers->next;
    munmap(buffers->pages, buffers->size);
    free(buffers);
  }
}

void *unset_bytes(int64_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), used = ((size_t)count + page - 1) / page * page;
  buffer *b = malloc(sizeof *b);
  *b = (buffer){buffers, mmap(NULL, used + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), used + page};
  if (b->pages == MAP_FAILED || mprotect((char *)b->pages + used, page, PROT_NONE) != 0) {
    perror("check-kernels");
    exit(2);
  }
  buffers = b;
  buffer_number++;
  char *start = (char *)b->pages + used - count;
  memset(start, 0x42, (size_t)count);  // 48.56 as a float
  return start;
}

float *unset_floats(int64_t count) { return unset_bytes(count * (int64_t)sizeof(float)); }

float *zero_floats(int64_t count) {
  float *values = unset_floats(count);
  memset(values, 0, sizeof(float) * (size_t)count);
  return values;
}

// The random numbers of a buffer depend on its number only, so they are the same for both variants.
static uint32_t drawn(int64_t i, int word) {
  uint32_t counter[4] = {(uint32_t)i, buffer_number, 0, 0}, words[4];
  whisker_philox(24, counter, words);
  return words[word];
}

float *random_floats(int64_t count) {
  float *values = unset_floats(count);
  for (int64_t i = 0; i < count; i++) values[i] = (float)((int32_t)drawn(i, 0) >> 8) * 0x1p-23f;
  return values;
}

float *sparse_floats(int64_t count) {
  float *values = random_floats(count);
  for (int64_t i = 0; i < count; i++)
    if (drawn(i, 1) & 1) values[i] = 0;
  return values;
}

uint8_t *random_bytes(int64_t count) {
  uint8_t *values = unset_bytes(count);
  for (int64_t i = 0; i < count; i++) values[i] = (uint8_t)drawn(i, 0);
  return values;
}

uint8_t *random_choices(int64_t count, int64_t kinds) {
  uint8_t *values = unset_bytes(count);
  for (int64_t i = 0; i < count; i++) values[i] = (uint8_t)(drawn(i, 0) % kinds * 2);
  return values;
}

static void add_to_hash(const void *values, size_t size) {
  whisker_hash *hash = &kept->hashes[current];
  char *both = malloc(sizeof *hash + size);
  memcpy(both, hash, sizeof *hash);
  memcpy(both + sizeof *hash, values, size);
  *hash = whisker_hash_of(both, sizeof *hash + size);
  free(both);
}

static void append(const float *values, int64_t count, double bound) {
  if (kept->count % 1024 == 0)
    kept->results = realloc(kept->results, sizeof *kept->results * (size_t)(kept->count + 1024));
  float *copy = malloc(sizeof(float) * (size_t)(count + 1));
  memcpy(copy, values, sizeof(float) * (size_t)count);
  kept->results[kept->count++] = (kept_result){current, count, bound, copy};
}

void keep(const float *values, int64_t count, double bound) {
  add_to_hash(values, sizeof(float) * (size_t)count);
  append(values, count, bound);
}

void keep_doubles(const double *values, int64_t count, double bound) {
  float *rounded = malloc(sizeof(float) * (size_t)(count + 1));
  for (int64_t i = 0; i < count; i++) rounded[i] = (float)values[i];
  add_to_hash(values, sizeof(double) * (size_t)count);
  append(rounded, count, bound);
  free(rounded);
}

void keep_exactly(const void *values, int64_t bytes) {
  add_to_hash(values, (size_t)bytes);
  float *each = malloc(sizeof(float) * (size_t)(bytes + 1));
  for (int64_t i = 0; i < bytes; i++) each[i] = ((const uint8_t *)values)[i];
  append(each, bytes, -1);
  free(each);
}

static void run(const kernel_table *table, variant_results *into) {
  kernels = table;
  kept = into;
  buffer_number = 0;
  void (*const groups[])(void) = {check_elementwise,   check_dropout,      check_dense,    check_conv_pool,
                                  check_conv_argmaxes, check_convolutions, check_winograd, check_norm,
                                  check_windows,       check_maps,         check_common};
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) groups[i]();
}

// The largest difference, in terms of the bound; above 1 if anything is wrong.
static double difference(const kept_result *expected, const kept_result *result) {
  if (expected->kernel != result->kernel || expected->count != result->count) return INFINITY;
  double scale = 0, largest = 0;
  for (int64_t i = 0; i < expected->count; i++) scale = fmax(scale, fabs((double)expected->values[i]));
  for (int64_t i = 0; i < expected->count; i++) {
    double off = fabs((double)expected->values[i] - (double)result->values[i]);
    if (!isfinite(off)) return INFINITY;
    largest = fmax(largest, off);
  }
  if (expected->bound < 0) return largest > 0 ? INFINITY : 0;
  return largest > 0 ? largest / (scale * expected->bound) : 0;
}

int main(void) {
  const char *wanted = getenv("WHISKER_KERNELS"), *name = whisker_kernels_name();
  if (wanted && strcmp(wanted, name) != 0) {
    fprintf(stderr, "check-kernels: this CPU has no %s kernels\n", wanted);
    return 3;
  }
  signal(SIGSEGV, report_crash);
  uint64_t state = whisker_flush_denormals();
  run(&whisker_portable_kernels, &all[0]);
  run(&dispatched, &all[1]);
  whisker_restore_denormals(state);

  double differences[KERNEL_COUNT + 1] = {0};
  int results[KERNEL_COUNT + 1] = {0}, failed = all[0].count != all[1].count;
  for (int64_t i = 0; !failed && i < all[0].count; i++) {
    int kernel = all[0].results[i].kernel;
    results[kernel]++;
    differences[kernel] = fmax(differences[kernel], difference(&all[0].results[i], &all[1].results[i]));
  }
  int total = 0;
  for (int i = 0; i <= KERNEL_COUNT; i++) {
    total += results[i];
    const char *problem = all[1].calls[i] == 0 ? "has no case" : differences[i] > 1 ? "differs" : "";
    if (*problem) failed = 1;
    printf("%-29s %4d results %016llx %7.3f of the bound %s\n", names[i], results[i],
           (unsigned long long)all[1].hashes[i].low, differences[i], problem);
  }
  printf("%d results of %d kernels %s the portable ones\n", total, KERNEL_COUNT, failed ? "differ from" : "agree with");
  return failed;
}
