// Pictures, activations and the optimizers' steps.
#include "check.h"

static void area(int64_t count) {
  const int64_t terms = 3, step = 3;
  float *row = random_floats(count), *line = random_floats(count), *weights = random_floats(terms * count);
  uint8_t *bytes = random_bytes(count), *pixels = unset_bytes(count);
  RUN(area_add, count, row, 0.37f, line);
  keep_exactly(line, count * 4);
  RUN(area_add_bytes, count, bytes, 0.37f, line);
  keep_exactly(line, count * 4);
  int32_t *first = unset_bytes(count * 4);
  for (int64_t i = 0; i < count; i++) first[i] = (int32_t)(i * 7 % count);
  float *wide = random_floats(count + (terms - 1) * step), *sums = unset_floats(count);
  RUN(area_columns, count, terms, step, first, weights, wide, sums);
  keep_exactly(sums, count * 4);
  for (int64_t i = 0; i < count; i++) sums[i] = sums[i] * 1000 + 400;
  RUN(area_round, count, sums, 3.1f, pixels);
  keep_exactly(pixels, count);
  end_case();
}

static void images(int64_t pixels, int64_t channels) {
  const uint8_t *images[BLOCK];
  for (int64_t l = 0; l < BLOCK; l++) images[l] = random_bytes(pixels * channels);
  float *block = unset_floats(pixels * channels * BLOCK);
  RUN(images_to_block, pixels, channels, images, block);
  keep(block, pixels * channels * BLOCK, SUM_BOUND);
  end_case();
}

static void steps(int64_t count) {
  const int64_t size = count + 3;
  whisker_adam adam = {random_floats(size), random_floats(size), random_floats(size), 0.01f, 0.9f, 0.999f, 1e-7f, 0.99f};
  // Some moments are denormal after the step, or were before.
  for (int64_t i = 0; i < size; i++) adam.variance[i] = i % 5 ? fabsf(adam.variance[i]) : 0x1p-126f * (float)(i % 3);
  for (int64_t i = 0; i < size; i += 7) adam.mean[i] *= 0x1p-125f;
  float *gradient = sparse_floats(count);
  RUN(adam_step, &adam, 3, size, gradient);
  keep(adam.value, size, SUM_BOUND);
  keep(adam.mean, size, SUM_BOUND);
  keep(adam.variance, size, SUM_BOUND);
  float *value = random_floats(count), *velocity = random_floats(count);
  RUN(sgd_step, count, value, gradient, velocity, 0.01f, 0.9f, 0.99f);
  keep(value, count, SUM_BOUND);
  keep(velocity, count, SUM_BOUND);
  end_case();
}

static void activations(int64_t count) {
  for (int kind = WHISKER_RELU; kind <= WHISKER_HARD_SWISH; kind++) {
    float *input = random_floats(count), *gradient = random_floats(count), *output = unset_floats(count);
    for (int64_t i = 0; i < count; i++) input[i] *= i % 9 ? 8 : 200;
    RUN(activation_forward, (whisker_activation)kind, 0.1f, count, input, output);
    keep(output, count, SUM_BOUND);
    RUN(activation_backward, (whisker_activation)kind, 0.1f, count, input, gradient, output);
    keep(output, count, SUM_BOUND);
  }
  float *one = random_floats(count), *other = random_floats(count), *sum = unset_floats(count);
  RUN(add, count, one, other, sum);
  keep_exactly(sum, count * 4);
  end_case();
}

void check_elementwise(void) {
  static const int64_t counts[] = {1, 2, 7, 8, 15, 16, 17, 31, 48, 100, 257};
  for (int64_t i = 0; i < COUNT(counts); i++) {
    area(counts[i]);
    steps(counts[i]);
    activations(counts[i]);
    images(counts[i], 1);
    images(counts[i], 3);
  }
}
