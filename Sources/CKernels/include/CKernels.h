// The compute kernels of Whisker.
//
// Activations are stored in blocks of WHISKER_BLOCK samples (B below). A block is [features, B]: the values of a feature for
// all samples of the block are contiguous and fill one cache line, so a vector holds the same feature of several samples.
// A map's features are in the order channel, row, column. Backward kernels that skip zero gradients transpose their operands
// first, so that a vector holds several features or channels of one sample. In a partial block, the lanes after the last
// sample hold finite values and have a zero gradient, so they do not contribute to any sum over samples.
//
// Kernels listed in kernels.h are compiled for several instruction sets (variant.h), and one is chosen for the CPU at run
// time (dispatch.c). Kernels do not allocate, lock or start threads: the caller divides the work and owns the memory. The
// order of a sum depends only on the shapes and the instruction set. Only terms that are zero are skipped.
#ifndef WHISKER_CKERNELS_H
#define WHISKER_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "CKernelsConvolution.h"
#include "CKernelsPicture.h"

// The number of samples in a block.
#define WHISKER_BLOCK 16

// Philox4x32-10, a counter-based generator: four random words that are a pure function of key and counter.
// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
void whisker_philox(uint64_t key, const uint32_t counter[4], uint32_t words[4]);
// words[4 * blocks] of `blocks` consecutive counters: the first word of the counter is incremented for each.
void whisker_philox_blocks(uint64_t key, const uint32_t counter[4], int64_t blocks, uint32_t *words);

// The 128-bit XXH3 hash of `count` bytes.
typedef struct {
  uint64_t low, high;
} whisker_hash;
whisker_hash whisker_hash_of(const void *bytes, size_t count);

// The instruction set in use: "avx512", "avx2", "neon" or "portable". The environment variable
// WHISKER_KERNELS forces one.
const char *whisker_kernels_name(void);
// Between the two calls, the calling thread treats denormal floats as zero. Adam's moments decay to denormals within a few
// epochs, and arithmetic on denormals is many times slower.
uint64_t whisker_flush_denormals(void);
void whisker_restore_denormals(uint64_t state);

// Area averaging of a picture. line[count] += weight * row[count].
void whisker_area_add(int64_t count, const float *row, float weight, float *line);
void whisker_area_add_bytes(int64_t count, const uint8_t *row, float weight, float *line);
// sums[i] = the sum over t < terms of line[first[i] + t * step] * weights[t, i], in this order.
void whisker_area_columns(int64_t count, int64_t terms, int64_t step, const int32_t *first, const float *weights,
                          const float *line, float *sums);
// pixels[count] = sums / area, rounded to the nearest number from 0 to 255.
void whisker_area_round(int64_t count, const float *sums, float area, uint8_t *pixels);

// block[channels * pixels, B] = images[B][pixels, channels] / 255 - 1/2.
void whisker_images_to_block(int64_t pixels, int64_t channels, const uint8_t *const images[], float *block);
// Converts WHISKER_BLOCK vectors of `features` floats, which need not be aligned, to a block.
void whisker_vectors_to_block(int64_t features, const uint8_t *const vectors[], float *block);
// Converts a block to rows[count, features] and back. The block's lanes after `count` become zero.
void whisker_block_to_rows(int64_t count, int64_t features, const float *block, float *rows);
void whisker_rows_to_block(int64_t count, int64_t features, const float *rows, float *block);

// Extends the range least...most to include the values, and adds their sum and the sum of their squares. Values must be finite.
void whisker_extent(int64_t n, const float *values, float *least, float *most, double *sum, double *squares);
// Counts values in buckets of width 1 / scale from `low` on. Values outside the range count in the first or last bucket.
// counts[8, buckets] holds eight partial counts, which the caller adds up.
void whisker_histogram(int64_t n, const float *values, float low, float scale, int64_t buckets, uint32_t *counts);

// A step of Adam (Kingma & Ba, 2015, in Keras's form). The rate includes the bias correction. Weight decay multiplies each
// value by `keep` before the step; it is 1 without weight decay.
typedef struct {
  float *value, *mean, *variance;
  float rate, beta1, beta2, epsilon, keep;
} whisker_adam;
// Updates the elements first..<end with gradient[end - first].
void whisker_adam_step(const whisker_adam *adam, int64_t first, int64_t end, const float *gradient);
// velocity = momentum * velocity - rate * gradient; value = keep * value + velocity
void whisker_sgd_step(int64_t n, float *value, const float *gradient, float *velocity, float rate, float momentum,
                      float keep);

