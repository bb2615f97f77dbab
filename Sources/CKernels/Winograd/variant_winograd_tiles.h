// Winograd's F(4 x 4, 3 x 3) for convolutions of stride 1 with any padding: the transformations between maps and tiles. The
// tiles of all blocks are numbered block, row, column. Tiles at the edges see zeros outside, and write only what is inside.

#define GRID_TILE 4
#define GRID_SIDE WINOGRAD_SIDE(GRID_TILE)
#define GRID_PLACES WINOGRAD_PLACES(GRID_TILE)

INLINE int64_t grid_rows(const whisker_convolution *s) { return (s->out_height + GRID_TILE - 1) / GRID_TILE; }
INLINE int64_t grid_columns(const whisker_convolution *s) { return (s->out_width + GRID_TILE - 1) / GRID_TILE; }

// Padded by one cache line, so that places are not a multiple of 4 KB apart.
INLINE int64_t grid_step(int64_t maps, int64_t tiles) { return maps * tiles * BLOCK + BLOCK; }

// The block of a tile, and its first output row and column.
typedef struct {
  int64_t block, y, x;
} grid_place;

INLINE grid_place grid_place_of(const whisker_convolution *s, int64_t tile) {
  int64_t columns = grid_columns(s), in_block = grid_rows(s) * columns, rest = tile % in_block;
  return (grid_place){tile / in_block, rest / columns * GRID_TILE, rest % columns * GRID_TILE};
}

// Bᵀ d B of the patch of one channel: `row` are the addresses of its rows; the columns left..<right are inside.
INLINE void grid_patch(const float *const row[], int64_t left, int64_t right, float *out, int64_t step) {
  vector columns[GRID_SIDE][GRID_SIDE];
  UNROLL for (int x = 0; x < GRID_SIDE; x++) {
    vector column[GRID_SIDE];
    if (x >= left && x < right) {
      UNROLL for (int y = 0; y < GRID_SIDE; y++) column[y] = load(row[y] + x * BLOCK);
      winograd_patch(GRID_TILE, column, columns[x]);
    } else {
      UNROLL for (int y = 0; y < GRID_SIDE; y++) columns[x][y] = (vector){0};
    }
  }
  UNROLL for (int y = 0; y < GRID_SIDE; y++) {
    vector line[GRID_SIDE], places[GRID_SIDE];
    UNROLL for (int x = 0; x < GRID_SIDE; x++) line[x] = columns[x][y];
    winograd_patch(GRID_TILE, line, places);
    UNROLL for (int x = 0; x < GRID_SIDE; x++, out += step) store(out, places[x]);
  }
}

// The gradient through a 2x2 max-pool at one of the four positions of a window.
INLINE vector unpooled(vector gradient, mask which, int position) {
  return (vector)((mask)gradient & (which == position));
}

// patch[GRID_SIDE, GRID_SIDE, B]: the gradient with respect to a map that is pooled, around (top, left), of which `odd` says whether
// they are odd. pooled and choice are of one channel, for the lanes of one vector.
INLINE void grid_unpool(const int odd, const whisker_convolution *s, int64_t top, int64_t left, const float *pooled,
                        const uint8_t *choice, float *patch) {
  const int windows = (GRID_SIDE + odd + 1) / 2;
  int64_t height = s->height / 2, width = s->width / 2, first_y = (top - odd) / 2, first_x = (left - odd) / 2;
  UNROLL for (int wy = 0; wy < windows; wy++)
    UNROLL for (int wx = 0; wx < windows; wx++) {
      vector gradient = {0};
      mask which = {0};
      if (first_y + wy >= 0 && first_y + wy < height && first_x + wx >= 0 && first_x + wx < width) {
        int64_t at = ((first_y + wy) * width + first_x + wx) * BLOCK;
        gradient = load(pooled + at);
        which = __builtin_convertvector(*(const lane_bytes *)(choice + at), mask);
      }
      UNROLL for (int q = 0; q < 4; q++) {
        const int y = 2 * wy + q / 2 - odd, x = 2 * wx + q % 2 - odd;
        if (y >= 0 && y < GRID_SIDE && x >= 0 && x < GRID_SIDE)
          store(patch + (y * GRID_SIDE + x) * BLOCK, unpooled(gradient, which, q / 2 * BELOW + q % 2 * RIGHT));
      }
    }
}

