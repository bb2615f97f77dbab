// The parts of Winograd's kernels with AVX2, each alone: products of tiles, and the transformations around them. Of a transformation,
// each addition or multiply-add of vectors counts as a multiply-add: two of either are executed in a cycle.
#include "shares.h"

#if defined(__x86_64__)
#define whisker_avx2_kernels parts_of_avx2
#include "variant_avx2.c"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define BLOCKS 2
#define TASK_TILES 6
// 12 transformations of six values of a map, 12 operations each.
#define PATCH_OPERATIONS (12 * 12)
// 10 transformations of six products, 10 operations each, and 16 additions of a bias.
#define OUTPUT_OPERATIONS (10 * 10 + 16)
// 10 transformations of four gradients, 9 operations each.
#define GRADIENT_OPERATIONS (10 * 9)

typedef struct {
  whisker_convolution s;
  int64_t tiles;
  float *weights, *input, *output, *patches, *products, *gradients, *sums;
} layer;

static layer new_layer(int64_t channels, int64_t side, int64_t filters) {
  whisker_convolution s = {
      .channels = channels, .height = side, .width = side, .filters = filters, .kernel_height = 3, .kernel_width = 3,
      .stride = 1, .pad_top = 1, .pad_left = 1, .out_height = side, .out_width = side, .groups = 1,
      .out_row_stride = side, .out_column_stride = 1, .out_channel_stride = side * side};
  int64_t area = BLOCKS * side * side * BLOCK;
  return (layer){.s = s, .tiles = BLOCKS * winograd_tiles(&s), .weights = floats(GRID_PLACES * channels * filters),
                 .input = floats(channels * area), .output = floats(filters * area),
                 .patches = floats(TASK_TILES * grid_size(channels)), .products = floats(GRID_PLACES * GRID_PRODUCTS),
                 .gradients = floats(GRADIENT_TILES * ((filters + BLOCK - 1) / BLOCK) * GRADIENT_BLOCK),
                 .sums = floats(winograd_gradient_sums(&s, filters))};
}

static void patches(void *context) {
  layer *l = context;
  for (int64_t t = 0; t < l->tiles; t += TASK_TILES)
    grid_patches(&l->s, t, smaller(t + TASK_TILES, l->tiles), l->input, l->patches);
}

// The products of all tiles and filters, or their outputs.
static void for_each_tile(layer *l, int is_product) {
  whisker_winograd_task task = {0};
  grid_products all = {.channels = l->s.channels, .target = grid_target_of(&l->s, &task)};
  for (int64_t first = 0; first < l->tiles; first += TASK_TILES)
    for (int64_t f = 0; f < l->s.filters; f += GRID_FILTERS)
      for (int64_t t = 0; t < TASK_TILES && first + t < l->tiles; t += GRID_TILES) {
        int64_t end = smaller(f + GRID_FILTERS, l->s.filters);
        task.first_tile = first + t, task.end_tile = smaller(first + t + GRID_TILES, l->tiles);
        grid_place place = grid_place_of(&l->s, task.first_tile);
        all.output = l->output + grid_start(&l->s, &all.target, f, &place);
        if (is_product)
          grid_multiply(end - f, task.end_tile - task.first_tile, &all, l->weights + f * GRID_PLACES * l->s.channels,
                        l->patches + t * grid_size(l->s.channels), l->products);
        else
          grid_outputs(&l->s, &task, f, end, l->products, NULL, l->output);
      }
}

static void forward_products(void *context) { for_each_tile(context, 1); }
static void outputs(void *context) { for_each_tile(context, 0); }

// Gradients of the products of all tiles, or the products with patches.
static void for_each_filter(layer *l, int is_product) {
  int64_t row = GRID_PLACES * l->s.channels, size = grid_size(l->s.channels);
  for (int64_t t = 0; t < l->tiles; t += GRADIENT_TILES)
    for (int64_t f = 0; f < l->s.filters; f += GRADIENT_FILTERS) {
      whisker_winograd_task part = {.first_filter = f, .end_filter = smaller(f + GRADIENT_FILTERS, l->s.filters)};
      int64_t filters = grid_filters(&part), tiles = smaller(GRADIENT_TILES, l->tiles - t);
      const grid_steps steps = {tiles, size, filters / BLOCK * GRADIENT_BLOCK, row * BLOCK, t > 0};
      if (is_product)
        grid_add(l->s.channels, filters, &steps, l->patches, l->gradients, l->sums + f * row);
      else
        grid_gradients(&l->s, &part, t, t + tiles, l->output, l->gradients);
    }
}

static void backward_products(void *context) { for_each_filter(context, 1); }
static void gradients(void *context) { for_each_filter(context, 0); }

static void measure_part(int64_t channels, int64_t side, int64_t filters, work *run, const char *name) {
  layer l = new_layer(channels, side, filters);
  double maps = 2.0 * (double)(l.tiles * BLOCK), operations = maps * GRID_PLACES * (double)(channels * filters);
  if (run == patches) operations = maps * PATCH_OPERATIONS * (double)channels;
  if (run == outputs) operations = maps * OUTPUT_OPERATIONS * (double)filters;
  if (run == gradients) operations = maps * GRADIENT_OPERATIONS * (double)filters;
  measure(operations, run, &l, "%s %d -> %d, %dx%d", name, (int)channels, (int)filters, (int)side, (int)side);
}

void measure_winograd_parts(void) {
  if (strcmp(whisker_kernels_name(), "avx2") != 0) return;
  const int64_t shapes[][3] = {{24, 32, 48}, {48, 16, 48}, {96, 8, 96}, {192, 4, 192}};
  for (int i = 0; i < 4; i++) {
    int64_t channels = shapes[i][0], side = shapes[i][1], filters = shapes[i][2];
    measure_part(channels, side, filters, patches, "winograd parts: patches");
    measure_part(channels, side, filters, forward_products, "winograd parts: products");
    measure_part(channels, side, filters, outputs, "winograd parts: outputs");
    measure_part(channels, side, filters, gradients, "winograd parts: gradients");
    measure_part(channels, side, filters, backward_products, "winograd parts: products of gradients");
  }
}
#pragma clang attribute pop
#else
void measure_winograd_parts(void) {}
#endif