// result[rows, columns] = left[rows, depth] * right[depth, columns]. Rows are so many floats apart. `rows` and `columns` are
// multiples of B.
typedef struct {
  int64_t rows, columns, depth, left_row, right_row, result_row;
} whisker_matrix_product;
void whisker_matrix_multiply(const whisker_matrix_product *s, const float *left, const float *right, float *result);
// to[columns, rows] = from[rows, columns] of multiples of B.
void whisker_matrix_transpose(int64_t rows, int64_t columns, const float *from, int64_t from_row, float *to,
                              int64_t to_row);

// A fully connected layer. Its weights are [panels, units, B]: in a panel of B features, the weights of a unit are contiguous,
// and those after the last feature are zero. Ranges of features start at multiples of B.
typedef struct {
  int64_t features, units;
} whisker_dense;
// output[blocks, units, B] (+)= weights * input[blocks, features, B], over the features first..<end.
void whisker_dense_forward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                           const float *input, float *output, int accumulate);
// output[units, B] = part[0] + part[1] + ... + bias, for one block. Parts are `stride` floats apart.
void whisker_dense_sum(int64_t units, int64_t parts, int64_t stride, const float *part, const float *bias,
                       float *output);
// A nonzero value of the gradient.
typedef struct {
  int32_t place;  // offset of the row that it multiplies, in floats
  float gradient;
} whisker_nonzero;
// Lists the nonzeros of gradient[units, B] of one block, sample by sample, with the number for each sample in counts[B].
// `nonzeros` has space for units * B.
void whisker_dense_sample_nonzeros(int64_t units, const float *gradient, whisker_nonzero *nonzeros, int32_t *counts);
// The same for up to B units first..<end of gradient[blocks, units, B], unit by unit. `nonzeros` has space for B * blocks * B.
void whisker_dense_unit_nonzeros(int64_t units, int64_t first, int64_t end, int64_t blocks, const float *gradient,
                              whisker_nonzero *nonzeros, int32_t *counts);
// The gradient with respect to the input features first..<end, from the nonzeros by sample. input_gradient points to feature
// `first` of the first block; blocks are `stride` floats apart.
void whisker_dense_backward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                            const whisker_nonzero *nonzeros, const int32_t *counts, float *input_gradient, int64_t stride);
// The gradient with respect to the weights of the features first..<end, from the nonzeros by unit. Without `adam` it is
// written to weight_gradient, in the layout of the weights; with `adam`, the weights are updated directly from registers.
// workspace has whisker_dense_workspace floats.
int64_t whisker_dense_workspace(int64_t blocks);
void whisker_dense_weights(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                           const whisker_nonzero *nonzeros, const int32_t *counts, float *weight_gradient,
                           const whisker_adam *adam, float *workspace);
// bias_gradient[units] = the sum of gradient[blocks, units, B] over all samples.
void whisker_dense_bias(int64_t units, int64_t blocks, const float *gradient, float *bias_gradient);

// The dropout masks of one block, a pure function of (seed, step, layer, row, feature), where `row` is the number of the
// block's first sample. The rate is threshold / 65536; at 0 nothing is dropped.
typedef struct {
  uint64_t seed;
  uint32_t step, layer, row, threshold;
} whisker_dropout;
// Inverted dropout of a block: output = input / (1 - rate) where kept, 0 where dropped. Backward uses the same function.
void whisker_dropout_block(const whisker_dropout *dropout, int64_t features, const float *input, float *output);

// Spatial dropout: the same with one decision per channel of `area` values.
void whisker_spatial_dropout_block(const whisker_dropout *dropout, int64_t channels, int64_t area, const float *input,
                                   float *output);
// Gaussian dropout of a block: output = input * normal(1, rate / (1 - rate)). Backward uses the same function.
void whisker_gaussian_dropout_block(const whisker_dropout *dropout, int64_t features, const float *input,
                                    float *output);

