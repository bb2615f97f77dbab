// Convolution of stride 1 with a 3x3 kernel by Winograd's F(4 x 4, 3 x 3): forward, which also gives the gradient with respect
// to the input, and the gradient with respect to the weights. 36 products instead of 144 for each tile, channel and filter.

// taps[tap, B] of kernels that are `step` floats apart, or kernels[B, tap] of taps.
INLINE void kernels_to_taps(int64_t count, const float *kernels, int64_t step, float *taps) {
#if LANES == 8
  // A vector holds all taps but the last, which are transposed in place.
  if (count == BLOCK) {
    for (int k = 0; k < BLOCK; k += LANES, kernels += LANES * step) {
      transpose_quarter(kernels, step, taps + k, BLOCK);
      vector last;
      UNROLL for (int l = 0; l < LANES; l++) last[l] = kernels[l * step + LANES];
      store(taps + LANES * BLOCK + k, last);
    }
    return;
  }
#endif
  ALIGNED float rows[BLOCK * BLOCK] = {0};
  for (int64_t k = 0; k < count; k++) memcpy(rows + k * BLOCK, kernels + k * step, sizeof(float) * USUAL_TAPS);
  transpose(rows, BLOCK, taps, BLOCK);
}

INLINE void taps_to_kernels(int64_t count, const float *taps, float *kernels, int64_t step) {
#if LANES == 8
  if (count == BLOCK) {
    for (int k = 0; k < BLOCK; k += LANES) transpose_quarter(taps + k, BLOCK, kernels + k * step, step);
    for (int k = 0; k < BLOCK; k++) kernels[k * step + LANES] = taps[LANES * BLOCK + k];
    return;
  }
#endif
  ALIGNED float rows[BLOCK * BLOCK];
  transpose(taps, BLOCK, rows, BLOCK);
  for (int64_t k = 0; k < count; k++) memcpy(kernels + k * step, rows + k * BLOCK, sizeof(float) * USUAL_TAPS);
}

static void winograd_transform(const whisker_convolution *s, int64_t first, int64_t end, const float *weights,
                               int is_gradient, float *transformed) {
  int64_t step = is_gradient ? s->filters * USUAL_TAPS : USUAL_TAPS;
  for (int64_t f = first; f < end; f++)
    for (int64_t next = 0; next < s->channels; next += BLOCK) {
      ALIGNED float read[BLOCK * BLOCK], turned[USUAL_TAPS * BLOCK], places[GRID_PLACES * BLOCK];
      const float *taps = read;
      // The last block overlaps the one before it.
      int64_t c = larger(0, smaller(next, s->channels - BLOCK)), count = smaller(s->channels - c, BLOCK);
      int64_t at = is_gradient ? c * s->filters + f : f * s->channels + c;
      kernels_to_taps(count, weights + at * USUAL_TAPS, step, read);
      if (is_gradient) {
        taps = turned;
        for (int t = 0; t < USUAL_TAPS; t++)
          memcpy(turned + t * BLOCK, read + (USUAL_TAPS - 1 - t) * BLOCK, sizeof(float) * BLOCK);
      }
      float *to = transformed + f * GRID_PLACES * s->channels + c;
      winograd_kernels(GRID_TILE, taps, count == BLOCK ? to : places, count == BLOCK ? s->channels : BLOCK);
      if (count < BLOCK)
        for (int64_t p = 0; p < GRID_PLACES; p++, to += s->channels)
          memcpy(to, places + p * BLOCK, sizeof(float) * (size_t)count);
    }
}

static int64_t winograd_tiles(const whisker_convolution *s) { return grid_rows(s) * grid_columns(s); }

static int64_t winograd_workspace(const whisker_convolution *s, int64_t tiles) {
  return grid_size(s->channels) * tiles + GRID_PLACES * GRID_PRODUCTS;
}

