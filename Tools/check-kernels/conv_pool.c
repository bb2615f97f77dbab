// Fused convolution, ReLU, max-pool and dropout, and its backward.
#include "check.h"

static const whisker_dropout none = {1, 2, 3, 16, 0}, quarter = {1, 2, 3, 16, 16384};

static int64_t pooled(const whisker_conv *s) { return (s->height - s->kernel + 1) / 2 * ((s->width - s->kernel + 1) / 2); }

static void forward(const whisker_conv *s, const whisker_dropout *d, int learns) {
  int64_t taps = s->channels * s->kernel * s->kernel, map = pooled(s) * BLOCK, size = s->filters * map;
  float *weights = random_floats(s->filters * taps), *bias = random_floats(s->filters);
  float *input = random_floats(s->channels * s->height * s->width * BLOCK), *output = zero_floats(size);
  uint8_t *choice = learns ? unset_bytes(size) : NULL, *workspace = unset_bytes(RUN(conv_pool_workspace, s));
  int64_t middle = s->filters / 2;
  RUN(conv_pool_forward, s, 0, middle, weights, bias, input, d, output, choice, workspace);
  RUN(conv_pool_forward, s, middle, s->filters, weights, bias, input, d, output, choice, workspace);
  keep(output, size, SUM_BOUND);
  if (learns) keep_exactly(choice, size);
  end_case();
}

static void winograd(const whisker_conv *s, const whisker_dropout *d, int learns) {
  int64_t tile = RUN(conv_winograd_tile, s), map = pooled(s) * BLOCK, size = s->filters * map, middle = s->filters / 2;
  keep_exactly(&tile, sizeof tile);
  if (tile == 0) return;
  int64_t transformed_size = (tile + 2) * (tile + 2) * s->filters * s->channels;
  float *weights = random_floats(s->filters * s->channels * 9), *transformed = unset_floats(transformed_size);
  RUN(conv_winograd_weights, s, 0, middle, weights, transformed);
  RUN(conv_winograd_weights, s, middle, s->filters, weights, transformed);
  keep(transformed, transformed_size, SUM_BOUND);
  float *bias = random_floats(s->filters), *workspace = unset_floats(RUN(conv_winograd_workspace, s));
  float *input = random_floats(s->channels * s->height * s->width * BLOCK), *output = zero_floats(size);
  uint8_t *choice = learns ? unset_bytes(size) : NULL;
  RUN(conv_pool_winograd, s, 0, middle, transformed, bias, input, d, output, choice, workspace);
  RUN(conv_pool_winograd, s, middle, s->filters, transformed, bias, input, d, output, choice, workspace);
  keep(output, size, WINOGRAD_BOUND);
  // The variants round differently, so another position may be the largest of almost equal ones.
  end_case();
}

static void backward(const whisker_conv *s, int64_t blocks) {
  int64_t taps = s->channels * s->kernel * s->kernel, map = pooled(s) * BLOCK, area = s->height * s->width * BLOCK;
  float *weights = random_floats(s->filters * taps), *gradient = sparse_floats(blocks * s->filters * map);
  uint8_t *choice = random_choices(blocks * s->filters * map, 5);
  float *input = random_floats(blocks * s->channels * area), *input_gradient = unset_floats(s->channels * area);
  float *weight_gradient = zero_floats(s->filters * taps), *bias_gradient = zero_floats(s->filters);
  int64_t middle = s->filters / 2, stride = s->filters * map;
  float *sums = unset_floats((s->filters - middle) * (taps + 2) * BLOCK);
  RUN(conv_pool_weights, s, middle, s->filters, blocks, input, choice, gradient + middle * map, stride, 1.5f,
      weight_gradient, bias_gradient, sums);
  keep(weight_gradient, s->filters * taps, SUM_BOUND);
  keep(bias_gradient, s->filters, SUM_BOUND);
  float *masked = unset_floats(s->filters * 4 * BLOCK);
  RUN(conv_pool_input, s, 0, s->channels / 2, weights, choice, gradient, 1.5f, input_gradient, masked);
  RUN(conv_pool_input, s, s->channels / 2, s->channels, weights, choice, gradient, 1.5f, input_gradient, masked);
  keep(input_gradient, s->channels * area, SUM_BOUND);
  end_case();
}

