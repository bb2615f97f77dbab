// Measures the variant that WHISKER_KERNELS names. The exit status is 3 if this CPU lacks it.
#include "shares.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TABLE_ENTRY(result, function, parameters, arguments) .function = whisker_##function,
static const kernel_table dispatched = {FOR_EACH_KERNEL(TABLE_ENTRY)};
const kernel_table *kernels = &dispatched;

// Only kernels whose names contain this are measured.
static const char *filter = "";

static void *used[64];
static int used_count;

void *memory(int64_t bytes) {
  if (used_count == 64) abort();
  void *start = aligned_alloc(64, (size_t)(bytes + 127) / 64 * 64);
  if (!start) abort();
  used[used_count++] = start;
  memset(start, 0, (size_t)bytes);
  return start;
}

float *floats(int64_t count) {
  float *values = memory(count * (int64_t)sizeof(float));
  for (int64_t i = 0; i < count; i++) values[i] = (float)(i * 7919 % 1024) / 1024 - 0.5f;
  return values;
}

float *sparse_floats(int64_t count) {
  float *values = floats(count);
  for (int64_t i = 0; i < count; i++)
    if ((uint64_t)i * 0x9E3779B97F4A7C15 >> 62) values[i] = 0;
  return values;
}

// The number of independent accumulators of the peak: enough to hide the latency, and few enough for the registers.
#define CHAINS 12
#define ROUNDS 10000
#define DEFINE_PEAK(name, lanes, ...)                                                                                   \
  __VA_ARGS__ static void name(void *context) {                                                                         \
    typedef float vector __attribute__((vector_size(lanes * 4)));                                                       \
    vector sum[CHAINS], factor = (vector){0} + 0.999999f, term = (vector){0} + 0.000001f;                               \
    for (int i = 0; i < CHAINS; i++) sum[i] = (vector){0} + (float)i;                                                   \
    for (int64_t round = 0; round < ROUNDS; round++)                                                                     \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term;              \
    for (int i = 1; i < CHAINS; i++) sum[0] += sum[i];                                                                  \
    *(volatile float *)context = sum[0][0];                                                                             \
  }
#if defined(__x86_64__)
DEFINE_PEAK(peak_of_16, 16, __attribute__((target("avx512f,fma"))))
DEFINE_PEAK(peak_of_8, 8, __attribute__((target("avx2,fma"))))
#else
DEFINE_PEAK(peak_of_8, 8, )
#endif
DEFINE_PEAK(peak_of_4, 4, )

// Processor time, because other processes use the core as well.
static double seconds(work *run, void *context, int64_t calls) {
  struct timespec start, end;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  for (int64_t i = 0; i < calls; i++) run(context);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

// The calls that take so many seconds.
static int64_t calls_for(double duration, work *run, void *context) {
  run(context);
  int64_t calls = 1;
  while (seconds(run, context, calls) < duration) calls *= 2;
  return calls;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// Many short measurements, each between two of the peak, because a core's frequency changes. Other processes disturb some of
// them, so the upper quartile counts.
#define RUNS 64

typedef struct {
  double rate, share;
} measurement;

static measurement measured(double operations, work *run, void *context) {
  const char *variant = whisker_kernels_name();
  work *peak = peak_of_4;
  double peak_operations = 2.0 * ROUNDS * CHAINS * 4;
#if defined(__x86_64__)
  if (!strcmp(variant, "avx512")) peak = peak_of_16, peak_operations *= 4;
#endif
  if (!strcmp(variant, "avx2") || !strcmp(variant, "neon")) peak = peak_of_8, peak_operations *= 2;
  float seen;
  int64_t calls = calls_for(0.003, run, context), peak_calls = calls_for(0.0005, peak, &seen);
  double shares[RUNS], rates[RUNS], before = 0;
  for (int i = -1; i < RUNS; i++) {
    double rate = operations * (double)calls / seconds(run, context, calls);
    double after = peak_operations * (double)peak_calls / seconds(peak, &seen, peak_calls);
    if (i >= 0) rates[i] = rate, shares[i] = rate / (before > after ? before : after);
    before = after;
  }
  qsort(shares, RUNS, sizeof *shares, ascending);
  qsort(rates, RUNS, sizeof *rates, ascending);
  return (measurement){rates[RUNS * 3 / 4], shares[RUNS * 3 / 4]};
}

void measure(double operations, work *run, void *context, const char *name, ...) {
  char text[100];
  va_list arguments;
  va_start(arguments, name);
  vsnprintf(text, sizeof text, name, arguments);
  va_end(arguments);
  if (strstr(text, filter)) {
    measurement m = measured(operations, run, context);
    printf("%-7s %-54s %6.1f GFLOP/s  %.2f\n", whisker_kernels_name(), text, m.rate / 1e9, m.share);
    fflush(stdout);
  }
  while (used_count > 0) free(used[--used_count]);
}

int main(int count, char *arguments[]) {
  const char *wanted = getenv("WHISKER_KERNELS");
  if (wanted && strcmp(wanted, whisker_kernels_name()) != 0) return 3;
  if (count > 1) filter = arguments[1];
  whisker_flush_denormals();
  measure_dense();
  measure_pooled();
  measure_convolutions();
  measure_winograd_parts();
  measure_pictures();
  return 0;
}
