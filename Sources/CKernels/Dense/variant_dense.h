// The fully connected layer. In forward, lanes are samples. In backward, lanes are features: after ReLU and dropout most of
// the gradient is zero, so the nonzeros are listed by sample and by unit, and about a quarter of the products remain.

// Panels of features whose weights, for all units, stay in the L2 cache while all samples are multiplied by them.
#define DENSE_PANELS 16

INLINE void dense_forward_tile(const int rows, const int vectors, const whisker_dense *s, int64_t f, int64_t end,
                               const float *weights, const float *const input[], float *const out[], int accumulate) {
  vector sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = accumulate ? load(out[v] + r * BLOCK) : (vector){0};
  for (; f < end; f += BLOCK, weights += s->units * BLOCK) {
    const float *in[TILE_VECTORS];
    for (int v = 0; v < vectors; v++) in[v] = input[v] + f * BLOCK;
    multiply(rows, vectors, smaller(end - f, BLOCK), weights, BLOCK, 1, in, BLOCK, sum);
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) store(out[v] + r * BLOCK, sum[r][v]);
}

// Fetches the weights of some units in some panels. They are too far apart for the CPU to foresee.
INLINE void dense_fetch(const whisker_dense *s, const float *weights, int64_t units, int64_t panels) {
  for (int64_t p = 0; p < panels; p++, weights += s->units * BLOCK)
    for (int64_t u = 0; u < units; u++) __builtin_prefetch(weights + u * BLOCK, 0, 2);
}

static void dense_forward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                          const float *input, float *output, int accumulate) {
  for (int64_t f = first; f < end; f += DENSE_PANELS * BLOCK) {
    int64_t stop = smaller(end, f + DENSE_PANELS * BLOCK), all = blocks * BLOCK_VECTORS, vectors, next = stop;
    // While a tile multiplies, a share of the next panels is fetched.
    int64_t share = (DENSE_PANELS * TILE_VECTORS + all - 1) / all, panels;
    for (int64_t j = 0; j < all; j += vectors, next += panels * BLOCK) {
      vectors = tile_vectors(all - j);
      panels = smaller(share, (end - next + BLOCK - 1) / BLOCK);
      const float *in[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) in[v] = input + lane_offset(j + v, s->features * BLOCK);
      for (int64_t u = 0, rows; u < s->units; u += rows) {
        rows = tile_rows(s->units - u);
        float *out[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) out[v] = output + lane_offset(j + v, s->units * BLOCK) + u * BLOCK;
        dense_fetch(s, weights + next * s->units + u * BLOCK, rows, panels);
        TILED(dense_forward_tile, rows, vectors, s, f, stop, weights + f * s->units + u * BLOCK, in, out,
              accumulate || f > first);
      }
    }
  }
}

static void dense_sum(int64_t units, int64_t parts, int64_t stride, const float *part, const float *bias,
                      float *output) {
  for (int64_t u = 0; u < units; u++)
    for (int64_t l = 0; l < BLOCK; l += LANES) {
      const float *at = part + u * BLOCK + l;
      vector sum = load(at);
      for (int64_t p = 1; p < parts; p++) sum += load(at + p * stride);
      store(output + u * BLOCK + l, sum + broadcast(bias[u]));
    }
}

// The number of vectors of features that are summed together, and of their features.
#define NONZERO_VECTORS (LANES == 8 ? 6 : 4)
#define NONZERO_FEATURES (NONZERO_VECTORS * LANES)

static int64_t dense_workspace(int64_t blocks) { return blocks * BLOCK * NONZERO_FEATURES; }

// Appends a gradient if it is not zero, without a branch.
INLINE int64_t append(whisker_nonzero *nonzeros, int64_t count, int64_t place, float gradient) {
  nonzeros[count] = (whisker_nonzero){(int32_t)place, gradient};
  return count + (gradient != 0);
}

static void dense_sample_nonzeros(int64_t units, const float *gradient, whisker_nonzero *nonzeros, int32_t *counts) {
  for (int64_t l = 0; l < BLOCK; l++, nonzeros += counts[l - 1]) {
    int64_t count = 0;
    for (int64_t u = 0; u < units; u++) count = append(nonzeros, count, u * BLOCK, gradient[u * BLOCK + l]);
    counts[l] = (int32_t)count;
  }
}

static void dense_unit_nonzeros(int64_t units, int64_t first, int64_t end, int64_t blocks, const float *gradient,
                             whisker_nonzero *nonzeros, int32_t *counts) {
  for (int64_t u = first; u < end; nonzeros += counts[u - first], u++) {
    int64_t count = 0;
    for (int64_t n = 0; n < blocks * BLOCK; n++)
      count = append(nonzeros, count, n * NONZERO_FEATURES, gradient[(n / BLOCK * units + u) * BLOCK + n % BLOCK]);
    counts[u - first] = (int32_t)count;
  }
}

INLINE void add_nonzero(whisker_nonzero nonzero, const float *const rows[NONZERO_VECTORS], vector sum[NONZERO_VECTORS]) {
  vector gradient = broadcast(nonzero.gradient);
  UNROLL for (int v = 0; v < NONZERO_VECTORS; v++) sum[v] += gradient * load(rows[v] + nonzero.place);
}

