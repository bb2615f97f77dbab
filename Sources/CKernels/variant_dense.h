// The fully connected layer. Forward and backward by the input have samples in the lanes, the gradient by the weights
// has units in them; all three read their operands where they lie. The weights lie in panels of BLOCK units, so that a
// tile's are read one cache line after the other.

// Features whose weights for all units stay in the second-level cache while all samples pass by.
#define DENSE_DEPTH 256

static void dense_forward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                          const float *input, float *output, int accumulate) {
  for (int64_t f = first; f < end; f += DENSE_DEPTH) {
    int64_t depth = smaller(end - f, DENSE_DEPTH), vectors;
    for (int64_t j = 0; j < blocks * BLOCK_VECTORS; j += vectors) {
      vectors = tile_vectors(blocks * BLOCK_VECTORS - j);
      const float *in[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) in[v] = input + lane_offset(j + v, s->features * BLOCK) + f * BLOCK;
      for (int64_t u = 0, rows; u < s->units; u += rows) {
        rows = tile_rows(smaller(s->units - u, BLOCK - u % BLOCK));
        const float *panel = weights + (u / BLOCK * s->features + f) * BLOCK + u % BLOCK;
        float *out[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) out[v] = output + lane_offset(j + v, s->units * BLOCK) + u * BLOCK;
        product(rows, vectors, depth, panel, 1, BLOCK, in, BLOCK, out, BLOCK, accumulate || f > first);
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

INLINE void dense_backward_tile(const int rows, const int vectors, const whisker_dense *s, const float *weights,
                                const float *const gradient[], float *const out[]) {
  vector sum[TILE_ROWS][TILE_VECTORS] = {0};
  for (int64_t u = 0; u < s->units; u += BLOCK, weights += s->features * BLOCK) {
    const float *in[TILE_VECTORS];
    for (int v = 0; v < vectors; v++) in[v] = gradient[v] + u * BLOCK;
    multiply(rows, vectors, smaller(s->units - u, BLOCK), weights, BLOCK, 1, in, BLOCK, sum);
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) store(out[v] + r * BLOCK, sum[r][v]);
}

static void dense_backward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                           const float *gradient, float *input_gradient, int64_t stride) {
  for (int64_t f = first, rows; f < end; f += rows) {
    rows = tile_rows(end - f);
    for (int64_t j = 0, vectors; j < blocks * BLOCK_VECTORS; j += vectors) {
      vectors = tile_vectors(blocks * BLOCK_VECTORS - j);
      const float *in[TILE_VECTORS];
      float *out[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) {
        in[v] = gradient + lane_offset(j + v, s->units * BLOCK);
        out[v] = input_gradient + lane_offset(j + v, stride) + (f - first) * BLOCK;
      }
      TILED(dense_backward_tile, rows, vectors, s, weights + f * BLOCK, in, out);
    }
  }
}

// rows[panel][sample][BLOCK], zero beyond the last unit.
static void dense_rows(int64_t units, int64_t blocks, const float *gradient, float *rows) {
  int64_t samples = blocks * BLOCK, row = whisker_dense_row(units);
  for (int64_t u = 0; u < row; u += BLOCK)
    for (int64_t n = 0; n < samples; n++, rows += BLOCK)
      for (int64_t i = 0; i < BLOCK; i++)
        rows[i] = u + i < units ? gradient[(n / BLOCK * units + u + i) * BLOCK + n % BLOCK] : 0;
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

// Where the weights of feature f and the units of vector j lie.
INLINE int64_t weight_place(const whisker_dense *s, int64_t f, int64_t j) {
  return lane_offset(j, s->features * BLOCK) + f * BLOCK;
}

INLINE void dense_weights_tile(const int rows, const int vectors, const whisker_dense *s, int64_t f, int64_t j,
                               int64_t blocks, const float *input, const float *unit_rows, float *weight_gradient,
                               const whisker_adam *adam) {
  vector sum[TILE_ROWS][TILE_VECTORS] = {0};
  for (int64_t b = 0; b < blocks; b++) {
    const float *in[TILE_VECTORS];
    for (int v = 0; v < vectors; v++) in[v] = unit_rows + lane_offset(j + v, blocks * BLOCK * BLOCK) + b * BLOCK * BLOCK;
    multiply(rows, vectors, BLOCK, input + (b * s->features + f) * BLOCK, BLOCK, 1, in, BLOCK, sum);
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) {
      int64_t place = weight_place(s, f + r, j + v);
      if (adam)
        adam_vector(adam, place, sum[r][v]);
      else
        store(weight_gradient + place, sum[r][v]);
    }
}

static void dense_weights(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                          const float *rows, float *weight_gradient, const whisker_adam *adam) {
  int64_t across = whisker_dense_row(s->units) / LANES;
  for (int64_t f = first, height; f < end; f += height) {
    height = tile_rows(end - f);
    for (int64_t j = 0, vectors; j < across; j += vectors) {
      vectors = tile_vectors(across - j);
      TILED(dense_weights_tile, height, vectors, s, f, j, blocks, input, rows, weight_gradient, adam);
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
