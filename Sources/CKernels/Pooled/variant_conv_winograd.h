// Fused forward of convolution, ReLU, pool and dropout for many channels, with a 3x3 kernel, by Winograd's algorithm.

// A region is 2x2 tiles, so that pooling windows do not cross regions.
#define REGION_TILES 4
#define REGION_LINE (REGION_TILES * BLOCK)
// The number of filters whose products fit into the L2 cache together.
#define WINOGRAD_FILTERS (4 * TILE_ROWS)

INLINE int64_t winograd_regions(int64_t pooled, int64_t tile) { return (pooled + tile - 1) / tile; }

// The tile size with the fewest products; 0 if the map is too small for any.
static int64_t conv_winograd_tile(const whisker_conv *s) {
  int64_t rows = conv_out_height(s) / 2, across = pooled_width(s), best = 0, fewest = INT64_MAX;
  for (int64_t tile = 4; tile <= smaller(WINOGRAD_LARGEST, smaller(rows, across)); tile++) {
    int64_t products = winograd_regions(rows, tile) * winograd_regions(across, tile) * WINOGRAD_PLACES(tile);
    if (products < fewest) best = tile, fewest = products;
  }
  return best;
}

// Padded by one cache line, so that places are not a multiple of 4 KB apart and do not compete for the same L1 cache set.
INLINE int64_t winograd_patch_step(const whisker_conv *s) { return s->channels * REGION_LINE + BLOCK; }
#define WINOGRAD_PRODUCT_STEP (WINOGRAD_FILTERS * REGION_LINE + BLOCK)

static int64_t conv_winograd_workspace(const whisker_conv *s) {
  int64_t masks = (s->filters * pooled_count(s) + 2 * DROPOUT_FEATURES) * BLOCK / (int64_t)sizeof(float);
  return WINOGRAD_PLACES(conv_winograd_tile(s)) * (winograd_patch_step(s) + WINOGRAD_PRODUCT_STEP) + masks;
}

// places[place, BLOCK] = G g Gᵀ of BLOCK kernels taps[tap, BLOCK]. Places are `step` floats apart.
INLINE void winograd_kernels(const int tile, const float *taps, float *places, int64_t step) {
  for (int64_t l = 0; l < BLOCK; l += LANES) {
    vector columns[USUAL_KERNEL][WINOGRAD_SIDE(WINOGRAD_LARGEST)];
    UNROLL for (int x = 0; x < USUAL_KERNEL; x++) {
      vector column[USUAL_KERNEL];
      UNROLL for (int y = 0; y < USUAL_KERNEL; y++) column[y] = load(taps + (y * USUAL_KERNEL + x) * BLOCK + l);
      winograd_kernel(tile, column, 1, columns[x]);
    }
    UNROLL for (int y = 0; y < WINOGRAD_SIDE(tile); y++) {
      vector row[WINOGRAD_SIDE(WINOGRAD_LARGEST)];
      winograd_kernel(tile, &columns[0][y], WINOGRAD_SIDE(WINOGRAD_LARGEST), row);
      UNROLL for (int x = 0; x < WINOGRAD_SIDE(tile); x++)
        store(places + (y * WINOGRAD_SIDE(tile) + x) * step + l, row[x]);
    }
  }
}

// Calls a function with the tile size as a compile-time constant.
#define WINOGRAD_TILED(function, tile, ...) \
  do {                                      \
    if ((tile) == 4)                        \
      function(4, __VA_ARGS__);             \
    else if ((tile) == 5)                   \
      function(5, __VA_ARGS__);             \
    else                                    \
      function(6, __VA_ARGS__);             \
  } while (0)

static void conv_winograd_weights(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                                  float *transformed) {
  int64_t tile = conv_winograd_tile(s), count;
  for (int64_t i = first * s->channels; i < end * s->channels; i += count) {
    float taps[USUAL_TAPS * BLOCK] = {0}, places[WINOGRAD_PLACES(WINOGRAD_LARGEST) * BLOCK];
    count = smaller(end * s->channels - i, BLOCK);
    for (int64_t k = 0; k < count; k++)
      for (int t = 0; t < USUAL_TAPS; t++) taps[t * BLOCK + k] = weights[(i + k) * USUAL_TAPS + t];
    WINOGRAD_TILED(winograd_kernels, tile, taps, places, BLOCK);
    for (int64_t p = 0; p < WINOGRAD_PLACES(tile); p++)
      memcpy(transformed + p * s->filters * s->channels + i, places + p * BLOCK, sizeof(float) * (size_t)count);
  }
}

