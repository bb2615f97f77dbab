// What prepares convolutions: the same on every CPU.
#include "../kernels.h"

void whisker_convolution_gradient_shape(const whisker_convolution *s, int64_t row, int64_t column,
                                        whisker_convolution *g) {
  // Of the input rows row, row + stride, ... each sees the kernel's rows first, first + stride, ...
  int64_t first_y = (row + s->pad_top) % s->stride, first_x = (column + s->pad_left) % s->stride;
  int64_t height = first_y < s->kernel_height ? (s->kernel_height - first_y + s->stride - 1) / s->stride : 0;
  int64_t width = first_x < s->kernel_width ? (s->kernel_width - first_x + s->stride - 1) / s->stride : 0;
  *g = (whisker_convolution){
      .channels = s->filters,
      .height = s->out_height,
      .width = s->out_width,
      .filters = s->channels,
      .kernel_height = height,
      .kernel_width = width,
      .stride = 1,
      .pad_top = height - 1 - (row + s->pad_top - first_y) / s->stride,
      .pad_left = width - 1 - (column + s->pad_left - first_x) / s->stride,
      .out_height = (s->height - row + s->stride - 1) / s->stride,
      .out_width = (s->width - column + s->stride - 1) / s->stride,
      .groups = s->groups,
      .out_offset = row * s->width + column,
      .out_row_stride = s->stride * s->width,
      .out_column_stride = s->stride,
      .out_channel_stride = s->height * s->width,
  };
}

void whisker_convolution_transpose(const whisker_convolution *s, int64_t row, int64_t column, const float *weights,
                                   float *transposed) {
  whisker_convolution g;
  whisker_convolution_gradient_shape(s, row, column, &g);
  int64_t first_y = (row + s->pad_top) % s->stride, first_x = (column + s->pad_left) % s->stride;
  int64_t channels = s->channels / s->groups, filters = s->filters / s->groups;
  for (int64_t c = 0; c < s->channels; c++)
    for (int64_t f = 0; f < filters; f++) {
      int64_t filter = c / channels * filters + f;
      const float *from = weights + (filter * channels + c % channels) * s->kernel_height * s->kernel_width;
      for (int64_t y = g.kernel_height - 1; y >= 0; y--)
        for (int64_t x = g.kernel_width - 1; x >= 0; x--)
          *transposed++ = from[(first_y + y * s->stride) * s->kernel_width + first_x + x * s->stride];
    }
}
