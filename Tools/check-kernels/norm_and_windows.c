// Batch normalisation, and pooling over windows.
#include "check.h"

static void norm(const whisker_norm *s, int64_t samples, int adds) {
  int64_t size = padded(samples) * s->channels * s->area, middle = s->channels / 2;
  float *input = random_floats(size), *addend = adds ? random_floats(size) : NULL, *output = zero_floats(size);
  const whisker_norm_task tasks[] = {{0, middle, samples}, {middle, s->channels, samples}};
  const whisker_norm_factors factors = {random_floats(s->channels), random_floats(s->channels), random_floats(s->channels),
                                        random_floats(s->channels), random_floats(s->channels)};
  const whisker_norm_sums sums = {unset_bytes(s->channels * 8), unset_bytes(s->channels * 8)};
  for (int t = 0; t < 2; t++) RUN(norm_moments, s, &tasks[t], input, sums.sums, sums.products);
  keep_doubles(sums.sums, s->channels, SUM_BOUND);
  keep_doubles(sums.products, s->channels, SUM_BOUND);
  for (int t = 0; t < 2; t++) RUN(norm_forward, s, &tasks[t], &factors, input, addend, output);
  keep(output, size, SUM_BOUND);
  float *gradient = random_floats(size);
  for (int t = 0; t < 2; t++) RUN(norm_gradient_sums, s, &tasks[t], &factors, input, gradient, &sums);
  keep_doubles(sums.sums, s->channels, SUM_BOUND);
  keep_doubles(sums.products, s->channels, SUM_BOUND);
  for (int t = 0; t < 2; t++) RUN(norm_backward, s, &tasks[t], &factors, input, gradient, output);
  keep(output, size, SUM_BOUND);
  end_case();
}

void check_norm(void) {
  static const whisker_norm shapes[] = {{1, 1, 0, INFINITY}, {3, 5, 0.1f, INFINITY}, {5, 12, 0, 0.5f}, {2, 37, 1, INFINITY}};
  static const int64_t samples[] = {1, 3, 16, 21, 40};
  for (int64_t i = 0; i < COUNT(shapes); i++)
    for (int64_t n = 0; n < COUNT(samples); n++) norm(&shapes[i], samples[n], n % 2);
}

static int64_t positions(const whisker_pool *s) { return s->channels * s->out_height * s->out_width * BLOCK; }

static void windows(const whisker_pool *s, int is_usual) {
  int64_t inputs = s->channels * s->height * s->width * BLOCK, choices = positions(s) * (is_usual ? 1 : 4);
  float *input = random_floats(inputs), *output = unset_floats(positions(s)), *gradient = random_floats(positions(s));
  float *input_gradient = unset_floats(inputs);
  int32_t *choice = unset_bytes(choices);
  RUN(window_max_forward, s, input, output, choice);
  keep_exactly(output, positions(s) * 4);
  keep_exactly(choice, choices);
  RUN(window_max_backward, s, gradient, choice, input_gradient);
  keep_exactly(input_gradient, inputs * 4);
  RUN(window_average_forward, s, input, output);
  keep(output, positions(s), SUM_BOUND);
  RUN(window_average_backward, s, gradient, input_gradient);
  keep(input_gradient, inputs, SUM_BOUND);

  // The same of a single picture, whose maps have rows and blocks further apart than needed.
  whisker_pool of_picture = *s;
  of_picture.channels = s->channels * BLOCK - 3;
  whisker_map in = {NULL, (s->width + 1) * BLOCK, (s->height + 2) * (s->width + 1) * BLOCK};
  whisker_map out = {NULL, s->out_width * BLOCK, s->out_height * s->out_width * BLOCK};
  in.values = random_floats(s->channels * in.block);
  out.values = unset_floats(positions(s));
  for (int is_maximum = 0; is_maximum < 2; is_maximum++) {
    RUN(map_pool, &of_picture, is_maximum, &in, &out);
    keep(out.values, positions(s), SUM_BOUND);
  }
  end_case();
}

void check_windows(void) {
  // channels, height, width, window height and width, stride, padding at the top and left, output height and width
  windows(&(whisker_pool){1, 2, 2, 2, 2, 2, 0, 0, 1, 1}, 1);
  windows(&(whisker_pool){3, 7, 9, 2, 2, 2, 0, 0, 3, 4}, 1);
  windows(&(whisker_pool){2, 8, 6, 2, 2, 2, 0, 0, 4, 3}, 1);
  windows(&(whisker_pool){1, 1, 1, 1, 1, 1, 0, 0, 1, 1}, 0);
  windows(&(whisker_pool){3, 7, 5, 3, 3, 2, 1, 1, 4, 3}, 0);
  windows(&(whisker_pool){2, 6, 9, 3, 2, 1, 1, 0, 6, 8}, 0);
  windows(&(whisker_pool){5, 4, 7, 4, 7, 1, 0, 0, 1, 1}, 0);
}
