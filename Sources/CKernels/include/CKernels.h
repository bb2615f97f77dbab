// The compute kernels of Whisker. Matrices are row-major floats; a sample's feature map is [channels, height, width].
// Every function is compiled for several instruction sets (variant.h) and chosen for the CPU at run time (dispatch.c).
// Nothing here allocates, locks or starts a thread: the caller divides the work and owns the memory.
#ifndef WHISKER_CKERNELS_H
#define WHISKER_CKERNELS_H

#include <stdint.h>

// Philox4x32-10, a counter-based generator: four random words that are a pure function of key and counter.
// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
void whisker_philox(uint64_t key, const uint32_t counter[4], uint32_t words[4]);
// The words[4 * blocks] of as many counters, the first word of which counts up from the given one.
void whisker_philox_blocks(uint64_t key, const uint32_t counter[4], int64_t blocks, uint32_t *words);

// The instruction set in use: "avx512", "avx2" or "portable". The environment variable
// WHISKER_KERNELS forces one.
const char *whisker_kernels_name(void);
// Denormal floats are computed as zero between the two calls, on the calling thread. Adam's moments decay into
// denormals within a few epochs, and arithmetic on those is many times slower.
uint64_t whisker_flush_denormals(void);
void whisker_restore_denormals(uint64_t state);

// c[m, n] = a[m, k] * b[k, n] + bias[n], or c += a * b. Strides are in elements. Each sum runs over k in order, so
// an element does not depend on how the matrix is divided into panels.
typedef struct {
  int64_t m, n, k;
  const float *a;
  int64_t a_row, a_column;
  const float *b;
  int64_t b_row, b_column;
  float *c;
  int64_t c_row;
  const float *bias;  // [n], or NULL
  int accumulate;     // c += instead of c =; bias must be NULL
} whisker_gemm;

// The product is cut into independent panels, to be computed in any order, by any thread.
int64_t whisker_gemm_panels(const whisker_gemm *g);
void whisker_gemm_run(const whisker_gemm *g, int64_t first_panel, int64_t end_panel);

// A convolution (stride 1, no padding) over one sample.
typedef struct {
  int64_t channels, height, width;  // of the input
  int64_t filters, kernel;          // output channels; the kernel is square
} whisker_conv;

// columns[channels * kernel * kernel, out_height * out_width]: the input under each tap of the kernel.
void whisker_im2col(const whisker_conv *s, const float *input, float *columns);
// The transpose: input_gradient += the columns, each at the place it was taken from.
void whisker_col2im(const whisker_conv *s, const float *columns, float *input_gradient);

// Convolution, bias, ReLU and 2x2 max-pool in one pass: only the pooled map is written.
// Weights are first laid out for it, once per step, in whisker_conv_pool_layout_size floats.
int64_t whisker_conv_pool_layout_size(const whisker_conv *s);
void whisker_conv_pool_layout(const whisker_conv *s, const float *weights, float *layout);
// choice holds, per pooled position and filter, which of the four was the largest (0-3), or 4 where ReLU gave zero.
int64_t whisker_conv_pool_choice_size(const whisker_conv *s);
int64_t whisker_conv_pool_scratch_size(const whisker_conv *s);
void whisker_conv_pool_forward(const whisker_conv *s, const float *layout, const float *bias, const float *input,
                               float *output, uint8_t *choice, float *scratch);
// Adds this sample's share to weight_gradient [filters, channels * kernel^2] and bias_gradient [filters], and to
// input_gradient unless that is NULL. Visits only the positions that won the pool.
void whisker_conv_pool_backward(const whisker_conv *s, const float *weights, const float *input,
                                const uint8_t *choice, const float *gradient, float *weight_gradient,
                                float *bias_gradient, float *input_gradient, float *scratch);

// Max-pool over size x size windows, stride size, remainder dropped. winner: index into the channel's input map.
void whisker_max_pool_forward(int64_t channels, int64_t height, int64_t width, int64_t size, const float *input,
                              float *output, int32_t *winner);
void whisker_max_pool_backward(int64_t channels, int64_t height, int64_t width, int64_t size,
                               const float *gradient, const int32_t *winner, float *input_gradient);

void whisker_relu_forward(int64_t n, const float *input, float *output);
void whisker_relu_backward(int64_t n, const float *output, const float *gradient, float *input_gradient);

// Inverted dropout of one row of n features: output = input / keep where kept, 0 where dropped. threshold / 65536 is
// the rate. The mask is a pure function of (seed, step, layer, row, feature), so backward is the same call.
void whisker_dropout(uint64_t seed, uint32_t step, uint32_t layer, uint32_t row, uint32_t threshold, int64_t n,
                     const float *input, float *output);

// output[channels, pixels] = input[pixels, channels] / 255 - 1/2
void whisker_bytes_to_floats(int64_t pixels, int64_t channels, const uint8_t *input, float *output);

// sums[n] = parts[0, n] + parts[1, n] + ..., in that order.
void whisker_sum_rows(int64_t rows, int64_t n, const float *parts, int64_t stride, float *sums);

// One Adam step (Kingma & Ba, 2015, in Keras's form): rate already carries the bias correction.
void whisker_adam(int64_t n, float *value, const float *gradient, float *mean, float *variance, float rate,
                  float beta1, float beta2, float epsilon);
// velocity = momentum * velocity - rate * gradient; value += velocity
void whisker_sgd(int64_t n, float *value, const float *gradient, float *velocity, float rate, float momentum);

// The cores that this process may run on, at least 1.
int64_t whisker_core_count(void);

#endif