// Bᵀ d B of the input patch of one tile, for the lanes of one vector. Places are `step` floats apart.
INLINE void winograd_input(const int tile, const whisker_conv *s, const float *corner, float *out, int64_t step) {
  vector columns[WINOGRAD_SIDE(WINOGRAD_LARGEST)][WINOGRAD_SIDE(WINOGRAD_LARGEST)];
  UNROLL for (int x = 0; x < WINOGRAD_SIDE(tile); x++) {
    vector column[WINOGRAD_SIDE(WINOGRAD_LARGEST)];
    UNROLL for (int y = 0; y < WINOGRAD_SIDE(tile); y++) column[y] = load(corner + (y * s->width + x) * BLOCK);
    winograd_patch(tile, column, columns[x]);
  }
  UNROLL for (int y = 0; y < WINOGRAD_SIDE(tile); y++) {
    vector row[WINOGRAD_SIDE(WINOGRAD_LARGEST)], places[WINOGRAD_SIDE(WINOGRAD_LARGEST)];
    UNROLL for (int x = 0; x < WINOGRAD_SIDE(tile); x++) row[x] = columns[x][y];
    winograd_patch(tile, row, places);
    UNROLL for (int x = 0; x < WINOGRAD_SIDE(tile); x++, out += step) store(out, places[x]);
  }
}

// patches[place, channels, REGION_LINE] of the region at a corner.
INLINE void winograd_region(const int tile, const whisker_conv *s, const float *corner, float *patches) {
  for (int64_t c = 0; c < s->channels; c++, corner += s->height * s->width * BLOCK, patches += REGION_LINE)
    for (int64_t l = 0; l < REGION_LINE; l += LANES) {
      int64_t t = l / BLOCK, at = (t / 2 * s->width + t % 2) * tile * BLOCK;
      winograd_input(tile, s, corner + at + l % BLOCK, patches + l, winograd_patch_step(s));
    }
}

// products[place, WINOGRAD_FILTERS, REGION_LINE] of the filters first..<end.
static void winograd_multiply(const whisker_conv *s, int64_t places, int64_t first, int64_t end,
                              const float *transformed, const float *patches, float *products) {
  for (int64_t p = 0; p < places; p++, patches += winograd_patch_step(s), products += WINOGRAD_PRODUCT_STEP)
    for (int64_t j = 0, vectors; j < REGION_LINE / LANES; j += vectors) {
      vectors = tile_vectors(REGION_LINE / LANES - j);
      const float *in[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) in[v] = patches + (j + v) * LANES;
      for (int64_t f = first, rows; f < end; f += rows) {
        rows = tile_rows(end - f);
        float *out[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) out[v] = products + (f - first) * REGION_LINE + (j + v) * LANES;
        product(rows, vectors, s->channels, transformed + (p * s->filters + f) * s->channels, s->channels, 1, in,
                REGION_LINE, out, REGION_LINE, 0);
      }
    }
}

// Aᵀ m A of the products of one tile, written to a map `width` vectors wide.
INLINE void winograd_output(const int tile, const float *products, vector *map, int64_t width) {
  vector columns[WINOGRAD_SIDE(WINOGRAD_LARGEST)][WINOGRAD_LARGEST];
  UNROLL for (int x = 0; x < WINOGRAD_SIDE(tile); x++) {
    vector column[WINOGRAD_SIDE(WINOGRAD_LARGEST)];
    UNROLL for (int y = 0; y < WINOGRAD_SIDE(tile); y++)
      column[y] = load(products + (y * WINOGRAD_SIDE(tile) + x) * WINOGRAD_PRODUCT_STEP);
    winograd_sums(tile, column, columns[x]);
  }
  UNROLL for (int y = 0; y < tile; y++) {
    vector row[WINOGRAD_SIDE(WINOGRAD_LARGEST)];
    UNROLL for (int x = 0; x < WINOGRAD_SIDE(tile); x++) row[x] = columns[x][y];
    winograd_sums(tile, row, map + y * width);
  }
}