void check_conv_pool(void) {
  // channels, height, width, filters, kernel
  static const whisker_conv shapes[] = {{1, 4, 4, 1, 3}, {1, 7, 9, 5, 3},  {3, 8, 6, 6, 3}, {2, 7, 7, 3, 4},
                                        {1, 2, 5, 2, 1}, {5, 9, 12, 9, 5}, {4, 5, 4, 7, 3}};
  for (int64_t i = 0; i < COUNT(shapes); i++) {
    for (int learns = 0; learns < 2; learns++) {
      forward(&shapes[i], &none, learns);
      if (learns) forward(&shapes[i], &quarter, learns);
    }
    backward(&shapes[i], 1);
    backward(&shapes[i], 3);
  }
  // Maps too small, and those of each tile.
  static const whisker_conv wide[] = {{3, 8, 20, 2, 3}, {5, 10, 11, 7, 3}, {3, 12, 12, 26, 3}, {17, 14, 15, 5, 3}, {2, 25, 20, 1, 3}};
  for (int64_t i = 0; i < COUNT(wide); i++) {
    winograd(&wide[i], &none, 0);
    winograd(&wide[i], &quarter, 1);
  }
}

static void argmaxes(const whisker_conv *s) {
  int64_t map = pooled(s), area = s->height * s->width, row = whisker_conv_channel_row(s->channels), middle = s->filters / 2;
  float *input = random_floats(s->channels * area * BLOCK), *pixels = unset_floats(BLOCK * area * row);
  RUN(conv_pixels, s, input, pixels);
  keep_exactly(pixels, BLOCK * area * row * 4);
  float *weights = random_floats(s->filters * s->channels * 9), *rows = unset_floats(s->filters * 9 * row);
  RUN(conv_weight_rows, s, 0, middle, weights, rows);
  RUN(conv_weight_rows, s, middle, s->filters, weights, rows);
  keep_exactly(rows, s->filters * 9 * row * 4);

  uint8_t *choice = random_choices(s->filters * map * BLOCK, 5);
  float *gradient = sparse_floats(s->filters * map * BLOCK);
  whisker_argmax *listed = unset_bytes(s->filters * BLOCK * map * (int64_t)sizeof *listed);
  int32_t *counts = unset_bytes(s->filters * BLOCK * 4);
  RUN(conv_argmaxes, s, choice, gradient, 1.5f, listed, counts);
  keep_exactly(counts, s->filters * BLOCK * 4);
  for (int64_t i = 0; i < s->filters * BLOCK; i++) keep_exactly(listed + i * map, counts[i] * (int64_t)sizeof *listed);

  const int64_t parts = 3;
  int64_t size = whisker_conv_sums(s);
  float *sums = random_floats(parts * size);
  for (int64_t part = 0; part < 2; part++) {
    RUN(conv_argmax_weights, s, pixels, listed, counts, sums + part * size);
    keep(sums + part * size, size, SUM_BOUND);
  }
  float *weight_gradient = unset_floats(s->filters * s->channels * 9), *bias_gradient = unset_floats(s->filters);
  RUN(conv_argmax_sum, s, 0, middle, parts, sums, weight_gradient, bias_gradient);
  RUN(conv_argmax_sum, s, middle, s->filters, parts, sums, weight_gradient, bias_gradient);
  keep(weight_gradient, s->filters * s->channels * 9, SUM_BOUND);
  keep(bias_gradient, s->filters, SUM_BOUND);
  float *input_gradient = unset_floats(s->channels * area * BLOCK);
  RUN(conv_argmax_input, s, rows, listed, counts, pixels, input_gradient);
  keep(input_gradient, s->channels * area * BLOCK, SUM_BOUND);
  end_case();
}

void check_conv_argmaxes(void) {
  static const whisker_conv shapes[] = {{1, 4, 4, 1, 3}, {5, 7, 9, 3, 3}, {16, 6, 6, 2, 3}, {17, 5, 8, 4, 3}, {32, 7, 7, 5, 3}, {45, 6, 5, 3, 3}};
  for (int64_t i = 0; i < COUNT(shapes); i++) argmaxes(&shapes[i]);
}