// Like grid_patches below, of the gradient with respect to a map that is pooled.
static void grid_pooled_patches(const whisker_convolution *s, const whisker_winograd_task *task, const float *pooled,
                                float *patches) {
  int64_t step = grid_step(s->channels, task->end_tile - task->first_tile), area = s->height / 2 * (s->width / 2) * BLOCK;
  const int odd = s->pad_top % 2 != 0;
  for (int64_t c = 0; c < s->channels; c++)
    for (int64_t t = task->first_tile; t < task->end_tile; t++, patches += BLOCK) {
      grid_place at = grid_place_of(s, t);
      int64_t top = at.y - s->pad_top, left = at.x - s->pad_left, map = (at.block * s->channels + c) * area;
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        ALIGNED float patch[GRID_SIDE * GRID_SIDE * BLOCK];
        const float *row[GRID_SIDE];
        UNROLL for (int y = 0; y < GRID_SIDE; y++) row[y] = patch + y * GRID_SIDE * BLOCK;
        if (odd)
          grid_unpool(1, s, top, left, pooled + map + l, task->unpool + map + l, patch);
        else
          grid_unpool(0, s, top, left, pooled + map + l, task->unpool + map + l, patch);
        grid_patch(row, 0, GRID_SIDE, patches + l, step);
      }
    }
}

// patches[place, channels, tiles, B] of the tiles first..<end. Channel by channel, because neighbouring tiles share cache lines;
// the lines that the next channel needs are fetched meanwhile.
static void grid_patches(const whisker_convolution *s, int64_t first, int64_t end, const float *input, float *patches) {
  ALIGNED static const float zeros[GRID_SIDE * BLOCK];
  int64_t step = grid_step(s->channels, end - first), area = s->height * s->width * BLOCK;
  for (int64_t c = 0; c < s->channels; c++)
    for (int64_t t = first; t < end; t++, patches += BLOCK) {
      grid_place at = grid_place_of(s, t);
      int64_t top = at.y - s->pad_top, left = at.x - s->pad_left;
      const float *corner = input + (at.block * s->channels + c) * area + (top * s->width + left) * BLOCK;
      const float *row[GRID_SIDE];
      UNROLL for (int y = 0; y < GRID_SIDE; y++) {
        row[y] = top + y >= 0 && top + y < s->height ? corner + y * s->width * BLOCK : zeros;
        for (int x = 0; x < GRID_TILE; x++) __builtin_prefetch(row[y] + area + (x + 1) * BLOCK);
      }
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        const float *lanes[GRID_SIDE];
        UNROLL for (int y = 0; y < GRID_SIDE; y++) lanes[y] = row[y] + l;
        grid_patch(lanes, -left, s->width - left, patches + l, step);
      }
    }
}

// Aᵀ m A of the products of one tile of one filter.
INLINE void grid_output(const float *products, int64_t step, vector out[GRID_TILE][GRID_TILE]) {
  vector sums[GRID_SIDE][GRID_TILE];
  UNROLL for (int x = 0; x < GRID_SIDE; x++) {
    vector column[GRID_SIDE];
    UNROLL for (int y = 0; y < GRID_SIDE; y++) column[y] = load(products + (y * GRID_SIDE + x) * step);
    winograd_sums(GRID_TILE, column, sums[x]);
  }
  UNROLL for (int y = 0; y < GRID_TILE; y++) {
    vector line[GRID_SIDE];
    UNROLL for (int x = 0; x < GRID_SIDE; x++) line[x] = sums[x][y];
    winograd_sums(GRID_TILE, line, out[y]);
  }
}

