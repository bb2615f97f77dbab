// Kernels that only move or compare data: the same code for every CPU.
#include "CKernels.h"

void whisker_im2col(const whisker_conv *s, const float *input, float *columns) {
  int64_t out_height = s->height - s->kernel + 1, out_width = s->width - s->kernel + 1;
  for (int64_t c = 0; c < s->channels; c++)
    for (int64_t ky = 0; ky < s->kernel; ky++)
      for (int64_t kx = 0; kx < s->kernel; kx++)
        for (int64_t y = 0; y < out_height; y++) {
          const float *from = input + (c * s->height + y + ky) * s->width + kx;
          for (int64_t x = 0; x < out_width; x++) *columns++ = from[x];
        }
}

void whisker_col2im(const whisker_conv *s, const float *columns, float *input_gradient) {
  int64_t out_height = s->height - s->kernel + 1, out_width = s->width - s->kernel + 1;
  for (int64_t c = 0; c < s->channels; c++)
    for (int64_t ky = 0; ky < s->kernel; ky++)
      for (int64_t kx = 0; kx < s->kernel; kx++)
        for (int64_t y = 0; y < out_height; y++) {
          float *to = input_gradient + (c * s->height + y + ky) * s->width + kx;
          for (int64_t x = 0; x < out_width; x++) to[x] += *columns++;
        }
}

static int32_t largest_in_window(const float *input, int64_t width, int64_t size, int64_t corner) {
  int64_t best = corner;
  for (int64_t y = 0; y < size; y++)
    for (int64_t x = 0; x < size; x++)
      if (input[corner + y * width + x] > input[best]) best = corner + y * width + x;
  return (int32_t)best;
}

void whisker_max_pool_forward(int64_t channels, int64_t height, int64_t width, int64_t size, const float *input,
                              float *output, int32_t *winner) {
  for (int64_t c = 0; c < channels; c++, input += height * width)
    for (int64_t y = 0; y + size <= height; y += size)
      for (int64_t x = 0; x + size <= width; x += size) {
        *winner = largest_in_window(input, width, size, y * width + x);
        *output++ = input[*winner++];
      }
}

void whisker_max_pool_backward(int64_t channels, int64_t height, int64_t width, int64_t size,
                               const float *gradient, const int32_t *winner, float *input_gradient) {
  int64_t pooled = (height / size) * (width / size);
  for (int64_t c = 0; c < channels; c++, input_gradient += height * width) {
    for (int64_t i = 0; i < height * width; i++) input_gradient[i] = 0;
    for (int64_t i = 0; i < pooled; i++) input_gradient[*winner++] += *gradient++;
  }
}
