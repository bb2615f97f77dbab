// Forward through convolution, ReLU, pool and dropout for many channels, with a 3x3 kernel: the four sums under one pooled
// output are what Winograd's F(2x2, 3x3) gives (Lavin & Gray, "Fast algorithms for convolutional neural networks", CVPR
// 2016), in 16 products for each channel and filter instead of 36.

// The places of a transformed patch, 4 x 4.
#define WINOGRAD_SIDE 4
#define WINOGRAD_PLACES (WINOGRAD_SIDE * WINOGRAD_SIDE)

// G g of three numbers, `step` apart.
INLINE void winograd_kernel(const float *g, int step, float out[WINOGRAD_SIDE]) {
  float ends = g[0] + g[2 * step], middle = g[step];
  out[0] = g[0];
  out[1] = 0.5f * (ends + middle);
  out[2] = 0.5f * (ends - middle);
  out[3] = g[2 * step];
}

// transformed[place, filters, channels] = G g Gᵀ
static void conv_winograd_weights(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                                  float *transformed) {
  int64_t count;
  for (int64_t i = first * s->channels; i < end * s->channels; i += count) {
    // A cache line for each place at a time: they lie a power of two apart, where a cache has few ways.
    float places[WINOGRAD_PLACES][BLOCK];
    count = smaller(end * s->channels - i, BLOCK);
    for (int64_t k = 0; k < count; k++) {
      float columns[USUAL_KERNEL][WINOGRAD_SIDE], row[WINOGRAD_SIDE];
      UNROLL for (int x = 0; x < USUAL_KERNEL; x++)
        winograd_kernel(weights + (i + k) * USUAL_TAPS + x, USUAL_KERNEL, columns[x]);
      UNROLL for (int y = 0; y < WINOGRAD_SIDE; y++) {
        winograd_kernel(&columns[0][y], WINOGRAD_SIDE, row);
        UNROLL for (int x = 0; x < WINOGRAD_SIDE; x++) places[y * WINOGRAD_SIDE + x][k] = row[x];
      }
    }
    for (int p = 0; p < WINOGRAD_PLACES; p++)
      memcpy(transformed + p * s->filters * s->channels + i, places[p], sizeof(float) * (size_t)count);
  }
}

// Bᵀ d of four vectors.
INLINE void winograd_patch(const vector d[WINOGRAD_SIDE], vector out[WINOGRAD_SIDE]) {
  out[0] = d[0] - d[2];
  out[1] = d[1] + d[2];
  out[2] = d[2] - d[1];
  out[3] = d[1] - d[3];
}

// Bᵀ d B of the patch under one pooled output, for the lanes of one vector; its places go `stride` floats apart.
INLINE void winograd_input(const whisker_conv *s, const float *corner, float *out, int64_t stride) {
  vector columns[WINOGRAD_SIDE][WINOGRAD_SIDE];
  UNROLL for (int x = 0; x < WINOGRAD_SIDE; x++) {
    vector column[WINOGRAD_SIDE];
    UNROLL for (int y = 0; y < WINOGRAD_SIDE; y++) column[y] = load(corner + (y * s->width + x) * BLOCK);
    winograd_patch(column, columns[x]);
  }
  UNROLL for (int y = 0; y < WINOGRAD_SIDE; y++) {
    vector row[WINOGRAD_SIDE], places[WINOGRAD_SIDE];
    UNROLL for (int x = 0; x < WINOGRAD_SIDE; x++) row[x] = columns[x][y];
    winograd_patch(row, places);
    UNROLL for (int x = 0; x < WINOGRAD_SIDE; x++) store(out + (y * WINOGRAD_SIDE + x) * stride, places[x]);
  }
}

// The four sums Aᵀ m A, from places that lie `stride` floats apart.
INLINE void winograd_output(const float *places, int64_t stride, vector sum[4]) {
  vector above[WINOGRAD_SIDE], below[WINOGRAD_SIDE];
  UNROLL for (int x = 0; x < WINOGRAD_SIDE; x++) {
    vector m[WINOGRAD_SIDE];
    UNROLL for (int y = 0; y < WINOGRAD_SIDE; y++) m[y] = load(places + (y * WINOGRAD_SIDE + x) * stride);
    above[x] = m[0] + m[1] + m[2];
    below[x] = m[1] - m[2] - m[3];
  }
  sum[0] = above[0] + above[1] + above[2];
  sum[1] = above[1] - above[2] - above[3];
  sum[2] = below[0] + below[1] + below[2];
  sum[3] = below[1] - below[2] - below[3];
}