// DropConnect: a fully connected layer that drops weights. Computes factors[units, width], each 1 / (1 - rate) or 0, and
// dropped[units, width] = weights * factors, for the units unit..<unit + units and the features first..<first + features.
// `first` is a multiple of 8 * B. The weights of a unit are contiguous, and consecutive units are `stride` floats apart.
void whisker_connect_drop(const whisker_dropout *dropout, int64_t unit, int64_t units, int64_t first, int64_t features,
                          const float *weights, int64_t stride, int64_t width, float *factors, float *dropped);
// output[units, B] = weights[units, width] * input[features, B] + bias for one block, with the first `features` of each row.
void whisker_connect_forward(int64_t units, int64_t features, int64_t width, const float *weights, const float *bias,
                             const float *input, float *output);
// input_gradient[features, B] = weightsᵀ * gradient[units, B]
void whisker_connect_input(int64_t units, int64_t features, int64_t width, const float *weights, const float *gradient,
                           float *input_gradient);
// weight_gradient[units, width] += factors * (gradient[units, B] * input[features, B]ᵀ). The width is a multiple of B.
// samples is a workspace of B * width floats.
void whisker_connect_weights(int64_t units, int64_t features, int64_t width, const float *factors,
                             const float *gradient, const float *input, float *samples, float *weight_gradient);

// A convolution (stride 1, no padding). Weights are [filters, channels, kernel, kernel].
typedef struct {
  int64_t channels, height, width;  // of the input
  int64_t filters, kernel;          // output channels; the kernel is square
} whisker_conv;

// Fused convolution, bias, ReLU, 2x2 max-pool and dropout of one block, for the filters first..<end. It writes the pooled
// map and choice[filters, pooled, B]: twice the argmax of the four positions (0-3), or 8 if ReLU or dropout gave zero. If
// `choice` is NULL, nothing is dropped. `dropped` is a workspace of whisker_conv_pool_workspace bytes.
int64_t whisker_conv_pool_workspace(const whisker_conv *s);
void whisker_conv_pool_forward(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                               const float *bias, const float *input, const whisker_dropout *dropout, float *output,
                               uint8_t *choice, uint8_t *dropped);
// The same for a 3x3 kernel and many channels, by Winograd's algorithm. transformed[places, filters, channels] are the
// transformed weights of the filters first..<end, with places = (tile + 2)^2. The tile is 0 if the map is too small.
// workspace has whisker_conv_winograd_workspace floats.
int64_t whisker_conv_winograd_tile(const whisker_conv *s);
int64_t whisker_conv_winograd_workspace(const whisker_conv *s);
void whisker_conv_winograd_weights(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                                   float *transformed);
void whisker_conv_pool_winograd(const whisker_conv *s, int64_t first, int64_t end, const float *transformed,
                                const float *bias, const float *input, const whisker_dropout *dropout, float *output,
                                uint8_t *choice, float *workspace);
// The gradients with respect to the weights and biases of the filters first..<end, summed over all blocks. `gradient` points
// to the map of filter `first`; its blocks are `stride` floats apart. `scale` is the factor of dropout. sums is a workspace
// of (end - first) * (channels * kernel^2 + 2) * B floats.
void whisker_conv_pool_weights(const whisker_conv *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                               const uint8_t *choice, const float *gradient, int64_t stride, float scale,
                               float *weight_gradient, float *bias_gradient, float *sums);
// The gradient with respect to the input channels first..<end of one block. masked is a workspace of filters * 4 * B floats.
void whisker_conv_pool_input(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                             const uint8_t *choice, const float *gradient, float scale, float *input_gradient,
                             float *masked);

// Backward for many channels, with a 3x3 kernel. It visits only argmaxes with a nonzero gradient. The channels of a pixel are
// contiguous, in rows of whisker_conv_channel_row(channels) floats, padded with zeros.
typedef struct {
  int32_t place;  // top left pixel of its 3x3 input patch
  float gradient;
} whisker_argmax;
int64_t whisker_conv_channel_row(int64_t channels);
// pixels[B, height, width, row] of one block's input.
void whisker_conv_pixels(const whisker_conv *s, const float *input, float *pixels);
// The argmaxes[filters, B, pooled] of one block and their numbers, counts[filters, B].
void whisker_conv_argmaxes(const whisker_conv *s, const uint8_t *choice, const float *gradient, float scale,
                          whisker_argmax *argmaxes, int32_t *counts);