// Stores a tile plus the bias; the first rows x columns are inside.
INLINE void grid_store(vector out[GRID_TILE][GRID_TILE], float bias, int64_t rows, int64_t columns, float *output,
                       int64_t width) {
  UNROLL for (int y = 0; y < GRID_TILE; y++)
    UNROLL for (int x = 0; x < GRID_TILE; x++)
      if (y < rows && x < columns) store(output + (y * width + x) * BLOCK, out[y][x] + bias);
}

// The same of the maxima of 2x2 windows, and which they were.
INLINE void grid_pool(vector out[GRID_TILE][GRID_TILE], float bias, int64_t rows, int64_t columns, float *output,
                      uint8_t *choice, int64_t width) {
  UNROLL for (int y = 0; y < GRID_TILE; y += 2)
    UNROLL for (int x = 0; x < GRID_TILE; x += 2)
      if (y + 1 < rows && x + 1 < columns) {
        choices which;
        vector four[4] = {out[y][x], out[y][x + 1], out[y + 1][x], out[y + 1][x + 1]};
        int64_t at = (y / 2 * width + x / 2) * BLOCK;
        store(output + at, largest_of_four(four, &which) + bias);
        *(lane_bytes *)(choice + at) = __builtin_convertvector(which, lane_bytes);
      }
}

// The outputs of the filters first..<end and the tiles of a task, from products[place, end - first, tiles, B].
static void grid_outputs(const whisker_convolution *s, const whisker_winograd_task *task, int64_t first, int64_t end,
                         const float *products, const float *bias, float *output) {
  int64_t tiles = task->end_tile - task->first_tile, step = grid_step(end - first, tiles);
  const int halves = task->pool ? 2 : 1;
  int64_t width = s->out_width / halves, map = s->out_height / halves * width;
  for (int64_t f = first; f < end; f++)
    for (int64_t t = 0; t < tiles; t++, products += BLOCK) {
      grid_place place = grid_place_of(s, task->first_tile + t);
      int64_t rows = s->out_height - place.y, columns = s->out_width - place.x;
      int64_t at = ((place.block * s->filters + f) * map + place.y / halves * width + place.x / halves) * BLOCK;
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        vector out[GRID_TILE][GRID_TILE];
        grid_output(products + l, step, out);
        float added = bias ? bias[f] : 0, *to = output + at + l;
        if (task->pool)
          grid_pool(out, added, rows, columns, to, task->pool + at + l, width);
        else if (rows >= GRID_TILE && columns >= GRID_TILE)
          grid_store(out, added, GRID_TILE, GRID_TILE, to, width);
        else
          grid_store(out, added, rows, columns, to, width);
      }
    }
}

// The transpose of Aᵀ m: four gradients of outputs as those of six products.
INLINE void grid_spread(const vector *d, vector *out) {
  const int pairs = WINOGRAD_PAIRS(GRID_TILE);
  out[0] = d[0];
  UNROLL for (int k = 0; k < pairs; k++) {
    const float *powers = WINOGRAD_POWERS[k];
    vector even = d[0] + powers[2] * d[2], odd = powers[1] * d[1] + powers[3] * d[3];
    out[2 * k + 1] = even + odd;
    out[2 * k + 2] = even - odd;
  }
  out[2 * pairs + 1] = d[3];
}

// The gradients of the products of one tile of one filter: places[place], `step` floats apart.
INLINE void grid_gradient(vector gradient[GRID_TILE][GRID_TILE], float *places, int64_t step) {
  vector spread[GRID_TILE][GRID_SIDE];
  UNROLL for (int x = 0; x < GRID_TILE; x++) {
    vector column[GRID_TILE];
    UNROLL for (int y = 0; y < GRID_TILE; y++) column[y] = gradient[y][x];
    grid_spread(column, spread[x]);
  }
  UNROLL for (int y = 0; y < GRID_SIDE; y++) {
    vector line[GRID_TILE], out[GRID_SIDE];
    UNROLL for (int x = 0; x < GRID_TILE; x++) line[x] = spread[x][y];
    grid_spread(line, out);
    UNROLL for (int x = 0; x < GRID_SIDE; x++, places += step) store(places, out[x]);
  }
}

