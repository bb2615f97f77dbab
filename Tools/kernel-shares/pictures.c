// Convolutions of single pictures.
#include "shares.h"

#include <math.h>

#define RELU6 {WHISKER_RELU6, 0, 6}
#define LINEAR {WHISKER_RELU, 1, INFINITY}

typedef struct {
  whisker_map_convolution convolution;
  whisker_map_depthwise depthwise;
  whisker_map_task task;
  whisker_map input, output;
} layer;

static void convolve(void *context) {
  layer *l = context;
  kernels->map_convolve(&l->convolution, &l->task, &l->input, NULL, &l->output);
}

static void convolve_depthwise(void *context) {
  layer *l = context;
  kernels->map_convolve_depthwise(&l->depthwise, &l->task, &l->input, NULL, &l->output);
}

static whisker_map new_map(int64_t channels, int64_t rows, int64_t columns, int64_t pixel) {
  int64_t blocks = (channels + BLOCK - 1) / BLOCK;
  return (whisker_map){floats(blocks * rows * columns * pixel), columns * pixel, rows * columns * pixel};
}

// A picture's first convolution has the channels of a pixel and the pixels of a row of its window side by side.
static void measure_convolution(int64_t channels, int64_t filters, int64_t side, int64_t kernel, int64_t stride) {
  int64_t in = (side - 1) * stride + kernel, blocks = (filters + BLOCK - 1) / BLOCK;
  int is_first = channels == 3;
  int64_t pixel = is_first ? channels : BLOCK, in_blocks = (channels + BLOCK - 1) / BLOCK;
  int64_t depth = is_first ? kernel * channels : channels < BLOCK ? channels : BLOCK;
  layer l = {.task = {0, blocks, 0, side}, .input = new_map(channels, in, in, pixel),
             .output = new_map(filters, side, side, BLOCK)};
  l.convolution = (whisker_map_convolution){
      .blocks = in_blocks, .depth = depth, .last_depth = is_first ? depth : channels - (in_blocks - 1) * depth,
      .kernel_height = kernel, .kernel_width = is_first ? 1 : kernel, .stride = stride, .pixel = pixel, .width = side,
      .filters = filters, .weights = floats(blocks * kernel * kernel * channels * BLOCK), .bias = floats(blocks * BLOCK),
      .ending = {RELU6, LINEAR}};
  measure(2.0 * (double)(channels * kernel * kernel * filters * side * side), convolve, &l,
          "map_convolve %dx%d, %d -> %d, %dx%d%s", (int)kernel, (int)kernel, (int)channels, (int)filters, (int)side,
          (int)side, stride == 1 ? "" : ", stride 2");
}

static void measure_depthwise(int64_t channels, int64_t side, int64_t kernel, int64_t stride) {
  int64_t in = (side - 1) * stride + kernel, blocks = (channels + BLOCK - 1) / BLOCK;
  layer l = {.task = {0, blocks, 0, side}, .input = new_map(channels, in, in, BLOCK),
             .output = new_map(channels, side, side, BLOCK)};
  l.depthwise = (whisker_map_depthwise){
      .kernel_height = kernel, .kernel_width = kernel, .stride = stride, .width = side,
      .weights = floats(blocks * kernel * kernel * BLOCK), .bias = floats(blocks * BLOCK), .ending = {RELU6, LINEAR}};
  measure(2.0 * (double)(blocks * BLOCK * kernel * kernel * side * side), convolve_depthwise, &l,
          "map_convolve_depthwise %dx%d, %d, %dx%d%s", (int)kernel, (int)kernel, (int)channels, (int)side, (int)side,
          stride == 1 ? "" : ", stride 2");
}

void measure_pictures(void) {
  measure_convolution(3, 32, 112, 3, 2);
  measure_convolution(16, 96, 112, 1, 1);
  measure_convolution(144, 24, 56, 1, 1);
  measure_convolution(40, 240, 28, 1, 1);
  measure_convolution(240, 40, 28, 1, 1);
  measure_convolution(112, 672, 14, 1, 1);
  measure_convolution(672, 112, 14, 1, 1);
  measure_convolution(192, 1152, 7, 1, 1);
  measure_convolution(1152, 192, 7, 1, 1);
  measure_convolution(320, 1280, 7, 1, 1);
  measure_convolution(64, 64, 56, 3, 1);
  measure_depthwise(32, 112, 3, 1);
  measure_depthwise(96, 56, 3, 2);
  measure_depthwise(240, 28, 5, 1);
  measure_depthwise(672, 14, 5, 1);
  measure_depthwise(1152, 7, 3, 1);
}
