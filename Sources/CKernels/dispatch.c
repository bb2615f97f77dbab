// Chooses the variant for this CPU once, and forwards every kernel to it.
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
#endif
  if (!name || !strcmp(name, "portable")) return &whisker_portable_kernels;
  return NULL;
}

static const kernel_table *table;

// Before main, so that no thread races to choose. WHISKER_KERNELS forces a variant; one that this CPU cannot run is
// ignored, and whisker_kernels_name tells.
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

int64_t whisker_gemm_panels(const whisker_gemm *g) { return table->gemm_panels(g); }

void whisker_gemm_run(const whisker_gemm *g, int64_t first_panel, int64_t end_panel) {
  table->gemm_run(g, first_panel, end_panel);
}

int64_t whisker_conv_pool_layout_size(const whisker_conv *s) { return table->conv_pool_layout_size(s); }

void whisker_conv_pool_layout(const whisker_conv *s, const float *weights, float *layout) {
  table->conv_pool_layout(s, weights, layout);
}

int64_t whisker_conv_pool_choice_size(const whisker_conv *s) { return table->conv_pool_choice_size(s); }

int64_t whisker_conv_pool_scratch_size(const whisker_conv *s) { return table->conv_pool_scratch_size(s); }

void whisker_conv_pool_forward(const whisker_conv *s, const float *layout, const float *bias, const float *input,
                               float *output, uint8_t *choice, float *scratch) {
  table->conv_pool_forward(s, layout, bias, input, output, choice, scratch);
}

void whisker_conv_pool_backward(const whisker_conv *s, const float *weights, const float *input,
                                const uint8_t *choice, const float *gradient, float *weight_gradient,
                                float *bias_gradient, float *input_gradient, float *scratch) {
  table->conv_pool_backward(s, weights, input, choice, gradient, weight_gradient, bias_gradient, input_gradient,
                            scratch);
}

void whisker_relu_forward(int64_t n, const float *input, float *output) { table->relu_forward(n, input, output); }

void whisker_relu_backward(int64_t n, const float *output, const float *gradient, float *input_gradient) {
  table->relu_backward(n, output, gradient, input_gradient);
}

void whisker_dropout(uint64_t seed, uint32_t step, uint32_t layer, uint32_t row, uint32_t threshold, int64_t n,
                     const float *input, float *output) {
  table->dropout(seed, step, layer, row, threshold, n, input, output);
}

void whisker_bytes_to_floats(int64_t pixels, int64_t channels, const uint8_t *input, float *output) {
  table->bytes_to_floats(pixels, channels, input, output);
}

void whisker_sum_rows(int64_t rows, int64_t n, const float *parts, int64_t stride, float *sums) {
  table->sum_rows(rows, n, parts, stride, sums);
}

void whisker_adam(int64_t n, float *value, const float *gradient, float *mean, float *variance, float rate,
                  float beta1, float beta2, float epsilon) {
  table->adam(n, value, gradient, mean, variance, rate, beta1, beta2, epsilon);
}

void whisker_sgd(int64_t n, float *value, const float *gradient, float *velocity, float rate, float momentum) {
  table->sgd(n, value, gradient, velocity, rate, momentum);
}
