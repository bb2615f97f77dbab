// Convolutions in their general form: any kernel, stride, padding and groups, and depthwise ones.
#include "check.h"

// channels, height, width, filters, kernel height and width, stride, padding before and after each side, groups.
typedef struct {
  int64_t channels, height, width, filters, kernel_height, kernel_width, stride, before, after, groups;
} layer;

static whisker_convolution shape_of(const layer *l) {
  whisker_convolution s = {
      .channels = l->channels, .height = l->height, .width = l->width, .filters = l->filters,
      .kernel_height = l->kernel_height, .kernel_width = l->kernel_width, .stride = l->stride,
      .pad_top = l->before, .pad_left = l->before, .groups = l->groups,
      .out_height = (l->height + l->before + l->after - l->kernel_height) / l->stride + 1,
      .out_width = (l->width + l->before + l->after - l->kernel_width) / l->stride + 1, .out_column_stride = 1};
  s.out_row_stride = s.out_width;
  s.out_channel_stride = s.out_height * s.out_width;
  return s;
}

static void forward(const whisker_convolution *s, const float *weights, const float *bias, const float *input, float *output) {
  float *packed = unset_floats(RUN(convolution_workspace, s));
  RUN(convolution_forward, s, 0, s->filters / 2, weights, bias, input, output, packed);
  RUN(convolution_forward, s, s->filters / 2, s->filters, weights, bias, input, output, packed);
}

// The gradient with respect to the input: one convolution for each of stride * stride sets of positions.
static void backward_input(const whisker_convolution *s, const float *weights) {
  int64_t size = s->channels * s->height * s->width * BLOCK;
  float *gradient = random_floats(s->filters * s->out_height * s->out_width * BLOCK), *output = zero_floats(size);
  for (int64_t row = 0; row < s->stride && row < s->height; row++)
    for (int64_t column = 0; column < s->stride && column < s->width; column++) {
      whisker_convolution g;
      whisker_convolution_gradient_shape(s, row, column, &g);
      if (g.kernel_height == 0 || g.kernel_width == 0) continue;
      float *transposed = unset_floats(g.filters * (g.channels / g.groups) * g.kernel_height * g.kernel_width);
      whisker_convolution_transpose(s, row, column, weights, transposed);
      forward(&g, transposed, NULL, gradient, output);
    }
  keep(output, size, SUM_BOUND);
}

static void backward_weights(const whisker_convolution *s, int64_t blocks) {
  int64_t taps = s->channels / s->groups * s->kernel_height * s->kernel_width, middle = s->filters / 2;
  float *input = random_floats(blocks * s->channels * s->height * s->width * BLOCK);
  float *gradient = random_floats(blocks * s->filters * s->out_height * s->out_width * BLOCK);
  float *weight_gradient = zero_floats(s->filters * taps), *bias_gradient = zero_floats(s->filters);
  float *workspace = unset_floats(RUN(convolution_weights_workspace, s, s->filters - middle));
  RUN(convolution_weights, s, 0, middle, blocks, input, gradient, weight_gradient, bias_gradient, workspace);
  RUN(convolution_weights, s, middle, s->filters, blocks, input, gradient, weight_gradient, NULL, workspace);
  keep(weight_gradient, s->filters * taps, SUM_BOUND);
  RUN(convolution_bias, s, middle, s->filters, blocks, gradient, bias_gradient);
  keep(bias_gradient, s->filters, SUM_BOUND);
}

void check_convolutions(void) {
  static const layer layers[] = {
      {1, 1, 1, 1, 1, 1, 1, 0, 0, 1},    {3, 7, 9, 5, 3, 3, 1, 1, 1, 1},    {4, 8, 5, 13, 1, 1, 1, 0, 0, 1},
      {5, 9, 8, 7, 3, 3, 2, 1, 1, 1},    {6, 6, 11, 9, 2, 4, 1, 1, 2, 3},   {4, 7, 7, 8, 5, 5, 3, 2, 2, 2},
      {3, 10, 10, 2, 7, 7, 2, 3, 3, 1},  {4, 9, 6, 6, 1, 1, 2, 0, 0, 1},    {5, 8, 9, 5, 3, 3, 1, 1, 1, 5},
      {3, 11, 7, 6, 3, 3, 2, 0, 1, 3},   {2, 6, 6, 2, 5, 5, 1, 2, 2, 2},    {70, 4, 3, 11, 3, 3, 1, 1, 1, 1},
      {1, 2, 2, 3, 3, 3, 1, 1, 1, 1},
  };
  for (int64_t i = 0; i < COUNT(layers); i++) {
    whisker_convolution s = shape_of(&layers[i]);
    int64_t taps = s.channels / s.groups * s.kernel_height * s.kernel_width, size = s.filters * s.out_height * s.out_width * BLOCK;
    float *weights = random_floats(s.filters * taps), *bias = random_floats(s.filters), *output = unset_floats(size);
    float *input = random_floats(s.channels * s.height * s.width * BLOCK);
    forward(&s, weights, i % 2 ? bias : NULL, input, output);
    keep(output, size, SUM_BOUND);
    backward_input(&s, weights);
    end_case();
    for (int64_t blocks = 0; blocks <= 2; blocks += 2) {
      backward_weights(&s, blocks);
      end_case();
    }
  }
}
