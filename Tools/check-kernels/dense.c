// Fully connected layers.
#include "check.h"

static void dense_forward(const whisker_dense *s, int64_t blocks) {
  int64_t panels = padded(s->features), middle = panels / BLOCK / 2 * BLOCK;
  float *weights = random_floats(panels * s->units), *input = random_floats(blocks * s->features * BLOCK);
  float *output = unset_floats(blocks * s->units * BLOCK), *bias = random_floats(s->units);
  RUN(dense_forward, s, 0, s->features, blocks, weights, input, output, 0);
  keep(output, blocks * s->units * BLOCK, SUM_BOUND);
  RUN(dense_forward, s, middle, s->features, blocks, weights, input, output, 1);
  keep(output, blocks * s->units * BLOCK, SUM_BOUND);
  float *sum = unset_floats(s->units * BLOCK);
  RUN(dense_sum, s->units, blocks, s->units * BLOCK, output, bias, sum);
  keep(sum, s->units * BLOCK, SUM_BOUND);
}

static void keep_nonzeros(int64_t count, const whisker_nonzero *nonzeros) {
  for (int64_t i = 0; i < count; i++) keep_exactly(&nonzeros[i].gradient, sizeof(float));
}

static void dense_backward(const whisker_dense *s, int64_t blocks, const float *gradient) {
  int64_t stride = s->features * BLOCK, first = s->features > BLOCK ? BLOCK : 0;
  float *weights = random_floats(padded(s->features) * s->units), *output = unset_floats(blocks * stride);
  whisker_nonzero *nonzeros = unset_bytes(blocks * s->units * BLOCK * (int64_t)sizeof *nonzeros);
  int32_t *counts = unset_bytes(blocks * BLOCK * (int64_t)sizeof *counts);
  for (int64_t b = 0; b < blocks; b++) {
    whisker_nonzero *of_block = nonzeros + b * s->units * BLOCK;
    RUN(dense_sample_nonzeros, s->units, gradient + b * s->units * BLOCK, of_block, counts + b * BLOCK);
    keep_exactly(counts + b * BLOCK, BLOCK * (int64_t)sizeof *counts);
    keep_nonzeros(counts[b * BLOCK], of_block);
  }
  RUN(dense_backward, s, 0, s->features, blocks, weights, nonzeros, counts, output, stride);
  keep(output, blocks * stride, SUM_BOUND);
  RUN(dense_backward, s, first, s->features, blocks, weights, nonzeros, counts, output + first * BLOCK, stride);
  keep(output, blocks * stride, SUM_BOUND);
}

static void dense_weights(const whisker_dense *s, int64_t blocks, const float *gradient) {
  int64_t size = padded(s->features) * s->units, groups = padded(s->units);
  float *input = random_floats(blocks * s->features * BLOCK), *output = zero_floats(size);
  whisker_nonzero *nonzeros = unset_bytes(groups * blocks * BLOCK * (int64_t)sizeof *nonzeros);
  int32_t *counts = unset_bytes(groups * (int64_t)sizeof *counts);
  for (int64_t u = 0; u < s->units; u += BLOCK) {
    int64_t end = u + BLOCK < s->units ? u + BLOCK : s->units;
    RUN(dense_unit_nonzeros, s->units, u, end, blocks, gradient, nonzeros + u * blocks * BLOCK, counts + u);
    keep_exactly(counts + u, (end - u) * (int64_t)sizeof *counts);
    keep_nonzeros(counts[u], nonzeros + u * blocks * BLOCK);
  }
  float *workspace = unset_floats(RUN(dense_workspace, blocks));
  RUN(dense_weights, s, 0, s->features, blocks, input, nonzeros, counts, output, NULL, workspace);
  keep(output, size, SUM_BOUND);
  whisker_adam adam = {random_floats(size), random_floats(size), random_floats(size), 0.01f, 0.9f, 0.999f, 1e-7f, 0.99f};
  for (int64_t i = 0; i < size; i++) adam.variance[i] = fabsf(adam.variance[i]);
  RUN(dense_weights, s, 0, s->features, blocks, input, nonzeros, counts, NULL, &adam, workspace);
  keep(adam.value, size, SUM_BOUND);
  keep(adam.mean, size, SUM_BOUND);
  keep(adam.variance, size, SUM_BOUND);
}

static void matrices(int64_t rows, int64_t columns, int64_t depth) {
  const whisker_matrix_product s = {rows, columns, depth, depth + 3, columns + 16, columns + 32};
  float *left = random_floats(rows * s.left_row), *right = random_floats(depth * s.right_row);
  float *result = zero_floats(rows * s.result_row), *turned = unset_floats(columns * rows);
  RUN(matrix_multiply, &s, left, right, result);
  keep(result, rows * s.result_row, SUM_BOUND);
  RUN(matrix_transpose, rows, columns, result, s.result_row, turned, rows);
  keep(turned, columns * rows, SUM_BOUND);
  end_case();
}

void check_dense(void) {
  static const whisker_dense shapes[] = {{1, 1}, {5, 3}, {16, 4}, {37, 7}, {64, 16}, {100, 13}, {300, 19}};
  for (int64_t i = 0; i < COUNT(shapes); i++)
    for (int64_t blocks = 1; blocks <= 3; blocks++) {
      const whisker_dense *s = &shapes[i];
      dense_forward(s, blocks);
      float *gradient = sparse_floats(blocks * s->units * BLOCK), *bias = unset_floats(s->units);
      dense_backward(s, blocks, gradient);
      dense_weights(s, blocks, gradient);
      RUN(dense_bias, s->units, blocks, gradient, bias);
      keep(bias, s->units, SUM_BOUND);
      end_case();
    }
  matrices(16, 16, 1);
  matrices(32, 48, 200);
  matrices(48, 112, 400);
}
