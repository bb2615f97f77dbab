// The compute kernels of Whisker.
//
// Activations come in blocks of WHISKER_BLOCK samples. A block is [features, WHISKER_BLOCK]: a feature's values for all
// samples of the block lie side by side and fill one cache line, so that a vector holds the same feature of many
// samples. Forward products read it where it lies; where backward sums over what is not zero, it transposes what it needs
// on the way, a few rows at a time. A map's features are in the order channel, row, column. Lanes beyond the last sample
// hold finite values that count for nothing, because their gradient is zero.
//
// Every function is compiled for several instruction sets (variant.h) and chosen for the CPU at run time (dispatch.c).
// Nothing here allocates, locks or starts a thread: the caller divides the work and owns the memory. Sums are taken in
// an order that depends on the shapes alone, and leave out nothing but zeros.
#ifndef WHISKER_CKERNELS_H
#define WHISKER_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// The samples in a block.
#define WHISKER_BLOCK 16

// Philox4x32-10, a counter-based generator: four random words that are a pure function of key and counter.
// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
void whisker_philox(uint64_t key, const uint32_t counter[4], uint32_t words[4]);
// The words[4 * blocks] of as many counters, the first word of which counts up from the given one.
void whisker_philox_blocks(uint64_t key, const uint32_t counter[4], int64_t blocks, uint32_t *words);

// XXH3 with 128 bits of some bytes.
typedef struct {
  uint64_t low, high;
} whisker_hash;
whisker_hash whisker_hash_of(const void *bytes, size_t count);

// The instruction set in use: "avx512", "avx2" or "portable". The environment variable
// WHISKER_KERNELS forces one.
const char *whisker_kernels_name(void);
// Denormal floats are computed as zero between the two calls, on the calling thread. Adam's moments decay into
// denormals within a few epochs, and arithmetic on those is many times slower.
uint64_t whisker_flush_denormals(void);
void whisker_restore_denormals(uint64_t state);

// Area averaging of a picture. line[count] += share * row[count].
void whisker_area_add(int64_t count, const float *row, float share, float *line);
void whisker_area_add_bytes(int64_t count, const uint8_t *row, float share, float *line);
// sums[count]: of each the sum of line[first + term * step] * shares[term, count], in the order of the terms.
void whisker_area_columns(int64_t count, int64_t terms, int64_t step, const int32_t *first, const float *shares,
                          const float *line, float *sums);
// pixels[count] = sums / area, rounded to the nearest number from 0 to 255.
void whisker_area_round(int64_t count, const float *sums, float area, uint8_t *pixels);

// block[channels * pixels, B] = images[B][pixels, channels] / 255 - 1/2.
void whisker_images_to_block(int64_t pixels, int64_t channels, const uint8_t *const images[], float *block);
// rows[count, features] of a block, and back; a block's lanes beyond the count become zero.
void whisker_block_to_rows(int64_t count, int64_t features, const float *block, float *rows);
void whisker_rows_to_block(int64_t count, int64_t features, const float *rows, float *block);

// Widens the range of finite values that starts as given, and adds their sum and the sum of their squares.
void whisker_extent(int64_t n, const float *values, float *least, float *most, double *sum, double *squares);
// Counts values in buckets of width 1 / scale from `low` on; what lies outside counts for the first or the last one.
// counts[8, buckets] are eight parts of the counts, to be added up.
void whisker_histogram(int64_t n, const float *values, float low, float scale, int64_t buckets, uint32_t *counts);

// A step of Adam (Kingma & Ba, 2015, in Keras's form); the rate already carries the bias correction. `keep` is what weight
// decay leaves of a value before the step, 1 without.
typedef struct {
  float *value, *mean, *variance;
  float rate, beta1, beta2, epsilon, keep;
} whisker_adam;
// Updates the elements first..<end by gradient[end - first].
void whisker_adam_step(const whisker_adam *adam, int64_t first, int64_t end, const float *gradient);
// velocity = momentum * velocity - rate * gradient; value = keep * value + velocity
void whisker_sgd_step(int64_t n, float *value, const float *gradient, float *velocity, float rate, float momentum,
                      float keep);

// A fully connected layer. Its weights are [panels, units, B]: panels of B features, in which a unit's weights lie side by
// side, zero beyond the last feature. What divides the features divides them at multiples of B.
typedef struct {
  int64_t features, units;
} whisker_dense;
// output[blocks, units, B] (+)= weights * input[blocks, features, B], over the features first..<end.
void whisker_dense_forward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                           const float *input, float *output, int accumulate);
// output[units, B] = parts[0] + parts[1] + ... + bias, for one block; parts are `stride` floats apart.
void whisker_dense_sum(int64_t units, int64_t parts, int64_t stride, const float *part, const float *bias,
                       float *output);
