// 3x3 convolutions of stride 1 by Winograd's algorithm, with and without a pool after them.
#include "check.h"

#define PLACES 36

static whisker_convolution shape_of(int64_t channels, int64_t height, int64_t width, int64_t filters, int64_t pad) {
  int64_t out_height = height + 2 * pad - 2, out_width = width + 2 * pad - 2;
  return (whisker_convolution){
      .channels = channels, .height = height, .width = width, .filters = filters, .kernel_height = 3, .kernel_width = 3,
      .stride = 1, .pad_top = pad, .pad_left = pad, .out_height = out_height, .out_width = out_width, .groups = 1,
      .out_row_stride = out_width, .out_column_stride = 1, .out_channel_stride = out_height * out_width};
}

// Runs two tasks, one for the first tiles and one for the rest.
static void run(const whisker_convolution *s, whisker_winograd_task task, int64_t tiles, const float *transformed,
                const float *input, float *output) {
  float *bias = random_floats(s->filters);
  for (int64_t t = 0, end; t < tiles; t = end) {
    end = t == 0 && tiles > 1 ? tiles / 2 : tiles;
    task.first_tile = t, task.end_tile = end;
    for (int64_t f = 0, end_filter; f < s->filters; f = end_filter) {
      end_filter = f == 0 && s->filters > 1 ? s->filters / 2 : s->filters;
      task.first_filter = f, task.end_filter = end_filter;
      float *workspace = unset_floats(RUN(winograd_workspace, s, end - t));
      RUN(winograd_forward, s, &task, transformed, t == 0 ? bias : NULL, input, output, workspace);
    }
  }
}

static float *transform(const whisker_convolution *s, const float *weights, int is_gradient) {
  float *transformed = unset_floats(PLACES * s->filters * s->channels);
  RUN(winograd_transform, s, 0, s->filters / 2, weights, is_gradient, transformed);
  RUN(winograd_transform, s, s->filters / 2, s->filters, weights, is_gradient, transformed);
  keep(transformed, PLACES * s->filters * s->channels, SUM_BOUND);
  return transformed;
}

static void forward(const whisker_convolution *s, int64_t blocks, const float *weights, int pools) {
  int64_t map = pools ? s->out_height / 2 * (s->out_width / 2) : s->out_height * s->out_width;
  int64_t size = blocks * s->filters * map * BLOCK;
  float *input = random_floats(blocks * s->channels * s->height * s->width * BLOCK), *output = zero_floats(size);
  whisker_winograd_task task = {.pool = pools ? unset_bytes(size) : NULL};
  int64_t tiles = RUN(winograd_tiles, s);
  keep_exactly(&tiles, sizeof tiles);
  run(s, task, tiles * blocks, transform(s, weights, 0), input, output);
  keep(output, size, WINOGRAD_BOUND);
}

static void backward_input(const whisker_convolution *s, int64_t blocks, const float *weights, int unpools) {
  whisker_convolution g = shape_of(s->filters, s->out_height, s->out_width, s->channels, 2 - s->pad_top);
  int64_t map = unpools ? s->out_height / 2 * (s->out_width / 2) : s->out_height * s->out_width;
  int64_t size = blocks * g.filters * g.out_height * g.out_width * BLOCK;
  float *gradient = random_floats(blocks * g.channels * map * BLOCK), *output = zero_floats(size);
  whisker_winograd_task task = {.unpool = unpools ? random_choices(blocks * g.channels * map * BLOCK, 4) : NULL};
  run(&g, task, RUN(winograd_tiles, &g) * blocks, transform(&g, weights, 1), gradient, output);
  keep(output, size, WINOGRAD_BOUND);
}

static void backward_weights(const whisker_convolution *s, int64_t blocks, int unpools) {
  int64_t map = unpools ? s->out_height / 2 * (s->out_width / 2) : s->out_height * s->out_width;
  int64_t tiles = RUN(winograd_tiles, s) * blocks, first = s->filters > BLOCK ? BLOCK : 0, parts = 3;
  int64_t filters = s->filters - first, size = RUN(winograd_gradient_sums, s, filters);
  float *input = random_floats(blocks * s->channels * s->height * s->width * BLOCK);
  float *gradient = random_floats(blocks * s->filters * map * BLOCK), *sums = unset_floats(parts * size);
  whisker_winograd_task task = {.first_filter = first, .end_filter = s->filters,
                                .unpool = unpools ? random_choices(blocks * s->filters * map * BLOCK, 4) : NULL};
  for (int64_t part = 0; part < parts; part++) {
    // The last part may have no tiles.
    task.first_tile = task.end_tile;
    task.end_tile = part == 0 ? tiles / 2 : tiles;
    float *workspace = unset_floats(RUN(winograd_gradient_workspace, s, filters));
    RUN(winograd_gradient, s, &task, input, gradient, sums + part * size, workspace);
  }
  keep(sums, parts * size, WINOGRAD_BOUND);
  float *weight_gradient = zero_floats(s->filters * s->channels * 9);
  const whisker_winograd_sums of = {first, s->filters, parts, sums};
  RUN(winograd_gradient_finish, s, &of, first, s->filters, weight_gradient);
  keep(weight_gradient, s->filters * s->channels * 9, WINOGRAD_BOUND);
}

void check_winograd(void) {
  const whisker_convolution shapes[] = {shape_of(1, 3, 3, 1, 0),  shape_of(3, 7, 9, 5, 1),   shape_of(5, 8, 12, 7, 1),
                                        shape_of(17, 6, 5, 3, 0), shape_of(4, 10, 6, 33, 1), shape_of(2, 5, 13, 18, 2),
                                        shape_of(3, 8, 8, 65, 1),  shape_of(5, 21, 9, 130, 1)};
  for (int64_t i = 0; i < COUNT(shapes); i++)
    for (int64_t blocks = 1; blocks <= 2; blocks++)
      for (int pools = 0; pools < 2; pools++) {
        const whisker_convolution *s = &shapes[i];
        if (pools && (s->out_height < 2 || s->out_width < 2)) continue;
        float *weights = random_floats(s->filters * s->channels * 9);
        forward(s, blocks, weights, pools);
        backward_input(s, blocks, weights, pools);
        backward_weights(s, blocks, pools);
        end_case();
      }
}
