// Chooses the variant for this CPU once and forwards every kernel call to it.
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const kernel_table *find(const char *name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512 && (!name || !strcmp(name, "avx512"))) return &whisker_avx512_kernels;
  if (avx2 && (!name || !strcmp(name, "avx2"))) return &whisker_avx2_kernels;
#elif defined(__aarch64__)
  if (!name || !strcmp(name, "neon")) return &whisker_neon_kernels;
#endif
  if (!name || !strcmp(name, "portable")) return &whisker_portable_kernels;
  return NULL;
}

static const kernel_table *table;

// Runs before main, so no lock is needed. WHISKER_KERNELS forces a variant; an unknown or unsupported one is ignored.
__attribute__((constructor)) static void choose_kernels(void) {
  const char *wanted = getenv("WHISKER_KERNELS");
  table = wanted && *wanted ? find(wanted) : NULL;
  if (!table) table = find(NULL);
}

const char *whisker_kernels_name(void) { return table->name; }

uint64_t whisker_flush_denormals(void) {
#if defined(__x86_64__)
  unsigned int state = _mm_getcsr();
  _mm_setcsr(state | 0x8040);  // flush-to-zero and denormals-are-zero
  return state;
#elif defined(__aarch64__)
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  __asm__ volatile("msr fpcr, %0" : : "r"(state | 1u << 24));
  return state;
#else
  return 0;
#endif
}

void whisker_restore_denormals(uint64_t state) {
#if defined(__x86_64__)
  _mm_setcsr((unsigned int)state);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(state));
#else
  (void)state;
#endif
}

void whisker_pause(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  // `yield` does nothing on most cores. This takes about as long as x86's pause.
  __asm__ volatile("isb");
#endif
}

#define FORWARD(result, name, parameters, arguments) \
  result whisker_##name parameters { return table->name arguments; }

FOR_EACH_KERNEL(FORWARD)
