#include <string.h>

#include "CBench.h"

// The number of independent accumulators: enough to hide the latency, and few enough for the registers.
#define CHAINS 12

// The loop for vectors of the given number of floats. The sums are used at the end, so that they are not optimized away.
#define DEFINE_MULTIPLY_AND_ADD(name, lanes, ...)                                                 \
  __VA_ARGS__ static double name(int64_t rounds) {                                                \
    typedef float vector __attribute__((vector_size(lanes * 4)));                                 \
    vector sum[CHAINS], factor = (vector){0} + 0.999999f, term = (vector){0} + 0.000001f;         \
    for (int i = 0; i < CHAINS; i++) sum[i] = (vector){0} + (float)i;                             \
    for (int64_t round = 0; round < rounds; round++) {                                            \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) {                       \
        _Pragma("clang fp contract(fast)") sum[i] = sum[i] * factor + term;                       \
      }                                                                                           \
    }                                                                                             \
    for (int i = 1; i < CHAINS; i++) sum[0] += sum[i];                                            \
    volatile float seen = sum[0][0];                                                              \
    (void)seen;                                                                                   \
    return (double)rounds * CHAINS * lanes * 2;                                                   \
  }

#if defined(__x86_64__)
DEFINE_MULTIPLY_AND_ADD(with_avx512, 16, __attribute__((target("avx512f,fma"))))
DEFINE_MULTIPLY_AND_ADD(with_avx2, 8, __attribute__((target("avx2,fma"))))
#elif defined(__aarch64__)
// Two registers each: up to four units need more chains than 12.
DEFINE_MULTIPLY_AND_ADD(with_neon, 8, )
#endif
DEFINE_MULTIPLY_AND_ADD(with_any, 4, )

double cbench_multiply_and_add(int64_t rounds, const char *kernels) {
#if defined(__x86_64__)
  if (!strcmp(kernels, "avx512")) return with_avx512(rounds);
  if (!strcmp(kernels, "avx2")) return with_avx2(rounds);
#elif defined(__aarch64__)
  if (!strcmp(kernels, "neon")) return with_neon(rounds);
#endif
  return with_any(rounds);
}