// One term of a sum over the gradient's values that are not zero.
typedef struct {
  int32_t place;  // of the row that it multiplies, in floats
  float gradient;
} whisker_term;
// The terms of one block's samples, one sample's after the other's, and counts[B], from the block's gradient[units, B].
// There is room for units * B of them.
void whisker_dense_sample_terms(int64_t units, const float *gradient, whisker_term *terms, int32_t *counts);
// The same for up to B units first..<end, from gradient[blocks, units, B]; there is room for B * blocks * B.
void whisker_dense_unit_terms(int64_t units, int64_t first, int64_t end, int64_t blocks, const float *gradient,
                              whisker_term *terms, int32_t *counts);
// The gradient by the input's features first..<end, from the samples' terms. input_gradient[blocks, ..., B] is where the
// first feature goes, and its blocks are `stride` floats apart.
void whisker_dense_backward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                            const whisker_term *terms, const int32_t *counts, float *input_gradient, int64_t stride);
// The gradient by the weights of the features first..<end, from the units' terms, into weight_gradient, which lies as the
// weights do; or, where `adam` is given, straight from the registers into a step of Adam. room is for
// whisker_dense_room floats.
int64_t whisker_dense_room(int64_t blocks);
void whisker_dense_weights(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                           const whisker_term *terms, const int32_t *counts, float *weight_gradient,
                           const whisker_adam *adam, float *room);
// bias_gradient[units] = the sum of gradient[blocks, units, B] over all samples.
void whisker_dense_bias(int64_t units, int64_t blocks, const float *gradient, float *bias_gradient);

// The masks of one block's dropout. They are a pure function of (seed, step, layer, row, feature), where `row` is the
// number of the block's first sample. threshold / 65536 is the rate; at 0 nothing is dropped.
typedef struct {
  uint64_t seed;
  uint32_t step, layer, row, threshold;
} whisker_dropout;
// Inverted dropout of a block: output = input / (1 - rate) where kept, 0 where dropped. Backward is the same call.
void whisker_dropout_block(const whisker_dropout *dropout, int64_t features, const float *input, float *output);

// The same with one decision for each channel of `area` values (spatial dropout).
void whisker_spatial_dropout_block(const whisker_dropout *dropout, int64_t channels, int64_t area, const float *input,
                                   float *output);
// Gaussian dropout of a block: output = input * normal(1, rate / (1 - rate)). Backward is the same call.
void whisker_gaussian_dropout_block(const whisker_dropout *dropout, int64_t features, const float *input,
                                    float *output);

// DropConnect: a fully connected layer whose weights [units, features] are dropped. factors[units, width], 1 / (1 - rate)
// or 0, and dropped[units, width], the weights times the factors, of `units` units from `unit` on and `features` features
// from `first` on, a multiple of 8 * B; of a unit the weights lie together, and `stride` floats behind those of the unit
// before.
void whisker_connect_drop(const whisker_dropout *dropout, int64_t unit, int64_t units, int64_t first, int64_t features,
                          const float *weights, int64_t stride, int64_t width, float *factors, float *dropped);
// output[units, B] = weights[units, width] * input[features, B] + bias, of one block, over the first features of a row.
void whisker_connect_forward(int64_t units, int64_t features, int64_t width, const float *weights, const float *bias,
                             const float *input, float *output);
// input_gradient[features, B] = weightsᵀ * gradient[units, B]
void whisker_connect_input(int64_t units, int64_t features, int64_t width, const float *weights, const float *gradient,
                           float *input_gradient);
// weight_gradient[units, width] += factors * (gradient[units, B] * input[features, B]ᵀ). The width is a multiple of B;
// samples is room for B * width floats.
void whisker_connect_weights(int64_t units, int64_t features, int64_t width, const float *factors,
                             const float *gradient, const float *input, float *samples, float *weight_gradient);

// A convolution (stride 1, no padding). Weights are [filters, channels, kernel, kernel].
typedef struct {
  int64_t channels, height, width;  // of the input
  int64_t filters, kernel;          // output channels; the kernel is square
} whisker_conv;

// Convolution, bias, ReLU, 2x2 max-pool and dropout of one block in one pass, for the filters first..<end: only the
// pooled map is written, and choice[filters, pooled, B]: twice the number of the largest of the four (0-3), or 8 where ReLU
// or dropout gave zero. Where `choice` is NULL nothing is dropped. `dropped` is room for whisker_conv_pool_room bytes.
int64_t whisker_conv_pool_room(const whisker_conv *s);
void whisker_conv_pool_forward(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                               const float *bias, const float *input, const whisker_dropout *dropout, float *output,
                               uint8_t *choice, uint8_t *dropped);