// A tile of a gradient, of which the first rows x columns are inside.
INLINE void grid_load(const float *gradient, int64_t width, int64_t rows, int64_t columns,
                      vector out[GRID_TILE][GRID_TILE]) {
  UNROLL for (int y = 0; y < GRID_TILE; y++)
    UNROLL for (int x = 0; x < GRID_TILE; x++)
      out[y][x] = x < columns && y < rows ? load(gradient + (y * width + x) * BLOCK) : (vector){0};
}

// The same of the gradient with respect to a map that is pooled.
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

// positions[GRID_TILE * GRID_TILE, B, B] of the gradient of one tile: filters, then samples. Positions outside are zero.
INLINE void grid_load_tile(const whisker_convolution *s, const whisker_winograd_task *task, int64_t tile, int64_t filter,
                           int64_t count, const float *gradient, float *positions) {
  const int halves = task->unpool ? 2 : 1;
  int64_t width = s->out_width / halves, map = s->out_height / halves * width;
  grid_place place = grid_place_of(s, tile);
  int64_t rows = s->out_height - place.y, columns = s->out_width - place.x;
  int64_t at = ((place.block * s->filters + filter) * map + place.y / halves * width + place.x / halves) * BLOCK;
  for (int64_t i = 0; i < count; i++, at += map * BLOCK, positions += BLOCK)
    for (int64_t l = 0; l < BLOCK; l += LANES) {
      vector values[GRID_TILE][GRID_TILE];
      const float *from = gradient + at + l;
      if (task->unpool)
        grid_load_pooled(from, task->unpool + at + l, width, rows, columns, values);
      else if (rows >= GRID_TILE && columns >= GRID_TILE)
        grid_load(from, width, GRID_TILE, GRID_TILE, values);
      else
        grid_load(from, width, rows, columns, values);
      UNROLL for (int p = 0; p < GRID_TILE * GRID_TILE; p++)
        store(positions + p * BLOCK * BLOCK + l, values[p / GRID_TILE][p % GRID_TILE]);
    }
}

// gradients[place, tiles, B, filters] of the tiles first..<end, with the filters of the task in lanes. They are transposed before the
// transformation, which turns 16 values into 36.
static void grid_gradients(const whisker_convolution *s, const whisker_winograd_task *task, int64_t first, int64_t end,
                           const float *gradient, float *gradients) {
  int64_t filters = grid_filters(task), step = grid_step(filters, end - first);
  ALIGNED float loaded[GRID_TILE * GRID_TILE * BLOCK * BLOCK], turned[GRID_TILE * GRID_TILE * BLOCK * BLOCK];
  for (int64_t f = task->first_filter; f < task->end_filter; f += BLOCK) {
    int64_t count = smaller(task->end_filter - f, BLOCK);
    if (count < BLOCK) memset(loaded, 0, sizeof loaded);
    for (int64_t t = first; t < end; t++) {
      grid_load_tile(s, task, t, f, count, gradient, loaded);
      for (int p = 0; p < GRID_TILE * GRID_TILE; p++)
        transpose(loaded + p * BLOCK * BLOCK, BLOCK, turned + p * BLOCK * BLOCK, BLOCK);
      for (int64_t sample = 0; sample < BLOCK; sample++)
        for (int64_t l = 0; l < BLOCK; l += LANES) {
          vector values[GRID_TILE][GRID_TILE];
          UNROLL for (int p = 0; p < GRID_TILE * GRID_TILE; p++)
            values[p / GRID_TILE][p % GRID_TILE] = load(turned + (p * BLOCK + sample) * BLOCK + l);
          grid_gradient(values, gradients + ((t - first) * BLOCK + sample) * filters + f - task->first_filter + l, step);
        }
    }
  }
}