// Adds the gradients with respect to the weights and biases, for one block, to sums[whisker_conv_sums].
int64_t whisker_conv_sums(const whisker_conv *s);
void whisker_conv_argmax_weights(const whisker_conv *s, const float *pixels, const whisker_argmax *argmaxes,
                                 const int32_t *counts, float *sums);
// The gradients with respect to the weights and biases of the filters first..<end: the parts of sums[parts,
// whisker_conv_sums], added in order.
void whisker_conv_argmax_sum(const whisker_conv *s, int64_t first, int64_t end, int64_t parts, const float *sums,
                             float *weight_gradient, float *bias_gradient);
// rows[filters, 3 * 3, row] of the weights of the filters first..<end.
void whisker_conv_weight_rows(const whisker_conv *s, int64_t first, int64_t end, const float *weights, float *rows);
// The gradient with respect to the input of one block. pixels is a workspace with the size of whisker_conv_pixels' output.
void whisker_conv_argmax_input(const whisker_conv *s, const float *rows, const whisker_argmax *argmaxes,
                               const int32_t *counts, float *pixels, float *input_gradient);

// Batch normalisation of maps of `area` positions, and an activation after it: `slope` times negative values, and at most
// `limit`. A slope of 1 and an infinite limit leave all values as they are.
typedef struct {
  int64_t channels, area;
  float slope, limit;
} whisker_norm;
// The channels first..<end of `count` samples, in all their blocks.
typedef struct {
  int64_t first, end, count;
} whisker_norm_task;
// Of each channel. The last two are for backward alone.
typedef struct {
  const float *mean, *scale, *shift, *input_factor, *offset;
} whisker_norm_factors;
// The sums over a channel of its gradient before the activation, and of that times (input - mean).
typedef struct {
  double *sums, *products;
} whisker_norm_sums;
// sums = those of each channel's values, squares = those of (value - mean)^2 with the mean of these values.
void whisker_norm_moments(const whisker_norm *s, const whisker_norm_task *task, const float *input, double *sums,
                          double *squares);
// output = activation(input * scale + shift) + addend, which may be NULL.
void whisker_norm_forward(const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,
                          const float *input, const float *addend, float *output);
void whisker_norm_gradient_sums(const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,
                                const float *input, const float *gradient, const whisker_norm_sums *of);
// input_gradient = gradient before the activation * scale + input * input_factor + offset where there is a sample, else 0.
void whisker_norm_backward(const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,
                           const float *input, const float *gradient, float *input_gradient);

// Pooling of one block. Every window overlaps the map.
typedef struct {
  int64_t channels, height, width;
  int64_t size_height, size_width, stride, pad_top, pad_left;
  int64_t out_height, out_width;
} whisker_pool;
void whisker_window_max_forward(const whisker_pool *s, const float *input, float *output, int32_t *choice);
void whisker_window_max_backward(const whisker_pool *s, const float *gradient, const int32_t *choice,
                                 float *input_gradient);
void whisker_window_average_forward(const whisker_pool *s, const float *input, float *output);
void whisker_window_average_backward(const whisker_pool *s, const float *gradient, float *input_gradient);
// The same of one picture, forward.
void whisker_map_pool(const whisker_pool *s, int is_maximum, const whisker_map *input, const whisker_map *output);

// Activations of n values; `slope` is that of leaky ReLU below zero.
typedef enum {
  WHISKER_RELU, WHISKER_RELU6, WHISKER_LEAKY_RELU, WHISKER_SILU, WHISKER_HARD_SWISH
} whisker_activation;
void whisker_activation_forward(whisker_activation kind, float slope, int64_t n, const float *input, float *output);
void whisker_activation_backward(whisker_activation kind, float slope, int64_t n, const float *input,
                                 const float *gradient, float *input_gradient);
// sum = one + other
void whisker_add(int64_t n, const float *one, const float *other, float *sum);

// The number of cores that this process may use, at least 1.
int64_t whisker_core_count(void);
// The CPU quota of the control groups (version 1 or 2) mounted at `folder`, in cores, rounded up; 0 if there is no limit.
int64_t whisker_quota_cores(const char *folder);
// Installs signal handlers that end the process with a message and status 1 when Swift's runtime aborts because it cannot
// allocate memory. In C, because a signal handler must not allocate. The text must never be freed.
void whisker_report_memory_failures(const char *text);
// Hints to the CPU that the thread is spinning.
void whisker_pause(void);

#endif