// What the products of a few filters and tiles need besides their operands: where their outputs will be written.
typedef struct {
  int64_t channels;
  grid_target target;
  const float *output;
} grid_products;

// The cache lines of outputs are fetched during the products of the first places, a few for each. With AVX-512 products are those of
// several tiles, which do not stay in the L1 cache: fetching gains nothing there.
INLINE void grid_fetch(const int filters, const grid_products *s, int64_t place) {
  int64_t y = place / GRID_TILE, x = place % GRID_TILE, side = s->target.side;
  if (GRID_TILES > 1 || y >= side || x >= side) return;
  const float *at = s->output + (y * s->target.width + x) * BLOCK;
  UNROLL for (int f = 0; f < filters; f++, at += s->target.map * BLOCK) __builtin_prefetch(at, 1);
}

// All places of a few filters and tiles: the sizes and the pointers are found once.
INLINE void grid_multiply_tile(const int rows, const int vectors, const grid_products *s, const float *weights,
                               const float *patches, float *products) {
  int64_t channels = s->channels, row = GRID_PLACES * channels, size = grid_size(channels);
  for (int64_t p = 0; p < GRID_PLACES; p++, patches += GRID_STEP, products += GRID_PRODUCTS) {
    vector sum[TILE_ROWS][TILE_VECTORS];
    const float *in[TILE_VECTORS];
    grid_fetch(rows, s, p);
    UNROLL for (int v = 0; v < vectors; v++) in[v] = patches + lane_offset(v, size);
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = (vector){0};
    int64_t left = channels;
    for (; left >= GRID_MAPS; left -= GRID_MAPS, weights += GRID_MAPS) {
      multiply_block(rows, vectors, GRID_MAPS, weights, row, in, sum);
      UNROLL for (int v = 0; v < vectors; v++) in[v] += GRID_GROUP;
    }
    for (; left > 0; left--, weights++) {
      multiply_block(rows, vectors, 1, weights, row, in, sum);
      UNROLL for (int v = 0; v < vectors; v++) in[v] += BLOCK;
    }
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) store(products + r * GRID_TILES * BLOCK + v * LANES, sum[r][v]);
  }
}

static void grid_multiply_few(int64_t rows, int64_t vectors, const grid_products *s, const float *weights,
                              const float *patches, float *products) {
  TILED(grid_multiply_tile, rows, vectors, s, weights, patches, products);
}

// The products of at most GRID_FILTERS filters and GRID_TILES tiles.
static void grid_multiply(int64_t filters, int64_t tiles, const grid_products *s, const float *weights,
                          const float *patches, float *products) {
  for (int64_t j = 0, vectors; j < tiles * BLOCK_VECTORS; j += vectors) {
    vectors = tile_vectors(tiles * BLOCK_VECTORS - j);
    for (int64_t f = 0, rows; f < filters; f += rows) {
      rows = tile_rows(filters - f);
      grid_products few = *s;
      few.output += f * s->target.map * BLOCK;
      grid_multiply_few(rows, vectors, &few, weights + f * GRID_PLACES * s->channels,
                        patches + lane_offset(j, grid_size(s->channels)), products + f * GRID_TILES * BLOCK + j * LANES);
    }
  }
}

static void winograd_forward(const whisker_convolution *s, const whisker_winograd_task *task, const float *transformed,
                             const float *bias, const float *input, float *output, float *workspace) {
  int64_t tiles = task->end_tile - task->first_tile, size = grid_size(s->channels);
  float *patches = workspace, *products = workspace + size * tiles;
  if (task->unpool)
    grid_pooled_patches(s, task, input, patches);
  else
    grid_patches(s, task->first_tile, task->end_tile, input, patches);
  grid_products all = {.channels = s->channels, .target = grid_target_of(s, task)};
  for (int64_t f = task->first_filter, end; f < task->end_filter; f = end) {
    end = smaller(f + GRID_FILTERS, task->end_filter);
    const float *weights = transformed + f * GRID_PLACES * s->channels;
    whisker_winograd_task part = *task;
    for (int64_t t = 0, count; t < tiles; t += count) {
      count = smaller(GRID_TILES, tiles - t);
      part.first_tile = task->first_tile + t, part.end_tile = part.first_tile + count;
      grid_place place = grid_place_of(s, part.first_tile);
      all.output = output + grid_start(s, &all.target, f, &place);
      grid_multiply(end - f, count, &all, weights, patches + t * size, products);
      grid_outputs(s, &part, f, end, products, bias, output);
    }
  }
}

