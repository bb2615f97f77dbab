// Convolutions of single pictures, whose lanes are channels.
#include "check.h"

#define LINEAR {WHISKER_RELU, 1, INFINITY}
static const whisker_map_ending endings[] = {
    {LINEAR, LINEAR},
    {{WHISKER_RELU, 0, INFINITY}, LINEAR},
    {{WHISKER_RELU6, 0, 6}, {WHISKER_RELU, 0, INFINITY}},
    {{WHISKER_LEAKY_RELU, 0.1f, INFINITY}, {WHISKER_RELU6, 0, 6}},
    {{WHISKER_SILU, 0, 0}, LINEAR},
    {LINEAR, {WHISKER_HARD_SWISH, 0, 0}},
};

static whisker_map new_map(int64_t blocks, int64_t height, int64_t width) {
  whisker_map map = {NULL, width * BLOCK, height * width * BLOCK};
  map.values = random_floats(blocks * map.block);
  return map;
}

// The first row of the first blocks, and the rest.
static int64_t tasks_of(int64_t blocks, int64_t height, whisker_map_task tasks[3]) {
  tasks[0] = (whisker_map_task){0, blocks, 0, 1};
  if (height == 1) return 1;
  tasks[1] = (whisker_map_task){0, blocks / 2, 1, height};
  tasks[2] = (whisker_map_task){blocks / 2, blocks, 1, height};
  return 3;
}

// Convolutions of `blocks` blocks to `out_blocks`, of a kernel of this size.
typedef struct {
  int64_t blocks, last_depth, kernel, stride, out_blocks, height, width;
} layer;

// Makes the lanes after the last value of the last block zero, in each of `count` groups of lanes.
static void clear_lanes(float *block, int64_t count, int64_t missing) {
  for (int64_t i = 0; i < count; i++)
    for (int64_t lane = BLOCK - missing; lane < BLOCK; lane++) block[i * BLOCK + lane] = 0;
}

// The last block lacks so many filters.
static void convolve(const layer *l, int has_groups, int64_t missing) {
  int64_t rows = (l->height - 1) * l->stride + l->kernel, columns = (l->width - 1) * l->stride + l->kernel;
  int64_t depth = l->blocks == 1 ? l->last_depth : BLOCK, taps = l->kernel * l->kernel;
  int64_t panel = taps * ((l->blocks - 1) * depth + l->last_depth) * BLOCK;
  int32_t *first_in = has_groups ? unset_bytes(l->out_blocks * 4) : NULL;
  for (int64_t b = 0; has_groups && b < l->out_blocks; b++) first_in[b] = (int32_t)b;
  whisker_map input = new_map(l->blocks + (has_groups ? l->out_blocks - 1 : 0), rows, columns);
  whisker_map addend = new_map(l->out_blocks, l->height, l->width), output = new_map(l->out_blocks, l->height, l->width);
  whisker_map_convolution s = {
      .blocks = l->blocks, .depth = depth, .last_depth = l->last_depth, .kernel_height = l->kernel, .kernel_width = l->kernel,
      .stride = l->stride, .pixel = BLOCK, .width = l->width, .filters = l->out_blocks * BLOCK - missing,
      .first_in = first_in};
  float *weights = random_floats(l->out_blocks * panel), *bias = random_floats(l->out_blocks * BLOCK);
  clear_lanes(weights + (l->out_blocks - 1) * panel, panel / BLOCK, missing);
  clear_lanes(bias + (l->out_blocks - 1) * BLOCK, 1, missing);
  clear_lanes(addend.values + (l->out_blocks - 1) * addend.block, l->height * l->width, missing);
  s.weights = weights, s.bias = bias;
  whisker_map_task tasks[3];
  int64_t count = tasks_of(l->out_blocks, l->height, tasks);
  for (int64_t e = 0; e < COUNT(endings); e++) {
    s.ending = endings[e];
    for (int64_t t = 0; t < count; t++) RUN(map_convolve, &s, &tasks[t], &input, e % 2 ? &addend : NULL, &output);
    keep(output.values, l->out_blocks * output.block, SUM_BOUND);
  }
  end_case();
}