// The same for a 3x3 kernel and many channels, in fewer products (Winograd), from transformed[places, filters, channels] of
// the weights of the filters first..<end; places: (tile + 2)^2, where the tile is 0 if the map is too small. room is for
// whisker_conv_winograd_room floats.
int64_t whisker_conv_winograd_tile(const whisker_conv *s);
int64_t whisker_conv_winograd_room(const whisker_conv *s);
void whisker_conv_winograd_weights(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                                   float *transformed);
void whisker_conv_pool_winograd(const whisker_conv *s, int64_t first, int64_t end, const float *transformed,
                                const float *bias, const float *input, const whisker_dropout *dropout, float *output,
                                uint8_t *choice, float *room);
// The gradients by the weights and the bias of the filters first..<end, over all blocks. `gradient` is where the first
// of these filters' map begins, its blocks being `stride` floats apart; `scale` is what dropout multiplied by. sums is
// room for (end - first) * (channels * kernel^2 + 2) * B floats.
void whisker_conv_pool_weights(const whisker_conv *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                               const uint8_t *choice, const float *gradient, int64_t stride, float scale,
                               float *weight_gradient, float *bias_gradient, float *sums);
// The gradient by the input's channels first..<end, of one block. masked is room for filters * 4 * B floats.
void whisker_conv_pool_input(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                             const uint8_t *choice, const float *gradient, float scale, float *input_gradient,
                             float *masked);

// Backward for many channels, with a 3x3 kernel: only the winners that have a gradient are visited, and the channels of a
// pixel lie side by side, in rows of whisker_conv_channel_row(channels) floats with zeros behind the last.
typedef struct {
  int32_t place;  // of the corner that it saw, in pixels
  float gradient;
} whisker_winner;
int64_t whisker_conv_channel_row(int64_t channels);
// pixels[B, height, width, row] of one block's input.
void whisker_conv_pixels(const whisker_conv *s, const float *input, float *pixels);
// winners[filters, B, pooled] of one block and counts[filters, B], how many of them there are.
void whisker_conv_winners(const whisker_conv *s, const uint8_t *choice, const float *gradient, float scale,
                          whisker_winner *winners, int32_t *counts);
// Adds one block's gradients by the weights and the bias to sums, of which there are whisker_conv_sums.
int64_t whisker_conv_sums(const whisker_conv *s);
void whisker_conv_winner_weights(const whisker_conv *s, const float *pixels, const whisker_winner *winners,
                                 const int32_t *counts, float *sums);
// The gradients by the weights and the bias of the filters first..<end: sums[parts, whisker_conv_sums], added in order.
void whisker_conv_winner_sum(const whisker_conv *s, int64_t first, int64_t end, int64_t parts, const float *sums,
                             float *weight_gradient, float *bias_gradient);
// rows[filters, 3 * 3, row] of the weights of the filters first..<end.
void whisker_conv_weight_rows(const whisker_conv *s, int64_t first, int64_t end, const float *weights, float *rows);
// The gradient by the input of one block. pixels is room for as many floats as whisker_conv_pixels writes.
void whisker_conv_winner_input(const whisker_conv *s, const float *rows, const whisker_winner *winners,
                               const int32_t *counts, float *pixels, float *input_gradient);

// The convolution by itself, for any neighbour: output[filters, out_height * out_width, B] of one block, for the
// filters first..<end; the gradients by weights and bias over all blocks; the gradient by the input's channels
// first..<end of one block.
void whisker_conv_forward(const whisker_conv *s, int64_t first, int64_t end, const float *weights, const float *bias,
                          const float *input, float *output);
void whisker_conv_weights(const whisker_conv *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                          const float *gradient, float *weight_gradient, float *bias_gradient);
void whisker_conv_input(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                        const float *gradient, float *input_gradient);

// Max-pool of one block over size x size windows, stride size, remainder dropped. choice: the place in the window.
void whisker_max_pool_forward(int64_t channels, int64_t height, int64_t width, int64_t size, const float *input,
                              float *output, int32_t *choice);
void whisker_max_pool_backward(int64_t channels, int64_t height, int64_t width, int64_t size, const float *gradient,
                               const int32_t *choice, float *input_gradient);

void whisker_relu_forward(int64_t n, const float *input, float *output);
void whisker_relu_backward(int64_t n, const float *output, const float *gradient, float *input_gradient);

// The cores that this process may run on, at least 1.
int64_t whisker_core_count(void);
// The cores' worth of time that a container may use by the control groups (version 1 or 2) that are mounted at `folder`,
// rounded up; 0 where nothing limits it.
int64_t whisker_quota_cores(const char *folder);
// From now on, where Swift's runtime gets no memory and aborts, the process ends with an error message and status 1. In C,
// because what a signal handler calls must not allocate.
void whisker_report_memory_failures(void);
// Tells the processor that the thread is waiting in a loop.
void whisker_pause(void);

#endif
