// Convolutions in their general form, of two blocks of 16 samples.
#include "shares.h"

#define BLOCKS 2
#define TASK_TILES 6

typedef struct {
  whisker_convolution s;
  float *weights, *bias, *input, *output, *workspace, *sums;
} layer;

static layer new_layer(int64_t channels, int64_t side, int64_t filters, int64_t kernel, int64_t stride) {
  int64_t out = (side + stride - 1) / stride, pad = kernel / 2;
  whisker_convolution s = {
      .channels = channels, .height = side, .width = side, .filters = filters, .kernel_height = kernel,
      .kernel_width = kernel, .stride = stride, .pad_top = pad, .pad_left = pad, .out_height = out, .out_width = out,
      .groups = 1, .out_row_stride = out, .out_column_stride = 1, .out_channel_stride = out * out};
  int64_t places = kernel * kernel > 36 ? kernel * kernel : 36;
  return (layer){.s = s, .weights = floats(places * channels * filters), .bias = floats(filters),
                 .input = floats(BLOCKS * channels * side * side * BLOCK),
                 .output = floats(BLOCKS * filters * out * out * BLOCK)};
}

static void forward(void *context) {
  layer *l = context;
  for (int64_t b = 0; b < BLOCKS; b++)
    kernels->convolution_forward(&l->s, 0, l->s.filters, l->weights, l->bias,
                                 l->input + b * l->s.channels * l->s.height * l->s.width * BLOCK,
                                 l->output + b * l->s.filters * l->s.out_height * l->s.out_width * BLOCK, l->workspace);
}

static void by_weights(void *context) {
  layer *l = context;
  kernels->convolution_weights(&l->s, 0, l->s.filters, BLOCKS, l->input, l->output, l->sums, NULL, l->workspace);
}

static void winograd(void *context) {
  layer *l = context;
  int64_t tiles = BLOCKS * kernels->winograd_tiles(&l->s);
  for (int64_t t = 0; t < tiles; t += TASK_TILES) {
    whisker_winograd_task task = {
        .first_tile = t, .end_tile = t + TASK_TILES < tiles ? t + TASK_TILES : tiles, .end_filter = l->s.filters};
    kernels->winograd_forward(&l->s, &task, l->weights, l->bias, l->input, l->output, l->workspace);
  }
}

static void winograd_by_weights(void *context) {
  layer *l = context;
  whisker_winograd_task task = {.end_tile = BLOCKS * kernels->winograd_tiles(&l->s), .end_filter = l->s.filters};
  kernels->winograd_gradient(&l->s, &task, l->input, l->output, l->sums, l->workspace);
}

static void measure_direct(int64_t channels, int64_t side, int64_t filters, int64_t kernel, int64_t stride) {
  for (int is_backward = 0; is_backward < 2; is_backward++) {
    layer l = new_layer(channels, side, filters, kernel, stride);
    l.workspace = floats(is_backward ? kernels->convolution_weights_workspace(&l.s, filters)
                                     : kernels->convolution_workspace(&l.s));
    l.sums = floats(filters * channels * kernel * kernel);
    int64_t positions = BLOCKS * l.s.out_height * l.s.out_width * BLOCK;
    measure(2.0 * (double)(channels * kernel * kernel * filters * positions), is_backward ? by_weights : forward, &l,
            "%s %dx%d, %d -> %d, %dx%d, stride %d", is_backward ? "convolution_weights" : "convolution_forward", (int)kernel,
            (int)kernel, (int)channels, (int)filters, (int)side, (int)side, (int)stride);
  }
}

static void measure_winograd(int64_t channels, int64_t side, int64_t filters) {
  for (int is_backward = 0; is_backward < 2; is_backward++) {
    layer l = new_layer(channels, side, filters, 3, 1);
    l.workspace = floats(is_backward ? kernels->winograd_gradient_workspace(&l.s, filters)
                                     : kernels->winograd_workspace(&l.s, TASK_TILES));
    l.sums = floats(kernels->winograd_gradient_sums(&l.s, filters));
    int64_t tiles = BLOCKS * kernels->winograd_tiles(&l.s);
    measure(2.0 * 36 * (double)(channels * filters * tiles * BLOCK), is_backward ? winograd_by_weights : winograd, &l,
            "%s 3x3, %d -> %d, %dx%d", is_backward ? "winograd_gradient" : "winograd_forward", (int)channels, (int)filters,
            (int)side, (int)side);
  }
}

void measure_convolutions(void) {
  measure_direct(3, 64, 24, 3, 2);
  measure_direct(64, 28, 128, 3, 2);
  measure_direct(256, 14, 64, 1, 1);
  measure_winograd(24, 32, 48);
  measure_winograd(48, 16, 48);
  measure_winograd(48, 16, 96);
  measure_winograd(96, 8, 96);
  measure_winograd(96, 8, 192);
  measure_winograd(192, 4, 192);
}
