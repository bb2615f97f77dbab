// Convolution of stride 1 with a 3x3 kernel by Winograd's F(4 x 4, 3 x 3): forward, which also gives the gradient with respect
// to the input, and the gradient with respect to the weights. 36 products instead of 144 for each tile, channel and filter.

// taps[tap, B] of kernels that are `step` floats apart, or kernels[B, tap] of taps.
INLINE void kernels_to_taps(int64_t count, const float *kernels, int64_t step, float *taps) {
  ALIGNED float rows[BLOCK * BLOCK] = {0};
  for (int64_t k = 0; k < count; k++) memcpy(rows + k * BLOCK, kernels + k * step, sizeof(float) * USUAL_TAPS);
  transpose(rows, BLOCK, taps, BLOCK);
}

INLINE void taps_to_kernels(int64_t count, const float *taps, float *kernels, int64_t step) {
  ALIGNED float rows[BLOCK * BLOCK];
  transpose(taps, BLOCK, rows, BLOCK);
  for (int64_t k = 0; k < count; k++) memcpy(kernels + k * step, rows + k * BLOCK, sizeof(float) * USUAL_TAPS);
}

static void winograd_transform(const whisker_convolution *s, int64_t first, int64_t end, const float *weights,
                               int is_gradient, float *transformed) {
  int64_t step = is_gradient ? s->filters * USUAL_TAPS : USUAL_TAPS;
  for (int64_t f = first; f < end; f++)
    for (int64_t c = 0; c < s->channels; c += BLOCK) {
      ALIGNED float read[BLOCK * BLOCK], turned[USUAL_TAPS * BLOCK], places[GRID_PLACES * BLOCK];
      const float *taps = read;
      int64_t count = smaller(s->channels - c, BLOCK), at = is_gradient ? c * s->filters + f : f * s->channels + c;
      kernels_to_taps(count, weights + at * USUAL_TAPS, step, read);
      if (is_gradient) {
        taps = turned;
        for (int t = 0; t < USUAL_TAPS; t++)
          memcpy(turned + t * BLOCK, read + (USUAL_TAPS - 1 - t) * BLOCK, sizeof(float) * BLOCK);
      }
      winograd_kernels(GRID_TILE, taps, places);
      float *to = transformed + f * s->channels + c;
      for (int64_t p = 0; p < GRID_PLACES; p++, to += s->filters * s->channels)
        if (count == BLOCK)
          memcpy(to, places + p * BLOCK, sizeof(float) * BLOCK);
        else
          memcpy(to, places + p * BLOCK, sizeof(float) * (size_t)count);
    }
}

static int64_t winograd_tiles(const whisker_convolution *s) { return grid_rows(s) * grid_columns(s); }

static int64_t winograd_workspace(const whisker_convolution *s, int64_t tiles) {
  return GRID_PLACES * (grid_step(s->channels, tiles) + grid_step(WINOGRAD_FILTERS, tiles));
}

// products[place, end - first, tiles, B] of the filters first..<end.
static void grid_multiply(const whisker_convolution *s, int64_t tiles, int64_t first, int64_t end,
                          const float *transformed, const float *patches, float *products) {
  int64_t line = tiles * BLOCK, patch_step = grid_step(s->channels, tiles), step = grid_step(end - first, tiles);
  for (int64_t p = 0; p < GRID_PLACES; p++, patches += patch_step, products += step)
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

static void winograd_forward(const whisker_convolution *s, const whisker_winograd_task *task, const float *transformed,
                             const float *bias, const float *input, float *output, float *workspace) {
  int64_t tiles = task->end_tile - task->first_tile;
  float *patches = workspace, *products = workspace + GRID_PLACES * grid_step(s->channels, tiles);
  if (task->unpool)
    grid_pooled_patches(s, task, input, patches);
  else
    grid_patches(s, task->first_tile, task->end_tile, input, patches);
  for (int64_t f = task->first_filter, end; f < task->end_filter; f = end) {
    end = smaller(f + WINOGRAD_FILTERS, task->end_filter);
    grid_multiply(s, tiles, f, end, transformed, patches, products);
    grid_outputs(s, task, f, end, products, bias, output);
  }
}

// The tiles and the filters whose products are added at once in the gradient with respect to the weights. More would not stay in
// the L2 cache.
#define GRADIENT_TILES 4
#define GRADIENT_FILTERS (3 * BLOCK)

static int64_t winograd_gradient_workspace(const whisker_convolution *s, int64_t filters) {
  whisker_winograd_task task = {.end_filter = smaller(filters, GRADIENT_FILTERS)};
  return GRID_PLACES * (grid_step(s->channels, GRADIENT_TILES) + grid_step(grid_filters(&task), GRADIENT_TILES));
}

static int64_t winograd_gradient_sums(const whisker_convolution *s, int64_t filters) {
  whisker_winograd_task task = {.end_filter = filters};
  return GRID_PLACES * s->channels * grid_filters(&task);
}

// sums[place, channels, row] (+)= the products of patches and gradients over some tiles, for `filters` of
// the `row` filters of the sums.
static void grid_add(const whisker_convolution *s, int64_t tiles, int64_t filters, const float *patches,
                     const float *gradients, int accumulate, float *sums, int64_t row) {
  int64_t depth = tiles * BLOCK, patch_step = grid_step(s->channels, tiles), step = grid_step(filters, tiles);
  for (int64_t p = 0; p < GRID_PLACES; p++, patches += patch_step, gradients += step, sums += s->channels * row)
    for (int64_t j = 0, vectors; j < filters / LANES; j += vectors) {
      vectors = tile_vectors(filters / LANES - j);
      const float *in[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) in[v] = gradients + (j + v) * LANES;
      for (int64_t c = 0, rows; c < s->channels; c += rows) {
        rows = tile_rows(s->channels - c);
        float *out[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) out[v] = sums + c * row + (j + v) * LANES;
        product(rows, vectors, depth, patches + c * depth, depth, 1, in, filters, out, row, accumulate);
      }
    }
}

static void winograd_gradient(const whisker_convolution *s, const whisker_winograd_task *task, const float *input,
                              const float *gradient, float *sums, float *workspace) {
  int64_t row = grid_filters(task);
  if (task->first_tile == task->end_tile) memset(sums, 0, sizeof(float) * (size_t)(GRID_PLACES * s->channels * row));
  for (int64_t t = task->first_tile, tiles; t < task->end_tile; t += tiles) {
    tiles = smaller(GRADIENT_TILES, task->end_tile - t);
    float *patches = workspace, *gradients = workspace + GRID_PLACES * grid_step(s->channels, tiles);
    grid_patches(s, t, t + tiles, input, patches);
    whisker_winograd_task part = *task;
    for (part.end_filter = task->first_filter; part.end_filter < task->end_filter;) {
      part.first_filter = part.end_filter;
      part.end_filter = smaller(part.first_filter + GRADIENT_FILTERS, task->end_filter);
      grid_gradients(s, &part, t, t + tiles, gradient, gradients);
      grid_add(s, tiles, grid_filters(&part), patches, gradients, t > task->first_tile,
               sums + part.first_filter - task->first_filter, row);
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
    for (int64_t c = 0; c < s->channels; c++) {
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        vector columns[USUAL_KERNEL][GRID_SIDE], line[USUAL_KERNEL];
        UNROLL for (int x = 0; x < GRID_SIDE; x++) {
          vector column[GRID_SIDE];
          UNROLL for (int y = 0; y < GRID_SIDE; y++) {
            int64_t at = ((y * GRID_SIDE + x) * s->channels + c) * filters + f - of->first_filter + l;
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