// The filters whose products stay in the second-level cache together.
#define WINOGRAD_FILTERS (8 * TILE_ROWS)

// What one row of pooled outputs needs: its patches, transformed, and the products of some filters.
INLINE int64_t winograd_line(const whisker_conv *s) { return pooled_width(s) * BLOCK; }
INLINE int64_t winograd_patches(const whisker_conv *s) { return WINOGRAD_PLACES * s->channels * winograd_line(s); }
INLINE int64_t winograd_products(const whisker_conv *s) { return WINOGRAD_PLACES * WINOGRAD_FILTERS * winograd_line(s); }

static int64_t conv_winograd_room(const whisker_conv *s) {
  int64_t masks = (s->filters * pooled_count(s) + 2 * DROPOUT_FEATURES) * BLOCK / (int64_t)sizeof(float);
  return winograd_patches(s) + winograd_products(s) + masks;
}

// products[place, WINOGRAD_FILTERS, line] of the filters first..<end and all patches[place, channels, line].
static void winograd_multiply(const whisker_conv *s, int64_t first, int64_t end, const float *transformed,
                              const float *patches, float *products) {
  int64_t line = winograd_line(s);
  for (int64_t p = 0; p < WINOGRAD_PLACES; p++, patches += s->channels * line, products += WINOGRAD_FILTERS * line)
    for (int64_t j = 0, vectors; j < line / LANES; j += vectors) {
      vectors = tile_vectors(line / LANES - j);
      const float *in[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) in[v] = patches + (j + v) * LANES;
      for (int64_t f = first, rows; f < end; f += rows) {
        rows = tile_rows(end - f);
        float *out[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) out[v] = products + (f - first) * line + (j + v) * LANES;
        product(rows, vectors, s->channels, transformed + (p * s->filters + f) * s->channels, s->channels, 1, in, line,
                out, line, 0);
      }
    }
}

// One filter's row of pooled outputs.
INLINE void winograd_finish(const int learns, const whisker_conv *s, const float *products, float bias, float scale,
                            const uint8_t *kept, int64_t kept_step, float *output, uint8_t *choice) {
  int64_t line = winograd_line(s);
  for (int64_t l = 0; l < line; l += LANES) {
    vector sum[4];
    winograd_output(products + l, WINOGRAD_FILTERS * line, sum);
    conv_pool_finish(learns, sum, bias, scale, kept + l * kept_step, output + l, choice + l);
  }
}

static void conv_pool_winograd(const whisker_conv *s, int64_t first, int64_t end, const float *transformed,
                               const float *bias, const float *input, const whisker_dropout *dropout, float *output,
                               uint8_t *choice, float *room) {
  int64_t line = winograd_line(s), map = pooled_count(s) * BLOCK, area = s->height * s->width * BLOCK;
  float *patches = room, *products = room + winograd_patches(s), scale = dropout_scale(dropout);
  uint8_t everything_kept[BLOCK];
  memset(everything_kept, 0xFF, BLOCK);
  const uint8_t *kept = everything_kept;
  int64_t kept_step = dropout->threshold ? 1 : 0;
  if (kept_step)
    kept = kept_features(dropout, first * pooled_count(s), end * pooled_count(s),
                         (uint8_t *)(products + winograd_products(s)));
  for (int64_t y = 0; y < map / line; y++) {
    for (int64_t c = 0; c < s->channels; c++)
      for (int64_t l = 0; l < line; l += LANES)
        winograd_input(s, input + c * area + conv_corner(s, y, l / BLOCK) + l % BLOCK, patches + c * line + l,
                       s->channels * line);
    for (int64_t f = first, rows; f < end; f += rows) {
      rows = smaller(end - f, WINOGRAD_FILTERS);
      winograd_multiply(s, f, f + rows, transformed, patches, products);
      for (int64_t r = 0; r < rows; r++) {
        int64_t at = (f + r) * map + y * line;
        const uint8_t *mask = kept + (kept_step ? at - first * map : 0);
        if (choice)
          winograd_finish(1, s, products + r * line, bias[f + r], scale, mask, kept_step, output + at, choice + at);
        else
          winograd_finish(0, s, products + r * line, bias[f + r], scale, mask, 0, output + at, NULL);
      }
    }
  }
}