// The first convolution of a picture: three values of a pixel are contiguous, and so are the pixels of a row of the window.
static void convolve_picture(int64_t width, int64_t out_blocks) {
  const int64_t channels = 3, kernel = 3, stride = 2, height = 2;
  int64_t columns = (width - 1) * stride + kernel, depth = kernel * channels;
  whisker_map input = {NULL, columns * channels, 0}, output = new_map(out_blocks, height, width);
  input.values = random_floats(((height - 1) * stride + kernel) * input.row);
  whisker_map_convolution s = {
      .blocks = 1, .depth = depth, .last_depth = depth, .kernel_height = kernel, .kernel_width = 1, .stride = stride,
      .pixel = channels, .width = width, .filters = out_blocks * BLOCK, .weights = random_floats(out_blocks * kernel * depth * BLOCK),
      .bias = random_floats(out_blocks * BLOCK), .ending = endings[1]};
  RUN(map_convolve, &s, &(whisker_map_task){0, out_blocks, 0, height}, &input, NULL, &output);
  keep(output.values, out_blocks * output.block, SUM_BOUND);
  end_case();
}

static void depthwise(const layer *l) {
  int64_t rows = (l->height - 1) * l->stride + l->kernel, columns = (l->width - 1) * l->stride + l->kernel;
  whisker_map input = new_map(l->blocks, rows, columns), addend = new_map(l->blocks, l->height, l->width);
  whisker_map output = new_map(l->blocks, l->height, l->width);
  whisker_map_depthwise s = {
      .kernel_height = l->kernel, .kernel_width = l->kernel, .stride = l->stride, .width = l->width,
      .weights = random_floats(l->blocks * l->kernel * l->kernel * BLOCK), .bias = random_floats(l->blocks * BLOCK)};
  whisker_map_task tasks[3];
  int64_t count = tasks_of(l->blocks, l->height, tasks);
  for (int64_t e = 0; e < COUNT(endings); e++) {
    s.ending = endings[e];
    for (int64_t t = 0; t < count; t++) {
      whisker_map from = input;
      from.values += tasks[t].first_block * input.block;
      RUN(map_convolve_depthwise, &s, &tasks[t], &from, e % 2 ? &addend : NULL, &output);
    }
    keep(output.values, l->blocks * output.block, SUM_BOUND);
  }
  end_case();
}

static void scale(int64_t blocks, int64_t height, int64_t width) {
  whisker_map input = new_map(blocks, height, width), addend = new_map(blocks, height, width);
  whisker_map output = new_map(blocks, height, width);
  whisker_map_affine s = {width, random_floats(blocks * BLOCK), random_floats(blocks * BLOCK), endings[0]};
  whisker_map_task tasks[3];
  int64_t count = tasks_of(blocks, height, tasks);
  for (int64_t e = 0; e < COUNT(endings); e++) {
    s.ending = endings[e];
    for (int64_t t = 0; t < count; t++) RUN(map_scale, &s, &tasks[t], &input, e % 2 ? &addend : NULL, &output);
    keep(output.values, blocks * output.block, SUM_BOUND);
  }
  end_case();
}

static void pixels(int64_t count) {
  uint8_t *bytes = random_bytes(count);
  float *factors = random_floats(WHISKER_PIXEL_FACTORS), *offsets = random_floats(WHISKER_PIXEL_FACTORS);
  float *values = unset_floats(count);
  RUN(map_pixels, count, bytes, factors, offsets, values);
  keep(values, count, SUM_BOUND);
  end_case();
}

void check_maps(void) {
  // blocks, values of the last block, kernel, stride, output blocks, height, width
  static const layer layers[] = {{1, 1, 1, 1, 1, 1, 1},  {1, 16, 1, 1, 2, 1, 5},  {2, 7, 1, 1, 3, 2, 7},   {3, 16, 3, 1, 5, 3, 13},
                                 {1, 9, 3, 2, 4, 2, 9},  {2, 16, 5, 2, 2, 2, 6},  {5, 12, 1, 1, 7, 3, 57}, {2, 3, 1, 2, 6, 4, 14},
                                 {1, 16, 7, 1, 3, 1, 29}};
  for (int64_t i = 0; i < COUNT(layers); i++) {
    for (int64_t missing = 0; missing < BLOCK; missing += 5) convolve(&layers[i], 0, missing);
    if (i < 5) convolve(&layers[i], 1, 0);
    if (i < 5) convolve(&layers[i], 1, 10);
    depthwise(&layers[i]);
    scale(layers[i].blocks, layers[i].height, layers[i].width);
  }
  for (int64_t width = 1; width <= 15; width += 2) convolve_picture(width, 1 + width % 3);
  for (int64_t count = 1; count < 200; count += 37) pixels(count);
}
