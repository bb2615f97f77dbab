// The list of kernels that are compiled for each instruction set: KERNEL(result, name, parameters, arguments).
#ifndef WHISKER_KERNELS_H
#define WHISKER_KERNELS_H

#include "CKernels.h"

// clang-format off
#define FOR_EACH_KERNEL(KERNEL)                                                                                        \
  KERNEL(void, area_add,                                                                                               \
         (int64_t count, const float *row, float weight, float *line),                                                 \
         (count, row, weight, line))                                                                                   \
  KERNEL(void, area_add_bytes,                                                                                         \
         (int64_t count, const uint8_t *row, float weight, float *line),                                               \
         (count, row, weight, line))                                                                                   \
  KERNEL(void, area_columns,                                                                                           \
         (int64_t count, int64_t terms, int64_t step, const int32_t *first, const float *weights, const float *line,   \
          float *sums),                                                                                                \
         (count, terms, step, first, weights, line, sums))                                                             \
  KERNEL(void, area_round,                                                                                             \
         (int64_t count, const float *sums, float area, uint8_t *pixels),                                              \
         (count, sums, area, pixels))                                                                                  \
  KERNEL(void, images_to_block,                                                                                        \
         (int64_t pixels, int64_t channels, const uint8_t *const images[], float *block),                              \
         (pixels, channels, images, block))                                                                            \
  KERNEL(void, adam_step, (const whisker_adam *adam, int64_t first, int64_t end, const float *gradient),               \
         (adam, first, end, gradient))                                                                                 \
  KERNEL(void, sgd_step,                                                                                               \
         (int64_t n, float *value, const float *gradient, float *velocity, float rate, float momentum, float keep),    \
         (n, value, gradient, velocity, rate, momentum, keep))                                                         \
  KERNEL(void, matrix_multiply,                                                                                        \
         (const whisker_matrix_product *s, const float *left, const float *right, float *result),                      \
         (s, left, right, result))                                                                                     \
  KERNEL(void, matrix_transpose,                                                                                       \
         (int64_t rows, int64_t columns, const float *from, int64_t from_row, float *to, int64_t to_row),              \
         (rows, columns, from, from_row, to, to_row))                                                                  \
  KERNEL(void, dense_forward,                                                                                          \
         (const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,                    \
          const float *input, float *output, int accumulate),                                                          \
         (s, first, end, blocks, weights, input, output, accumulate))                                                  \
  KERNEL(void, dense_sum,                                                                                              \
         (int64_t units, int64_t parts, int64_t stride, const float *part, const float *bias, float *output),          \
         (units, parts, stride, part, bias, output))                                                                   \
  KERNEL(void, dense_sample_nonzeros,                                                                                  \
         (int64_t units, const float *gradient, whisker_nonzero *nonzeros, int32_t *counts), (units, gradient,         \
          nonzeros, counts))                                                                                           \
  KERNEL(void, dense_unit_nonzeros,                                                                                    \
         (int64_t units, int64_t first, int64_t end, int64_t blocks, const float *gradient,                            \
          whisker_nonzero *nonzeros,                                                                                   \
          int32_t *counts),                                                                                            \
         (units, first, end, blocks, gradient, nonzeros, counts))                                                      \
  KERNEL(void, dense_backward,                                                                                         \
         (const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,                    \
          const whisker_nonzero *nonzeros, const int32_t *counts, float *input_gradient, int64_t stride),              \
         (s, first, end, blocks, weights, nonzeros, counts, input_gradient, stride))                                   \
  KERNEL(int64_t, dense_workspace, (int64_t blocks), (blocks))                                                         \
  KERNEL(void, dense_weights,                                                                                          \
         (const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *input,                      \
          const whisker_nonzero *nonzeros, const int32_t *counts, float *weight_gradient, const whisker_adam *adam,    \
          float *workspace),                                                                                           \
         (s, first, end, blocks, input, nonzeros, counts, weight_gradient, adam, workspace))                           \
  KERNEL(void, dense_bias, (int64_t units, int64_t blocks, const float *gradient, float *bias_gradient),               \
         (units, blocks, gradient, bias_gradient))                                                                     \
  KERNEL(void, dropout_block,                                                                                          \
         (const whisker_dropout *dropout, int64_t features, const float *input, float *output),                        \
         (dropout, features, input, output))                                                                           \
  KERNEL(void, spatial_dropout_block,                                                                                  \
         (const whisker_dropout *dropout, int64_t channels, int64_t area, const float *input, float *output),          \
         (dropout, channels, area, input, output))                                                                     \
  KERNEL(void, gaussian_dropout_block,                                                                                 \
         (const whisker_dropout *dropout, int64_t features, const float *input, float *output),                        \
         (dropout, features, input, output))                                                                           \
  KERNEL(void, connect_drop,                                                                                           \
         (const whisker_dropout *dropout, int64_t unit, int64_t units, int64_t first, int64_t features,                \
          const float *weights, int64_t stride, int64_t width, float *factors, float *dropped),                        \
         (dropout, unit, units, first, features, weights, stride, width, factors, dropped))                            \
  KERNEL(void, connect_forward,                                                                                        \
         (int64_t units, int64_t features, int64_t width, const float *weights, const float *bias,                     \
          const float *input, float *output),                                                                          \
         (units, features, width, weights, bias, input, output))                                                       \
  KERNEL(void, connect_input,                                                                                          \
         (int64_t units, int64_t features, int64_t width, const float *weights, const float *gradient,                 \
          float *input_gradient),                                                                                      \
         (units, features, width, weights, gradient, input_gradient))                                                  \
  KERNEL(void, connect_weights,                                                                                        \
         (int64_t units, int64_t features, int64_t width, const float *factors, const float *gradient,                 \
          const float *input, float *samples, float *weight_gradient),                                                 \
         (units, features, width, factors, gradient, input, samples, weight_gradient))                                 \
  KERNEL(int64_t, conv_pool_workspace, (const whisker_conv *s), (s))                                                   \
  KERNEL(void, conv_pool_forward,                                                                                      \
         (const whisker_conv *s, int64_t first, int64_t end, const float *weights, const float *bias,                  \
          const float *input, const whisker_dropout *dropout, float *output, uint8_t *choice, uint8_t *dropped),       \
         (s, first, end, weights, bias, input, dropout, output, choice, dropped))                                      \
  KERNEL(int64_t, conv_winograd_tile, (const whisker_conv *s), (s))                                                    \
  KERNEL(int64_t, conv_winograd_workspace, (const whisker_conv *s), (s))                                               \
  KERNEL(void, conv_winograd_weights,                                                                                  \
         (const whisker_conv *s, int64_t first, int64_t end, const float *weights, float *transformed),                \
         (s, first, end, weights, transformed))                                                                        \
  KERNEL(void, conv_pool_winograd,                                                                                     \
         (const whisker_conv *s, int64_t first, int64_t end, const float *transformed, const float *bias,              \
          const float *input, const whisker_dropout *dropout, float *output, uint8_t *choice, float *workspace),       \
         (s, first, end, transformed, bias, input, dropout, output, choice, workspace))                                \
  KERNEL(void, conv_pool_weights,                                                                                      \
         (const whisker_conv *s, int64_t first, int64_t end, int64_t blocks, const float *input,                       \
          const uint8_t *choice, const float *gradient, int64_t stride, float scale, float *weight_gradient,           \
          float *bias_gradient, float *sums),                                                                          \
         (s, first, end, blocks, input, choice, gradient, stride, scale, weight_gradient, bias_gradient, sums))        \
  KERNEL(void, conv_pool_input,                                                                                        \
         (const whisker_conv *s, int64_t first, int64_t end, const float *weights, const uint8_t *choice,              \
          const float *gradient, float scale, float *input_gradient, float *masked),                                   \
         (s, first, end, weights, choice, gradient, scale, input_gradient, masked))                                    \
  KERNEL(void, conv_pixels,                                                                                            \
         (const whisker_conv *s, const float *input, float *pixels),                                                   \
         (s, input, pixels))                                                                                           \
  KERNEL(void, conv_weight_rows,                                                                                       \
         (const whisker_conv *s, int64_t first, int64_t end, const float *weights, float *rows),                       \
         (s, first, end, weights, rows))                                                                               \
  KERNEL(void, conv_argmaxes,                                                                                          \
         (const whisker_conv *s, const uint8_t *choice, const float *gradient, float scale,                            \
          whisker_argmax *argmaxes, int32_t *counts),                                                                  \
         (s, choice, gradient, scale, argmaxes, counts))                                                               \
  KERNEL(void, conv_argmax_weights,                                                                                    \
         (const whisker_conv *s, const float *pixels, const whisker_argmax *argmaxes, const int32_t *counts,           \
          float *sums),                                                                                                \
         (s, pixels, argmaxes, counts, sums))                                                                          \
  KERNEL(void, conv_argmax_sum,                                                                                        \
         (const whisker_conv *s, int64_t first, int64_t end, int64_t parts, const float *sums,                         \
          float *weight_gradient, float *bias_gradient),                                                               \
         (s, first, end, parts, sums, weight_gradient, bias_gradient))                                                 \
  KERNEL(void, conv_argmax_input,                                                                                      \
         (const whisker_conv *s, const float *rows, const whisker_argmax *argmaxes, const int32_t *counts,             \
          float *pixels, float *input_gradient),                                                                       \
         (s, rows, argmaxes, counts, pixels, input_gradient))                                                          \
  KERNEL(int64_t, convolution_workspace, (const whisker_convolution *s), (s))                                          \
  KERNEL(void, convolution_forward,                                                                                    \
         (const whisker_convolution *s, int64_t first, int64_t end, const float *weights, const float *bias,           \
          const float *input, float *output, float *packed),                                                           \
         (s, first, end, weights, bias, input, output, packed))                                                        \
  KERNEL(int64_t, convolution_weights_workspace, (const whisker_convolution *s, int64_t filters), (s, filters))        \
  KERNEL(void, convolution_weights,                                                                                    \
         (const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks, const float *input,                \
          const float *gradient, float *weight_gradient, float *bias_gradient, float *sums),                           \
         (s, first, end, blocks, input, gradient, weight_gradient, bias_gradient, sums))                               \
  KERNEL(void, convolution_bias,                                                                                       \
         (const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks, const float *gradient,             \
          float *bias_gradient),                                                                                       \
         (s, first, end, blocks, gradient, bias_gradient))                                                             \
  KERNEL(void, winograd_transform,                                                                                     \
         (const whisker_convolution *s, int64_t first, int64_t end, const float *weights, int is_gradient,             \
          float *transformed),                                                                                         \
         (s, first, end, weights, is_gradient, transformed))                                                           \
  KERNEL(int64_t, winograd_tiles,                                                                                      \
         (const whisker_convolution *s),                                                                               \
         (s))                                                                                                          \
  KERNEL(int64_t, winograd_workspace,                                                                                  \
         (const whisker_convolution *s, int64_t tiles),                                                                \
         (s, tiles))                                                                                                   \
  KERNEL(void, winograd_forward,                                                                                       \
         (const whisker_convolution *s, const whisker_winograd_task *task, const float *transformed,                   \
          const float *bias, const float *input, float *output, float *workspace),                                     \
         (s, task, transformed, bias, input, output, workspace))                                                       \
  KERNEL(int64_t, winograd_gradient_workspace,                                                                         \
         (const whisker_convolution *s, int64_t filters),                                                              \
         (s, filters))                                                                                                 \
  KERNEL(int64_t, winograd_gradient_sums,                                                                              \
         (const whisker_convolution *s, int64_t filters),                                                              \
         (s, filters))                                                                                                 \
  KERNEL(void, winograd_gradient,                                                                                      \
         (const whisker_convolution *s, const whisker_winograd_task *task, const float *input,                         \
          const float *gradient, float *sums, float *workspace),                                                       \
         (s, task, input, gradient, sums, workspace))                                                                  \
  KERNEL(void, winograd_gradient_finish,                                                                               \
         (const whisker_convolution *s, const whisker_winograd_sums *of, int64_t first, int64_t end,                   \
          float *weight_gradient),                                                                                     \
         (s, of, first, end, weight_gradient))                                                                         \
  KERNEL(void, norm_moments,                                                                                           \
         (const whisker_norm *s, const whisker_norm_task *task, const float *input, double *sums,                      \
          double *squares),                                                                                            \
         (s, task, input, sums, squares))                                                                              \
  KERNEL(void, norm_forward,                                                                                           \
         (const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,                         \
          const float *input, const float *addend, float *output),                                                     \
         (s, task, k, input, addend, output))                                                                          \
  KERNEL(void, norm_gradient_sums,                                                                                     \
         (const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,                         \
          const float *input, const float *gradient, const whisker_norm_sums *of),                                     \
         (s, task, k, input, gradient, of))                                                                            \
  KERNEL(void, norm_backward,                                                                                          \
         (const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,                         \
          const float *input, const float *gradient, float *input_gradient),                                           \
         (s, task, k, input, gradient, input_gradient))                                                                \
  KERNEL(void, window_max_forward, (const whisker_pool *s, const float *input, float *output, int32_t *choice),        \
         (s, input, output, choice))                                                                                   \
  KERNEL(void, window_max_backward,                                                                                    \
         (const whisker_pool *s, const float *gradient, const int32_t *choice, float *input_gradient),                 \
         (s, gradient, choice, input_gradient))                                                                        \
  KERNEL(void, window_average_forward, (const whisker_pool *s, const float *input, float *output), (s, input, output)) \
  KERNEL(void, window_average_backward, (const whisker_pool *s, const float *gradient, float *input_gradient),         \
         (s, gradient, input_gradient))                                                                                \
  KERNEL(void, activation_forward,                                                                                     \
         (whisker_activation kind, float slope, int64_t n, const float *input, float *output),                         \
         (kind, slope, n, input, output))                                                                              \
  KERNEL(void, activation_backward,                                                                                    \
         (whisker_activation kind, float slope, int64_t n, const float *input, const float *gradient,                  \
          float *input_gradient),                                                                                      \
         (kind, slope, n, input, gradient, input_gradient))                                                            \
  KERNEL(void, add, (int64_t n, const float *one, const float *other, float *sum), (n, one, other, sum))               \
  KERNEL(void, map_convolve,                                                                                           \
         (const whisker_map_convolution *s, const whisker_map_task *task, const whisker_map *input,                    \
          const whisker_map *addend, const whisker_map *output),                                                       \
         (s, task, input, addend, output))                                                                             \
  KERNEL(void, map_convolve_depthwise,                                                                                 \
         (const whisker_map_depthwise *s, const whisker_map_task *task, const whisker_map *input,                      \
          const whisker_map *addend, const whisker_map *output),                                                       \
         (s, task, input, addend, output))                                                                             \
  KERNEL(void, map_scale,                                                                                              \
         (const whisker_map_affine *s, const whisker_map_task *task, const whisker_map *input,                         \
          const whisker_map *addend, const whisker_map *output),                                                       \
         (s, task, input, addend, output))                                                                             \
  KERNEL(void, map_pool,                                                                                               \
         (const whisker_pool *s, int is_maximum, const whisker_map *input, const whisker_map *output),                 \
         (s, is_maximum, input, output))                                                                               \
  KERNEL(void, map_pixels,                                                                                             \
         (int64_t count, const uint8_t *pixels, const float *scale, const float *offset, float *values),               \
         (count, pixels, scale, offset, values))
// clang-format on

#define KERNEL_POINTER(result, name, parameters, arguments) result(*name) parameters;

typedef struct {
  const char *name;
  FOR_EACH_KERNEL(KERNEL_POINTER)
} kernel_table;

extern const kernel_table whisker_portable_kernels;
#if defined(__x86_64__)
extern const kernel_table whisker_avx2_kernels;
extern const kernel_table whisker_avx512_kernels;
#elif defined(__aarch64__)
extern const kernel_table whisker_neon_kernels;
#endif

#endif
