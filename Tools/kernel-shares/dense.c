// Fully connected layers, on a batch of 128.
#include "shares.h"

#define BLOCKS 8

typedef struct {
  whisker_dense s;
  float *weights, *input, *output, *workspace;
  whisker_nonzero *nonzeros;
  int32_t *counts;
  whisker_adam adam;
} dense;

static dense new_dense(int64_t features, int64_t units) {
  return (dense){.s = {features, units}, .weights = floats(features * units), .input = floats(BLOCKS * features * BLOCK),
                 .output = floats(BLOCKS * (features > units ? features : units) * BLOCK),
                 .nonzeros = memory(BLOCKS * units * BLOCK * (int64_t)sizeof(whisker_nonzero)),
                 .counts = memory((BLOCKS * BLOCK + units) * (int64_t)sizeof(int32_t))};
}

static void forward(void *context) {
  dense *d = context;
  kernels->dense_forward(&d->s, 0, d->s.features, BLOCKS, d->weights, d->input, d->output, 0);
}

static void by_input(void *context) {
  dense *d = context;
  kernels->dense_backward(&d->s, 0, d->s.features, BLOCKS, d->weights, d->nonzeros, d->counts, d->output,
                          d->s.features * BLOCK);
}

static void by_weights(void *context) {
  dense *d = context;
  kernels->dense_weights(&d->s, 0, d->s.features, BLOCKS, d->input, d->nonzeros, d->counts, NULL, &d->adam, d->workspace);
}

static int64_t total(const int32_t *counts, int64_t count) {
  int64_t sum = 0;
  for (int64_t i = 0; i < count; i++) sum += counts[i];
  return sum;
}

static void measure_layer(int64_t features, int64_t units) {
  int64_t products = 2 * features * units * BLOCKS * BLOCK;
  dense d = new_dense(features, units);
  measure((double)products, forward, &d, "dense_forward %d -> %d", (int)features, (int)units);

  d = new_dense(features, units);
  const float *gradient = sparse_floats(units * BLOCKS * BLOCK);
  for (int64_t b = 0; b < BLOCKS; b++)
    kernels->dense_sample_nonzeros(units, gradient + b * units * BLOCK, d.nonzeros + b * units * BLOCK, d.counts + b * BLOCK);
  measure(2.0 * (double)(features * total(d.counts, BLOCKS * BLOCK)), by_input, &d, "dense_backward %d -> %d, nonzeros",
          (int)features, (int)units);

  d = new_dense(features, units);
  gradient = sparse_floats(units * BLOCKS * BLOCK);
  for (int64_t u = 0; u < units; u += BLOCK)
    kernels->dense_unit_nonzeros(units, u, u + BLOCK < units ? u + BLOCK : units, BLOCKS, gradient,
                                 d.nonzeros + u * BLOCKS * BLOCK, d.counts + u);
  d.workspace = floats(kernels->dense_workspace(BLOCKS));
  float *mean = floats(features * units), *variance = floats(features * units);
  for (int64_t i = 0; i < features * units; i++) variance[i] = 0.01f;
  d.adam = (whisker_adam){d.weights, mean, variance, 1e-9f, 0.9f, 0.999f, 1e-7f, 1};
  measure(2.0 * (double)(features * total(d.counts, units)), by_weights, &d, "dense_weights %d -> %d, nonzeros, Adam",
          (int)features, (int)units);
}

void measure_dense(void) {
  measure_layer(5408, 128);
  measure_layer(1600, 128);
}
