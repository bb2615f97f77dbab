// Winograd's F(4 x 4, 3 x 3): the gradients of the products of tiles, from those of their outputs.

// Places of gradients[places, B, B], and positions in a tile, start an odd number of cache lines apart.
#define GRADIENT_STEP ((BLOCK + 1) * BLOCK)
#define GRADIENT_BLOCK (GRID_PLACES * GRADIENT_STEP)

// The transpose of Aᵀ m at a pair of points: four gradients of outputs as those of two products.
INLINE void grid_spread_pair(const int pair, const vector *d, vector *out) {
  const float *powers = WINOGRAD_POWERS[pair];
  vector even = d[0] + powers[2] * d[2], odd = powers[1] * d[1] + powers[3] * d[3];
  out[0] = even + odd;
  out[1] = even - odd;
}

// The same at all points, of a line.
INLINE void grid_spread(const vector *d, float *places) {
  store(places, d[0]);
  UNROLL for (int k = 0; k < WINOGRAD_PAIRS(GRID_TILE); k++) {
    vector pair[2];
    grid_spread_pair(k, d, pair);
    UNROLL for (int i = 0; i < 2; i++) store(places + (2 * k + 1 + i) * GRADIENT_STEP, pair[i]);
  }
  store(places + (GRID_SIDE - 1) * GRADIENT_STEP, d[GRID_TILE - 1]);
}

// The gradients of the products of one tile of one filter, from those of its positions. They are read again for each
// pair of lines, because keeping them needs more registers than there are.
INLINE void grid_gradient(const float *positions, float *places) {
  const int line = GRID_SIDE * GRADIENT_STEP;
  vector values[GRID_TILE];
  UNROLL for (int x = 0; x < GRID_TILE; x++) values[x] = load(positions + x * GRADIENT_STEP);
  grid_spread(values, places);
  UNROLL for (int k = 0; k < WINOGRAD_PAIRS(GRID_TILE); k++) {
    __asm__("" : "+r"(positions));
    vector pair[2][GRID_TILE];
    UNROLL for (int x = 0; x < GRID_TILE; x++) {
      vector two[2];
      UNROLL for (int y = 0; y < GRID_TILE; y++) values[y] = load(positions + (y * GRID_TILE + x) * GRADIENT_STEP);
      grid_spread_pair(k, values, two);
      pair[0][x] = two[0], pair[1][x] = two[1];
    }
    UNROLL for (int i = 0; i < 2; i++) grid_spread(pair[i], places + (2 * k + 1 + i) * line);
  }
  __asm__("" : "+r"(positions));
  positions += (GRID_TILE - 1) * GRID_TILE * GRADIENT_STEP;
  UNROLL for (int x = 0; x < GRID_TILE; x++) values[x] = load(positions + x * GRADIENT_STEP);
  grid_spread(values, places + (GRID_SIDE - 1) * line);
}

// A tile of a gradient with respect to a map that is pooled, of which the first rows x columns are inside.
INLINE void grid_load_pooled(const float *pooled, const uint8_t *choice, int64_t width, int64_t rows, int64_t columns,
                             vector out[GRID_TILE][GRID_TILE]) {
  UNROLL for (int y = 0; y < GRID_TILE; y += 2)
    UNROLL for (int x = 0; x < GRID_TILE; x += 2) {
      vector gradient = {0};
      mask which = {0};
      if (y + 1 < rows && x + 1 < columns) {
        int64_t at = (y / 2 * width + x / 2) * BLOCK;
        gradient = load(pooled + at);
        which = __builtin_convertvector(*(const lane_bytes *)(choice + at), mask);
      }
      UNROLL for (int q = 0; q < 4; q++)
        out[y + q / 2][x + q % 2] = unpooled(gradient, which, q / 2 * BELOW + q % 2 * RIGHT);
    }
}

// The filters of a task, rounded up to whole blocks.
INLINE int64_t grid_filters(const whisker_winograd_task *task) {
  return (task->end_filter - task->first_filter + BLOCK - 1) / BLOCK * BLOCK;
}

// positions[GRID_TILE * GRID_TILE, B, B] of the gradient of one tile: samples, then filters. Positions outside are zero.
static void grid_turn_tile(const whisker_convolution *s, const whisker_winograd_task *task, grid_place at, int64_t filter,
                           const float *gradient, float *positions) {
  int64_t map = s->out_height * s->out_width * BLOCK, count = smaller(task->end_filter - filter, BLOCK);
  const float *from = gradient + (at.block * s->filters + filter) * map + (at.y * s->out_width + at.x) * BLOCK;
  for (int64_t p = 0; p < GRID_TILE * GRID_TILE; p++, positions += GRADIENT_STEP) {
    int64_t y = p / GRID_TILE, x = p % GRID_TILE;
    if (at.y + y < s->out_height && at.x + x < s->out_width)
      transpose_rows(count, from + (y * s->out_width + x) * BLOCK, map, positions, BLOCK);
    else
      memset(positions, 0, sizeof(float) * BLOCK * BLOCK);
  }
}

// The same of the gradient with respect to a map that is pooled.
static void grid_turn_pooled(const whisker_convolution *s, const whisker_winograd_task *task, grid_place at, int64_t filter,
                             const float *pooled, float *positions) {
  ALIGNED float loaded[GRID_TILE * GRID_TILE * BLOCK * BLOCK];
  int64_t count = smaller(task->end_filter - filter, BLOCK);
  if (count < BLOCK) memset(loaded, 0, sizeof loaded);
  int64_t width = s->out_width / 2, map = s->out_height / 2 * width * BLOCK;
  int64_t from = (at.block * s->filters + filter) * map + (at.y / 2 * width + at.x / 2) * BLOCK;
  for (int64_t i = 0; i < count; i++, from += map)
    for (int64_t l = 0; l < BLOCK; l += LANES) {
      vector values[GRID_TILE][GRID_TILE];
      grid_load_pooled(pooled + from + l, task->unpool + from + l, width, s->out_height - at.y, s->out_width - at.x, values);
      UNROLL for (int p = 0; p < GRID_TILE * GRID_TILE; p++)
        store(loaded + (p * BLOCK + i) * BLOCK + l, values[p / GRID_TILE][p % GRID_TILE]);
    }
  for (int p = 0; p < GRID_TILE * GRID_TILE; p++)
    transpose(loaded + p * BLOCK * BLOCK, BLOCK, positions + p * GRADIENT_STEP, BLOCK);
}

// gradients[tiles, filters / B, places, B, B] of the tiles first..<end, with the filters of the task in lanes. They are transposed
// before the transformation, which turns 16 values into 36.
static void grid_gradients(const whisker_convolution *s, const whisker_winograd_task *task, int64_t first, int64_t end,
                           const float *gradient, float *gradients) {
  ALIGNED float positions[GRID_TILE * GRID_TILE * GRADIENT_STEP];
  for (int64_t t = first; t < end; t++) {
    grid_place at = grid_place_of(s, t);
    for (int64_t f = task->first_filter; f < task->end_filter; f += BLOCK, gradients += GRADIENT_BLOCK) {
      if (task->unpool)
        grid_turn_pooled(s, task, at, f, gradient, positions);
      else
        grid_turn_tile(s, task, at, f, gradient, positions);
      for (int64_t l = 0; l < BLOCK * BLOCK; l += LANES) grid_gradient(positions + l, gradients + l);
    }
  }
}
