// Fused convolution, ReLU and pool, of one block of 16 samples.
#include "shares.h"

typedef struct {
  whisker_conv s;
  int64_t pooled;
  whisker_dropout dropout;
  float *weights, *bias, *input, *output, *gradient, *sums, *workspace, *pixels;
  uint8_t *choice;
  whisker_argmax *argmaxes;
  int32_t *counts;
} layer;

// Every position of a pooling window is chosen equally often, and every fourth window has no argmax.
static layer new_layer(whisker_conv s, uint32_t threshold) {
  int64_t pooled = (s.height - 2) / 2 * ((s.width - 2) / 2), size = s.filters * pooled * BLOCK;
  layer l = {.s = s, .pooled = pooled, .dropout = {.seed = 1, .threshold = threshold},
             .weights = floats(s.filters * s.channels * 9 + BLOCK), .bias = floats(s.filters),
             .input = floats(s.channels * s.height * s.width * BLOCK), .output = floats(size), .gradient = floats(size),
             .choice = memory(size)};
  for (int64_t i = 0; i < size; i++) l.choice[i] = (uint8_t)(((uint64_t)i * 0x9E3779B97F4A7C15 >> 59) % 5 * 2);
  return l;
}

static void forward(void *context) {
  layer *l = context;
  kernels->conv_pool_forward(&l->s, 0, l->s.filters, l->weights, l->bias, l->input, &l->dropout, l->output, l->choice,
                             (uint8_t *)l->workspace);
}

static void winograd(void *context) {
  layer *l = context;
  kernels->conv_pool_winograd(&l->s, 0, l->s.filters, l->weights, l->bias, l->input, &l->dropout, l->output, l->choice,
                              l->workspace);
}

static void by_weights(void *context) {
  layer *l = context;
  kernels->conv_pool_weights(&l->s, 0, l->s.filters, 1, l->input, l->choice, l->gradient, 0, 1, l->output, l->bias, l->sums);
}

static void argmax_weights(void *context) {
  layer *l = context;
  kernels->conv_argmax_weights(&l->s, l->pixels, l->argmaxes, l->counts, l->sums);
}

static void argmax_input(void *context) {
  layer *l = context;
  kernels->conv_argmax_input(&l->s, l->sums, l->argmaxes, l->counts, l->pixels, l->output);
}

static double products(const layer *l) { return 2.0 * 4 * 9 * (double)(l->s.channels * l->s.filters * l->pooled * BLOCK); }

static void measure_first(whisker_conv s) {
  for (int drops = 0; drops < 2; drops++) {
    layer l = new_layer(s, drops ? 16384 : 0);
    l.workspace = memory(kernels->conv_pool_workspace(&s));
    measure(products(&l), forward, &l, "conv_pool_forward 3x3, %d -> %d, %dx%d%s", (int)s.channels, (int)s.filters,
            (int)s.height, (int)s.width, drops ? ", dropout" : "");
  }
  layer l = new_layer(s, 0);
  l.sums = floats(s.filters * (s.channels * 9 + 2) * BLOCK);
  measure(products(&l) / 4, by_weights, &l, "conv_pool_weights 3x3, %d -> %d, %dx%d", (int)s.channels, (int)s.filters,
          (int)s.height, (int)s.width);
}

static void list_argmaxes(layer *l) {
  l->argmaxes = memory(l->s.filters * BLOCK * l->pooled * (int64_t)sizeof(whisker_argmax));
  l->counts = memory(l->s.filters * BLOCK * (int64_t)sizeof(int32_t));
  kernels->conv_argmaxes(&l->s, l->choice, l->gradient, 1, l->argmaxes, l->counts);
}

static double listed_products(const layer *l) {
  int64_t count = 0;
  for (int64_t i = 0; i < l->s.filters * BLOCK; i++) count += l->counts[i];
  return 2.0 * 9 * (double)(count * l->s.channels);
}

static void measure_second(whisker_conv s) {
  layer l = new_layer(s, 0);
  int64_t tile = kernels->conv_winograd_tile(&s), places = (tile + 2) * (tile + 2), across = (s.width - 2) / 2;
  int64_t regions = (across + tile - 1) / tile * (((s.height - 2) / 2 + tile - 1) / tile);
  l.weights = floats(places * s.filters * s.channels);
  l.workspace = floats(kernels->conv_winograd_workspace(&s));
  measure(2.0 * 4 * (double)(regions * places * s.channels * s.filters * BLOCK), winograd, &l,
          "conv_pool_winograd 3x3, %d -> %d, %dx%d", (int)s.channels, (int)s.filters, (int)s.height, (int)s.width);

  int64_t row = whisker_conv_channel_row(s.channels);
  l = new_layer(s, 0);
  list_argmaxes(&l);
  l.pixels = floats(s.height * s.width * row * BLOCK);
  l.sums = floats(whisker_conv_sums(&s));
  measure(listed_products(&l), argmax_weights, &l, "conv_argmax_weights 3x3, %d -> %d, %dx%d", (int)s.channels,
          (int)s.filters, (int)s.height, (int)s.width);
  l = new_layer(s, 0);
  list_argmaxes(&l);
  l.pixels = floats(s.height * s.width * row * BLOCK);
  l.output = floats(s.channels * s.height * s.width * BLOCK);
  l.sums = floats(s.filters * 9 * row);
  measure(listed_products(&l), argmax_input, &l, "conv_argmax_input 3x3, %d -> %d, %dx%d", (int)s.channels,
          (int)s.filters, (int)s.height, (int)s.width);
}

void measure_pooled(void) {
  measure_first((whisker_conv){1, 28, 28, 32, 3});
  measure_first((whisker_conv){3, 64, 64, 32, 3});
  measure_second((whisker_conv){32, 13, 13, 64, 3});
}
