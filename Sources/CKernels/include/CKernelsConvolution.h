// Convolutions in their general form: part of CKernels.h, which says how activations are stored.
#ifndef WHISKER_CKERNELS_CONVOLUTION_H
#define WHISKER_CKERNELS_CONVOLUTION_H

#include <stdint.h>

// A convolution in its general form. Weights are [filters, channels / groups, kernel_height, kernel_width]. The padding after the
// last row and column follows from the size of the output.
typedef struct {
  int64_t channels, height, width;  // of the input
  int64_t filters, kernel_height, kernel_width;
  int64_t stride, pad_top, pad_left;
  int64_t out_height, out_width;
  int64_t groups;
  // Where output[filter, y, x] goes: out_offset + filter * out_channel_stride + y * out_row_stride + x * out_column_stride, in
  // positions of B floats.
  int64_t out_offset, out_row_stride, out_column_stride, out_channel_stride;
} whisker_convolution;

// output of one block, for the filters first..<end; bias may be NULL. packed is a workspace of
// whisker_convolution_workspace floats.
int64_t whisker_convolution_workspace(const whisker_convolution *s);
void whisker_convolution_forward(const whisker_convolution *s, int64_t first, int64_t end, const float *weights,
                                 const float *bias, const float *input, float *output, float *packed);
// The gradients with respect to the weights and the bias, which may be NULL, of the filters first..<end, over all blocks.
// workspace has whisker_convolution_weights_workspace floats for so many filters.
int64_t whisker_convolution_weights_workspace(const whisker_convolution *s, int64_t filters);
void whisker_convolution_weights(const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks,
                                 const float *input, const float *gradient, float *weight_gradient,
                                 float *bias_gradient, float *workspace);
// The gradient with respect to the bias alone.
void whisker_convolution_bias(const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks,
                              const float *gradient, float *bias_gradient);
// The gradient with respect to the input is a convolution of the gradient with respect to the output, for each of the
// stride * stride sets of input positions (row + i * stride, column + j * stride): its shape, and its weights
// [channels, filters / groups, kernel_height, kernel_width].
void whisker_convolution_gradient_shape(const whisker_convolution *s, int64_t row, int64_t column,
                                        whisker_convolution *g);
void whisker_convolution_transpose(const whisker_convolution *s, int64_t row, int64_t column, const float *weights,
                                   float *transposed);

// The same for a 3x3 kernel, stride 1, one group and contiguous output, by Winograd's F(4 x 4, 3 x 3). The tiles are those of
// all blocks: whisker_winograd_tiles of each. transformed[filters, 36, channels] are the transformed weights. With is_gradient, s is
// the convolution that gives the gradient with respect to the input, and the weights are those of the original.
typedef struct {
  int64_t first_tile, end_tile, first_filter, end_filter;
  // Where a 2x2 max-pool follows the convolution. Its output, instead of that of the convolution, is written together with
  // pool[blocks, filters, out_height / 2 * (out_width / 2), B], the argmaxes: 0, 2, 4 or 6. Backward gets its gradient, and the
  // argmaxes as `unpool`; in the direction of the input, the pool is that of the input, and pad_top and pad_left are equal or both
  // even. Otherwise NULL.
  uint8_t *pool;
  const uint8_t *unpool;
} whisker_winograd_task;
int64_t whisker_winograd_tiles(const whisker_convolution *s);
void whisker_winograd_transform(const whisker_convolution *s, int64_t first, int64_t end, const float *weights,
                                int is_gradient, float *transformed);
// workspace has whisker_winograd_workspace floats for so many tiles. bias may be NULL.
int64_t whisker_winograd_workspace(const whisker_convolution *s, int64_t tiles);
void whisker_winograd_forward(const whisker_convolution *s, const whisker_winograd_task *task, const float *transformed,
                              const float *bias, const float *input, float *output, float *workspace);
// sums[whisker_winograd_gradient_sums of so many filters] = a task's part of the gradient with respect to the weights, before the
// last transformation.
int64_t whisker_winograd_gradient_workspace(const whisker_convolution *s, int64_t filters);
int64_t whisker_winograd_gradient_sums(const whisker_convolution *s, int64_t filters);
void whisker_winograd_gradient(const whisker_convolution *s, const whisker_winograd_task *task, const float *input,
                               const float *gradient, float *sums, float *workspace);
// The gradient with respect to the weights of the filters first..<end, from the sums of all parts, added in order. They are those
// of the filters first_filter..<end_filter; `first` is a multiple of B more than first_filter.
typedef struct {
  int64_t first_filter, end_filter, parts;
  const float *sums;
} whisker_winograd_sums;
void whisker_winograd_gradient_finish(const whisker_convolution *s, const whisker_winograd_sums *of, int64_t first,
                                      int64_t end, float *weight_gradient);

#endif