// The tiles and the filters whose products are added at once in the gradient with respect to the weights. More would not stay in
// the L2 cache.
#define GRADIENT_TILES 4
#define GRADIENT_FILTERS (3 * BLOCK)

static int64_t winograd_gradient_workspace(const whisker_convolution *s, int64_t filters) {
  whisker_winograd_task task = {.end_filter = smaller(filters, GRADIENT_FILTERS)};
  return GRADIENT_TILES * (grid_size(s->channels) + grid_filters(&task) / BLOCK * GRADIENT_BLOCK);
}

static int64_t winograd_gradient_sums(const whisker_convolution *s, int64_t filters) {
  whisker_winograd_task task = {.end_filter = filters};
  return GRID_PLACES * s->channels * grid_filters(&task);
}

// The numbers of a sum over some tiles: how far apart they are in the operands, and blocks of filters in the sums.
typedef struct {
  int64_t tiles, patches, gradients, sums;
  int accumulate;
} grid_steps;

// sums[filters / B, channels, places, B] (+)= the products of patches and gradients, for a few channels and filters.
INLINE void grid_add_tile(const int rows, const int vectors, const grid_steps *steps, const float *patches,
                          const float *gradients, float *sums) {
  const int row = GRID_PLACES * BLOCK;
  for (int64_t p = 0; p < GRID_PLACES; p++, patches += GRID_STEP, gradients += GRADIENT_STEP, sums += BLOCK) {
    vector sum[TILE_ROWS][TILE_VECTORS];
    const float *in[TILE_VECTORS], *at = patches;
    float *out[TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
      in[v] = gradients + lane_offset(v, GRADIENT_BLOCK);
      out[v] = sums + lane_offset(v, steps->sums);
    }
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = steps->accumulate ? load(out[v] + r * row) : (vector){0};
    for (int64_t t = steps->tiles; t > 0; t--, at += steps->patches) {
      multiply_block(rows, vectors, BLOCK, at, BLOCK, in, sum);
      UNROLL for (int v = 0; v < vectors; v++) in[v] += steps->gradients;
    }
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) store(out[v] + r * row, sum[r][v]);
  }
}

static void grid_add_few(int64_t rows, int64_t vectors, const grid_steps *steps, const float *patches,
                         const float *gradients, float *sums) {
  TILED(grid_add_tile, rows, vectors, steps, patches, gradients, sums);
}

static void grid_add(int64_t channels, int64_t filters, const grid_steps *steps, const float *patches,
                     const float *gradients, float *sums) {
  for (int64_t j = 0, vectors; j < filters / LANES; j += vectors) {
    vectors = tile_vectors(filters / LANES - j);
    float *to = sums + lane_offset(j, steps->sums);
    // The rows of a tile are of one group of maps.
    for (int64_t c = 0, rows; c < channels; c += rows, to += rows * GRID_PLACES * BLOCK) {
      rows = tile_rows(smaller(channels - c, GRID_MAPS - c % GRID_MAPS));
      grid_add_few(rows, vectors, steps, patches + grid_map(c), gradients + lane_offset(j, GRADIENT_BLOCK), to);
    }
  }
}