// The pooled outputs of one filter in a region.
INLINE void winograd_finish(const int tile, const int learns, const whisker_conv *s, const float *products, float bias,
                            float scale, const uint8_t *kept, int64_t kept_step, float *output, uint8_t *choice) {
  for (int64_t l = 0; l < BLOCK; l += LANES) {
    vector map[REGION_TILES * WINOGRAD_LARGEST * WINOGRAD_LARGEST];
    const int64_t width = 2 * tile;
    for (int64_t t = 0; t < REGION_TILES; t++)
      winograd_output(tile, products + t * BLOCK + l, map + (t / 2 * width + t % 2) * tile, width);
    for (int64_t y = 0; y < tile; y++)
      for (int64_t x = 0; x < tile; x++) {
        const vector *corner = map + 2 * (y * width + x);
        vector four[4] = {corner[0], corner[1], corner[width], corner[width + 1]};
        int64_t at = (y * pooled_width(s) + x) * BLOCK + l;
        conv_pool_finish(learns, four, bias, scale, kept + at * kept_step, output + at, choice + at);
      }
  }
}

// The pooled outputs of the filters first..<end in the region at (x, y) of the pooled map. `kept` starts at filter `first`.
INLINE void winograd_filters(const int tile, const whisker_conv *s, int64_t first, int64_t end, int64_t y, int64_t x,
                             const float *transformed, const float *bias, const float *input, float scale,
                             const uint8_t *kept, int64_t kept_step, float *output, uint8_t *choice, float *workspace) {
  float *patches = workspace, *products = workspace + WINOGRAD_PLACES(tile) * winograd_patch_step(s);
  int64_t map = pooled_count(s) * BLOCK, corner = (y * pooled_width(s) + x) * BLOCK;
  winograd_region(tile, s, input + conv_corner(s, y, x), patches);
  for (int64_t f = first, filters; f < end; f += filters) {
    filters = smaller(end - f, WINOGRAD_FILTERS);
    winograd_multiply(s, WINOGRAD_PLACES(tile), f, f + filters, transformed, patches, products);
    for (int64_t r = 0; r < filters; r++) {
      int64_t at = (f + r) * map + corner;
      const float *of_filter = products + r * REGION_LINE;
      const uint8_t *mask = kept + (at - first * map) * kept_step;
      if (choice)
        winograd_finish(tile, 1, s, of_filter, bias[f + r] * scale, scale, mask, kept_step, output + at, choice + at);
      else
        winograd_finish(tile, 0, s, of_filter, bias[f + r] * scale, scale, mask, kept_step, output + at, NULL);
    }
  }
}

static void conv_pool_winograd(const whisker_conv *shape, int64_t first, int64_t end, const float *transformed,
                               const float *bias, const float *input, const whisker_dropout *dropout, float *output,
                               uint8_t *choice, float *workspace) {
  // A local copy, which writes through byte pointers cannot alias.
  const whisker_conv copy = *shape, *s = &copy;
  int64_t tile = conv_winograd_tile(s), rows = conv_out_height(s) / 2, across = pooled_width(s);
  uint8_t everything_kept[BLOCK];
  memset(everything_kept, 0xFF, BLOCK);
  const uint8_t *kept = everything_kept;
  int64_t kept_step = dropout->threshold ? 1 : 0;
  if (kept_step) {
    uint8_t *masks = (uint8_t *)(workspace + WINOGRAD_PLACES(tile) * (winograd_patch_step(s) + WINOGRAD_PRODUCT_STEP));
    kept = kept_features(dropout, first * rows * across, end * rows * across, masks);
  }
  // The last region of a row or column overlaps the one before if the map is not a multiple of the region.
  for (int64_t y = 0; y < rows; y += tile)
    for (int64_t x = 0; x < across; x += tile)
      WINOGRAD_TILED(winograd_filters, tile, s, first, end, smaller(y, rows - tile), smaller(x, across - tile),
                     transformed, bias, input, dropout_scale(dropout), kept, kept_step, output, choice, workspace);
}
