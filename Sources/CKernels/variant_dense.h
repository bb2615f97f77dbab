// The fully connected layer. Forward and backward by the input have samples in the lanes, the gradient by the weights
// has units in them; all three read their operands where they lie.

// Features whose weights for all units stay in the second-level cache while all samples pass by.
#define DENSE_DEPTH 256
// The units whose gradients lie together in a panel of rows.
#define PANEL (TILE_VECTORS * LANES)

static void dense_forward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                          const float *input, float *output, int accumulate) {
  int64_t row = whisker_dense_row(s->units);
  for (int64_t f = first; f < end; f += DENSE_DEPTH) {
    int64_t depth = smaller(end - f, DENSE_DEPTH), vectors;
    for (int64_t j = 0; j < blocks * BLOCK_VECTORS; j += vectors) {
      vectors = tile_vectors(blocks * BLOCK_VECTORS - j);
      const float *in[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) in[v] = input + lane_offset(j + v, s->features * BLOCK) + f * BLOCK;
      for (int64_t u = 0, rows; u < s->units; u += rows) {
        rows = tile_rows(s->units - u);
        float *out[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) out[v] = output + lane_offset(j + v, s->units * BLOCK) + u * BLOCK;
        product(rows, vectors, depth, weights + f * row + u, 1, row, in, BLOCK, out, BLOCK, accumulate || f > first);
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

static void dense_backward(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *weights,
                           const float *gradient, float *input_gradient, int64_t stride) {
  int64_t row = whisker_dense_row(s->units);
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
      product(rows, vectors, s->units, weights + f * row, row, 1, in, BLOCK, out, BLOCK, 0);
    }
  }
}

// rows[panel][sample][PANEL], the last panel as narrow as its units allow, zero beyond the last unit.
static void dense_rows(int64_t units, int64_t blocks, const float *gradient, float *rows) {
  int64_t samples = blocks * BLOCK, row = whisker_dense_row(units);
  for (int64_t u = 0; u < row; u += PANEL) {
    int64_t width = smaller(PANEL, row - u);
    for (int64_t n = 0; n < samples; n++)
      for (int64_t j = 0; j < width; j++)
        rows[u * samples + n * width + j] =
            u + j < units ? gradient[(n / BLOCK * units + u + j) * BLOCK + n % BLOCK] : 0;
  }
}

// One vector of a step of Adam.
INLINE void adam_vector(const whisker_adam *adam, int64_t at, vector gradient) {
  vector mean = load(adam->mean + at), variance = load(adam->variance + at);
  mean += (gradient - mean) * (1 - adam->beta1);
  variance += (gradient * gradient - variance) * (1 - adam->beta2);
  store(adam->mean + at, mean);
  store(adam->variance + at, variance);
  store(adam->value + at, load(adam->value + at) - adam->rate * mean / (square_root(variance) + adam->epsilon));
}

INLINE void dense_weights_tile(const int rows, const int vectors, const whisker_dense *s, int64_t blocks,
                               const float *input, const float *panel, int64_t at, float *weight_gradient,
                               const whisker_adam *adam) {
  const int64_t width = vectors * LANES;
  vector sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = (vector){0};
  for (int64_t b = 0; b < blocks; b++, input += s->features * BLOCK, panel += BLOCK * width) {
    const float *in[TILE_VECTORS];
    for (int v = 0; v < vectors; v++) in[v] = panel + v * LANES;
    multiply(rows, vectors, BLOCK, input, BLOCK, 1, in, width, sum);
  }
  int64_t row = whisker_dense_row(s->units);
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) {
      if (adam)
        adam_vector(adam, at + r * row + v * LANES, sum[r][v]);
      else
        store(weight_gradient + at + r * row + v * LANES, sum[r][v]);
    }
}

static void dense_weights(const whisker_dense *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                          const float *rows, float *weight_gradient, const whisker_adam *adam) {
  int64_t row = whisker_dense_row(s->units), samples = blocks * BLOCK;
  for (int64_t f = first, height; f < end; f += height) {
    height = tile_rows(end - f);
    for (int64_t u = 0, width; u < row; u += width) {
      width = smaller(PANEL, row - u);
      TILED(dense_weights_tile, height, width / LANES, s, blocks, input + f * BLOCK, rows + u * samples,
            f * row + u, weight_gradient, adam);
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
