// Convolution that is not fused with other layers, for any shape: matrix products over the positions of an output row, which
// are contiguous.

INLINE void conv_forward_tile(const int rows, const int vectors, const whisker_conv *s, const float *weights,
                              const float *bias, const float *input, float *output) {
  int64_t taps = conv_taps(s), map = conv_out_height(s) * conv_out_width(s) * BLOCK;
  vector sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = broadcast(bias[r]);
  for (int64_t c = 0; c < s->channels; c++)
    for (int64_t y = 0; y < s->kernel; y++, weights += s->kernel) {
      const float *in[TILE_VECTORS];
      for (int v = 0; v < vectors; v++) in[v] = input + (c * s->height + y) * s->width * BLOCK + v * LANES;
      multiply(rows, vectors, s->kernel, weights, taps, 1, in, BLOCK, sum);
    }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) store(output + r * map + v * LANES, sum[r][v]);
}

static void conv_forward(const whisker_conv *s, int64_t first, int64_t end, const float *weights, const float *bias,
                         const float *input, float *output) {
  int64_t width = conv_out_width(s), height = conv_out_height(s), taps = conv_taps(s);
  for (int64_t y = 0; y < height; y++)
    for (int64_t j = 0, vectors; j < width * BLOCK_VECTORS; j += vectors) {
      vectors = tile_vectors(width * BLOCK_VECTORS - j);
      for (int64_t f = first, rows; f < end; f += rows) {
        rows = tile_rows(end - f);
        TILED(conv_forward_tile, rows, vectors, s, weights + f * taps, bias + f,
              input + y * s->width * BLOCK + j * LANES, output + (f * height + y) * width * BLOCK + j * LANES);
      }
    }
}

// The numbers of filters and taps whose products are summed together.
#define FILTER_STEP 4
#define TAP_STEP 4

// The sums over all samples and positions of the gradient of a filter times the input under a tap.
INLINE void conv_weights_tile(const int filters, const int count, const whisker_conv *s, int64_t blocks,
                              const float *input, const float *const gradient[], const int64_t *under, int64_t stride,
                              float *weight_gradient) {
  int64_t width = conv_out_width(s), height = conv_out_height(s), area = s->channels * s->height * s->width;
  vector sum[FILTER_STEP][TAP_STEP];
  UNROLL for (int f = 0; f < filters; f++) UNROLL for (int t = 0; t < count; t++) sum[f][t] = (vector){0};
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t y = 0; y < height; y++) {
      const float *in = input + (b * area + y * s->width) * BLOCK;
      int64_t at = (b * s->filters * height + y) * width * BLOCK;
      for (int64_t j = 0; j < width * BLOCK; j += LANES) {
        vector seen[TAP_STEP];
        UNROLL for (int t = 0; t < count; t++) seen[t] = load(in + under[t] + j);
        UNROLL for (int f = 0; f < filters; f++) {
          vector g = load(gradient[f] + at + j);
          UNROLL for (int t = 0; t < count; t++) sum[f][t] += g * seen[t];
        }
      }
    }
  UNROLL for (int f = 0; f < filters; f++)
    UNROLL for (int t = 0; t < count; t++) weight_gradient[f * stride + t] = sum_of_lanes(sum[f][t]);
}

// The gradients with respect to the weights of a few filters, a few taps at a time.
INLINE void conv_weights_filters(const int filters, const whisker_conv *s, int64_t blocks, const float *input,
                                 const float *const gradient[], float *weight_gradient) {
  int64_t taps = conv_taps(s), window = s->kernel * s->kernel;
  for (int64_t t = 0; t < taps; t += TAP_STEP) {
    int64_t count = smaller(TAP_STEP, taps - t), under[TAP_STEP];
    for (int64_t i = 0; i < count; i++) {
      int64_t c = (t + i) / window, y = (t + i) % window / s->kernel, x = (t + i) % s->kernel;
      under[i] = ((c * s->height + y) * s->width + x) * BLOCK;
    }
    if (count == TAP_STEP)
      conv_weights_tile(filters, TAP_STEP, s, blocks, input, gradient, under, taps, weight_gradient + t);
    else
      for (int64_t i = 0; i < count; i++)
        conv_weights_tile(filters, 1, s, blocks, input, gradient, under + i, taps, weight_gradient + t + i);
  }
}

static void conv_weights(const whisker_conv *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                         const float *gradient, float *weight_gradient, float *bias_gradient) {
  int64_t map = conv_out_height(s) * conv_out_width(s) * BLOCK, taps = conv_taps(s);
  for (int64_t f = first, filters; f < end; f += filters) {
    filters = end - f >= FILTER_STEP ? FILTER_STEP : 1;
    const float *from[FILTER_STEP];
    for (int64_t i = 0; i < filters; i++) from[i] = gradient + (f + i) * map;
    if (filters == FILTER_STEP)
      conv_weights_filters(FILTER_STEP, s, blocks, input, from, weight_gradient + f * taps);
    else
      conv_weights_filters(1, s, blocks, input, from, weight_gradient + f * taps);
  }
  for (int64_t f = first; f < end; f++) {
    vector sum = {0};
    for (int64_t b = 0; b < blocks; b++)
      for (int64_t i = 0; i < map; i += LANES) sum += load(gradient + (b * s->filters + f) * map + i);
    bias_gradient[f] = sum_of_lanes(sum);
  }
}

// Adds the gradient of one output row, through one tap, to its input row.
static void conv_input_row(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                           const float *gradient, float *input_gradient) {
  int64_t width = conv_out_width(s), window = s->kernel * s->kernel, area = s->height * s->width * BLOCK;
  for (int64_t j = 0, vectors; j < width * BLOCK_VECTORS; j += vectors) {
    vectors = tile_vectors(width * BLOCK_VECTORS - j);
    for (int64_t c = first, rows; c < end; c += rows) {
      rows = tile_rows(end - c);
      const float *in[TILE_VECTORS];
      float *out[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) {
        in[v] = gradient + (j + v) * LANES;
        out[v] = input_gradient + c * area + (j + v) * LANES;
      }
      product(rows, vectors, s->filters, weights + c * window, window, conv_taps(s), in,
              conv_out_height(s) * width * BLOCK, out, area, 1);
    }
  }
}

static void conv_input(const whisker_conv *s, int64_t first, int64_t end, const float *weights, const float *gradient,
                       float *input_gradient) {
  int64_t area = s->height * s->width * BLOCK;
  memset(input_gradient + first * area, 0, sizeof(float) * (size_t)((end - first) * area));
  for (int64_t y = 0; y < conv_out_height(s); y++)
    for (int64_t t = 0; t < s->kernel * s->kernel; t++)
      conv_input_row(s, first, end, weights + t, gradient + y * conv_out_width(s) * BLOCK,
                     input_gradient + ((y + t / s->kernel) * s->width + t % s->kernel) * BLOCK);
}