static void winograd_gradient(const whisker_convolution *s, const whisker_winograd_task *task, const float *input,
                              const float *gradient, float *sums, float *workspace) {
  int64_t row = GRID_PLACES * s->channels, size = grid_size(s->channels);
  if (task->first_tile == task->end_tile) memset(sums, 0, sizeof(float) * (size_t)(row * grid_filters(task)));
  for (int64_t t = task->first_tile, tiles; t < task->end_tile; t += tiles) {
    tiles = smaller(GRADIENT_TILES, task->end_tile - t);
    float *patches = workspace, *gradients = workspace + tiles * size;
    grid_patches(s, t, t + tiles, input, patches);
    whisker_winograd_task part = *task;
    for (part.end_filter = task->first_filter; part.end_filter < task->end_filter;) {
      part.first_filter = part.end_filter;
      part.end_filter = smaller(part.first_filter + GRADIENT_FILTERS, task->end_filter);
      int64_t filters = grid_filters(&part);
      grid_gradients(s, &part, t, t + tiles, gradient, gradients);
      const grid_steps steps = {tiles, size, filters / BLOCK * GRADIENT_BLOCK, row * BLOCK, t > task->first_tile};
      grid_add(s->channels, filters, &steps, patches, gradients, sums + (part.first_filter - task->first_filter) * row);
    }
  }
}

// The transpose of G g: the gradients of six values of a transformed kernel as those of three of the kernel.
INLINE void grid_gather(const vector *m, vector *g) {
  const int pairs = WINOGRAD_PAIRS(GRID_TILE);
  g[0] = WINOGRAD_ZERO_SHARE[pairs - 2] * m[0];
  g[1] = (vector){0};
  g[2] = m[2 * pairs + 1];
  UNROLL for (int k = 0; k < pairs; k++) {
    const float *powers = WINOGRAD_POWERS[k], share = WINOGRAD_SHARES[pairs - 2][k];
    vector even = share * (m[2 * k + 1] + m[2 * k + 2]), odd = share * (m[2 * k + 1] - m[2 * k + 2]);
    g[0] += even;
    g[1] += powers[1] * odd;
    g[2] += powers[2] * even;
  }
}

static void winograd_gradient_finish(const whisker_convolution *s, const whisker_winograd_sums *of, int64_t first,
                                     int64_t end, float *weight_gradient) {
  whisker_winograd_task task = {.first_filter = of->first_filter, .end_filter = of->end_filter};
  int64_t filters = grid_filters(&task), size = GRID_PLACES * s->channels * filters, count;
  ALIGNED float taps[BLOCK * BLOCK] = {0};
  for (int64_t f = first; f < end; f += count) {
    count = smaller(end - f, BLOCK);
    int64_t start = (f - of->first_filter) * GRID_PLACES * s->channels;
    for (int64_t c = 0; c < s->channels; c++) {
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        vector columns[USUAL_KERNEL][GRID_SIDE], line[USUAL_KERNEL];
        UNROLL for (int x = 0; x < GRID_SIDE; x++) {
          vector column[GRID_SIDE];
          UNROLL for (int y = 0; y < GRID_SIDE; y++) {
            int64_t at = start + c * GRID_PLACES * BLOCK + (y * GRID_SIDE + x) * BLOCK + l;
            column[y] = load(of->sums + at);
            for (int64_t part = 1; part < of->parts; part++) column[y] += load(of->sums + part * size + at);
          }
          grid_gather(column, line);
          UNROLL for (int y = 0; y < USUAL_KERNEL; y++) columns[y][x] = line[y];
        }
        UNROLL for (int y = 0; y < USUAL_KERNEL; y++) {
          grid_gather(columns[y], line);
          UNROLL for (int x = 0; x < USUAL_KERNEL; x++) store(taps + (y * USUAL_KERNEL + x) * BLOCK + l, line[x]);
        }
      }
      taps_to_kernels(count, taps, weight_gradient + (f * s->channels + c) * USUAL_TAPS, s->channels * USUAL_TAPS);
    }
  }
}
