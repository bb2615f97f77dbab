// Dropout of values, channels and weights.
#include "check.h"

static const whisker_dropout dropouts[] = {{7, 3, 1, 32, 16384}, {1ull << 40, 70000, 5, 0, 32768}, {9, 0, 0, 4294967280u, 1}};

static void of_features(const whisker_dropout *d, int64_t features) {
  float *input = random_floats(features * BLOCK), *output = unset_floats(features * BLOCK);
  RUN(dropout_block, d, features, input, output);
  keep_exactly(output, features * BLOCK * 4);
  RUN(gaussian_dropout_block, d, features, input, output);
  keep(output, features * BLOCK, SUM_BOUND);
  const int64_t area = 3;
  float *maps = random_floats(features * area * BLOCK), *dropped = unset_floats(features * area * BLOCK);
  RUN(spatial_dropout_block, d, features, area, maps, dropped);
  keep_exactly(dropped, features * area * BLOCK * 4);
  end_case();
}

static void of_weights(const whisker_dropout *d, int64_t units, int64_t features) {
  int64_t width = padded(features);
  float *weights = random_floats((units + 2) * features), *factors = zero_floats(units * width);
  float *dropped = zero_floats(units * width), *bias = random_floats(units);
  RUN(connect_drop, d, 2, units, 0, features, weights, features, width, factors, dropped);
  keep_exactly(factors, units * width * 4);
  keep_exactly(dropped, units * width * 4);
  float *input = random_floats(features * BLOCK), *output = unset_floats(units * BLOCK);
  RUN(connect_forward, units, features, width, dropped, bias, input, output);
  keep(output, units * BLOCK, SUM_BOUND);
  float *gradient = sparse_floats(units * BLOCK), *input_gradient = unset_floats(features * BLOCK);
  RUN(connect_input, units, features, width, dropped, gradient, input_gradient);
  keep(input_gradient, features * BLOCK, SUM_BOUND);
  float *samples = unset_floats(BLOCK * width), *weight_gradient = random_floats(units * width);
  RUN(connect_weights, units, features, width, factors, gradient, input, samples, weight_gradient);
  keep(weight_gradient, units * width, SUM_BOUND);
  end_case();
}

void check_dropout(void) {
  static const int64_t counts[] = {1, 3, 8, 13, 37, 130};
  for (int64_t d = 0; d < COUNT(dropouts); d++)
    for (int64_t i = 0; i < COUNT(counts); i++) {
      of_features(&dropouts[d], counts[i]);
      of_weights(&dropouts[d], 1 + i, counts[i]);
      of_weights(&dropouts[d], 3 * i + 4, counts[i]);
    }
}