// sum[v] = the sum of gradients times the rows at their places. Two accumulators each shorten the dependency chain.
INLINE void sum_nonzeros(const whisker_nonzero *nonzeros, int32_t count, const float *const rows[NONZERO_VECTORS],
                      vector sum[NONZERO_VECTORS]) {
  vector odd[NONZERO_VECTORS] = {0};
  UNROLL for (int v = 0; v < NONZERO_VECTORS; v++) sum[v] = (vector){0};
  int32_t i = 0;
  for (; i + 2 <= count; i += 2) {
    add_nonzero(nonzeros[i], rows, sum);
    add_nonzero(nonzeros[i + 1], rows, odd);
  }
  if (i < count) add_nonzero(nonzeros[i], rows, sum);
  UNROLL for (int v = 0; v < NONZERO_VECTORS; v++) sum[v] += odd[v];
}

// The offset of vector v of the weights of unit 0, starting at feature f. Vectors after the last panel repeat that panel.
INLINE int64_t weight_place(const whisker_dense *s, int64_t f, int v) {
  int64_t panel = smaller((f + v * LANES) / BLOCK, (s->features - 1) / BLOCK);
  return panel * s->units * BLOCK + v * LANES % BLOCK;
}

static void dense_backward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                           const whisker_nonzero *nonzeros, const int32_t *counts, float *input_gradient, int64_t stride) {
  for (int64_t f = first; f < end; f += NONZERO_FEATURES) {
    const float *rows[NONZERO_VECTORS];
    for (int v = 0; v < NONZERO_VECTORS; v++) rows[v] = weights + weight_place(s, f, v);
    for (int64_t b = 0; b < blocks; b++) {
      float of_samples[BLOCK * NONZERO_FEATURES];
      const whisker_nonzero *next = nonzeros + b * BLOCK * s->units;
      for (int64_t l = 0; l < BLOCK; next += counts[b * BLOCK + l], l++) {
        vector sum[NONZERO_VECTORS];
        sum_nonzeros(next, counts[b * BLOCK + l], rows, sum);
        UNROLL for (int v = 0; v < NONZERO_VECTORS; v++) store(of_samples + l * NONZERO_FEATURES + v * LANES, sum[v]);
      }
      int64_t stop = smaller(end, f + NONZERO_FEATURES);
      for (int64_t g = f; g < stop; g += BLOCK)
        transpose_into_rows(stop - g, of_samples + (g - f), NONZERO_FEATURES,
                            input_gradient + b * stride + (g - first) * BLOCK, BLOCK);
    }
  }
}

// One vector of a step of Adam.
INLINE void adam_vector(const whisker_adam *adam, int64_t at, vector gradient) {
  vector mean = load(adam->mean + at), variance = load(adam->variance + at);
  mean += (gradient - mean) * (1 - adam->beta1);
  variance += (gradient * gradient - variance) * (1 - adam->beta2);
  store(adam->mean + at, mean);
  store(adam->variance + at, variance);
  store(adam->value + at,
        adam->keep * load(adam->value + at) - divide_by_root(adam->rate * mean, variance, adam->epsilon));
}

// workspace[samples, NONZERO_FEATURES] = the input features from f on.
static void dense_input_rows(const whisker_dense *s, int64_t f, int64_t blocks, const float *input, float *workspace) {
  int64_t stop = smaller(s->features, f + NONZERO_FEATURES);
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t g = f; g < stop; g += BLOCK)
      transpose_rows(stop - g, input + (b * s->features + g) * BLOCK, BLOCK, workspace + b * BLOCK * NONZERO_FEATURES + g - f,
                     NONZERO_FEATURES);
}

static void dense_weights(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                          const whisker_nonzero *nonzeros, const int32_t *counts, float *weight_gradient,
                          const whisker_adam *adam, float *workspace) {
  const float *rows[NONZERO_VECTORS];
  for (int v = 0; v < NONZERO_VECTORS; v++) rows[v] = workspace + v * LANES;
  for (int64_t f = first; f < end; f += NONZERO_FEATURES) {
    dense_input_rows(s, f, blocks, input, workspace);
    int64_t places[NONZERO_VECTORS], vectors = smaller(NONZERO_VECTORS, (end - f + BLOCK - 1) / BLOCK * BLOCK_VECTORS);
    for (int v = 0; v < NONZERO_VECTORS; v++) places[v] = weight_place(s, f, v);
    const whisker_nonzero *next = nonzeros;
    for (int64_t u = 0; u < s->units; next += counts[u], u++) {
      // The lists of every BLOCK units start at a fixed offset.
      if (u % BLOCK == 0) next = nonzeros + u * blocks * BLOCK;
      vector sum[NONZERO_VECTORS];
      sum_nonzeros(next, counts[u], rows, sum);
      UNROLL for (int v = 0; v < NONZERO_VECTORS; v++) {
        if (v >= vectors) break;
        if (adam)
          adam_vector(adam, places[v] + u * BLOCK, sum[v]);
        else
          store(weight_gradient + places[v] + u * BLOCK, sum[v]);
      }
    }
  }
}

static void dense_bias(int64_t units, int64_t blocks, const float *gradient, float *bias_gradient) {
  for (int64_t u = 0; u < units; u++) {
    vector sum = {0};
    for (int64_t j = 0; j < blocks * BLOCK_VECTORS; j++)
      sum += load(gradient + lane_offset(j, units * BLOCK) + u * BLOCK);
    bias_gradient[u] = sum_of_lanes(sum);
  }
}
