// DropConnect: a fully connected layer with weights [units, features], of which every block of samples drops others.

// Sixteen consecutive weights of a unit use the random bits of one feature of a block, so 8 * 16 weights share a counter.
#define CONNECT_WEIGHTS (DROPOUT_FEATURES * BLOCK)

static void connect_drop(const whisker_dropout *dropout, int64_t unit, int64_t units, int64_t first, int64_t features,
                         const float *weights, int64_t stride, int64_t width, float *factors, float *dropped) {
  whisker_dropout d = *dropout;
  float scale = dropout_scale(dropout);
  uint8_t kept[CONNECT_WEIGHTS];
  for (int64_t u = unit; u < unit + units; u++, factors += width, dropped += width)
    for (int64_t f = 0; f < features; f += CONNECT_WEIGHTS) {
      const float *in = weights + u * stride + first + f;
      int64_t feature = (first + f) / BLOCK;
      d.row = dropout->row + (uint32_t)(u * BLOCK);
      kept_features(&d, feature, feature + DROPOUT_FEATURES, kept);
      for (int64_t i = 0; i < smaller(CONNECT_WEIGHTS, features - f); i++) {
        factors[f + i] = kept[i] ? scale : 0;
        dropped[f + i] = in[i] * factors[f + i];
      }
    }
}

static void connect_forward(int64_t units, int64_t features, int64_t width, const float *weights, const float *bias,
                            const float *input, float *output) {
  for (int64_t u = 0, rows; u < units; u += rows) {
    rows = tile_rows(units - u);
    for (int64_t j = 0, vectors; j < BLOCK_VECTORS; j += vectors) {
      vectors = tile_vectors(BLOCK_VECTORS - j);
      const float *in[TILE_VECTORS];
      float *out[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) {
        in[v] = input + (j + v) * LANES;
        out[v] = output + u * BLOCK + (j + v) * LANES;
      }
      product(rows, vectors, features, weights + u * width, width, 1, in, BLOCK, out, BLOCK, 0);
    }
  }
  for (int64_t i = 0; i < units * BLOCK; i++) output[i] += bias[i / BLOCK];
}

static void connect_input(int64_t units, int64_t features, int64_t width, const float *weights, const float *gradient,
                          float *input_gradient) {
  for (int64_t f = 0, rows; f < features; f += rows) {
    rows = tile_rows(features - f);
    for (int64_t j = 0, vectors; j < BLOCK_VECTORS; j += vectors) {
      vectors = tile_vectors(BLOCK_VECTORS - j);
      const float *in[TILE_VECTORS];
      float *out[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) {
        in[v] = gradient + (j + v) * LANES;
        out[v] = input_gradient + f * BLOCK + (j + v) * LANES;
      }
      product(rows, vectors, units, weights + f, 1, width, in, BLOCK, out, BLOCK, 0);
    }
  }
}

INLINE void connect_weights_tile(const int rows, const int vectors, int64_t width, const float *gradient,
                                 const float *samples, const float *factors, float *weight_gradient) {
  vector sum[TILE_ROWS][TILE_VECTORS] = {0};
  const float *in[TILE_VECTORS];
  for (int v = 0; v < vectors; v++) in[v] = samples + v * LANES;
  multiply(rows, vectors, BLOCK, gradient, BLOCK, 1, in, width, sum);
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) {
      float *at = weight_gradient + r * width + v * LANES;
      store(at, load(at) + sum[r][v] * load(factors + r * width + v * LANES));
    }
}

static void connect_weights(int64_t units, int64_t features, int64_t width, const float *factors,
                            const float *gradient, const float *input, float *samples, float *weight_gradient) {
  for (int64_t l = 0; l < BLOCK; l++)
    for (int64_t f = 0; f < width; f++) samples[l * width + f] = f < features ? input[f * BLOCK + l] : 0;
  for (int64_t u = 0, rows; u < units; u += rows) {
    rows = tile_rows(units - u);
    for (int64_t f = 0, vectors; f < width; f += vectors * LANES) {
      vectors = tile_vectors((width - f) / LANES);
      int64_t at = u * width + f;
      TILED(connect_weights_tile, rows, vectors, width, gradient + u * BLOCK, samples + f, factors + at,
            weight_gradient + at);
    }
  }
}
