// Winograd's F(4 x 4, 3 x 3) for convolutions of stride 1 with any padding: the transformations between maps and tiles. The
// tiles of all blocks are numbered block, row, column. Tiles at the edges see zeros outside, and write only what is inside.

#define GRID_TILE 4
#define GRID_SIDE WINOGRAD_SIDE(GRID_TILE)
#define GRID_PLACES WINOGRAD_PLACES(GRID_TILE)

INLINE int64_t grid_rows(const whisker_convolution *s) { return (s->out_height + GRID_TILE - 1) / GRID_TILE; }
INLINE int64_t grid_columns(const whisker_convolution *s) { return (s->out_width + GRID_TILE - 1) / GRID_TILE; }

// Transformed maps are groups[places, GRID_MAPS, B]: few pages have all places of a few maps. Places start an odd number of cache
// lines apart, so that they do not compete for the same place in the L1 cache.
#define GRID_MAPS (2 * TILE_ROWS)
#define GRID_STEP ((GRID_MAPS + 1) * BLOCK)
#define GRID_GROUP (GRID_PLACES * GRID_STEP)
INLINE int64_t grid_size(int64_t maps) { return (maps + GRID_MAPS - 1) / GRID_MAPS * GRID_GROUP; }
// Where a map starts.
INLINE int64_t grid_map(int64_t map) { return map / GRID_MAPS * GRID_GROUP + map % GRID_MAPS * BLOCK; }

// The block of a tile, and its first output row and column.
typedef struct {
  int64_t block, y, x;
} grid_place;

INLINE grid_place grid_place_of(const whisker_convolution *s, int64_t tile) {
  int64_t columns = grid_columns(s), in_block = grid_rows(s) * columns, rest = tile % in_block;
  return (grid_place){tile / in_block, rest / columns * GRID_TILE, rest % columns * GRID_TILE};
}

// Bᵀ d B of the patch of one channel: `row` are the addresses of its rows; the columns left..<right are inside.
INLINE void grid_patch(const float *const row[], int64_t left, int64_t right, float *out) {
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
    UNROLL for (int x = 0; x < GRID_SIDE; x++, out += GRID_STEP) store(out, places[x]);
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
  int64_t size = grid_size(s->channels), area = s->height / 2 * (s->width / 2) * BLOCK;
  const int odd = s->pad_top % 2 != 0;
  for (int64_t c = 0; c < s->channels; c++) {
    float *to = patches + grid_map(c);
    for (int64_t t = task->first_tile; t < task->end_tile; t++, to += size) {
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
        grid_patch(row, 0, GRID_SIDE, to + l);
      }
    }
  }
}

// patches[tiles, grid_size of the channels] of the tiles first..<end. Channel by channel, because neighbouring tiles share cache
// lines.
static void grid_patches(const whisker_convolution *s, int64_t first, int64_t end, const float *input, float *patches) {
  ALIGNED static const float zeros[GRID_SIDE * BLOCK];
  int64_t size = grid_size(s->channels), area = s->height * s->width * BLOCK;
  for (int64_t c = 0; c < s->channels; c++) {
    float *to = patches + grid_map(c);
    for (int64_t t = first; t < end; t++, to += size) {
      grid_place at = grid_place_of(s, t);
      int64_t top = at.y - s->pad_top, left = at.x - s->pad_left;
      const float *corner = input + (at.block * s->channels + c) * area + (top * s->width + left) * BLOCK;
      const float *row[GRID_SIDE];
      UNROLL for (int y = 0; y < GRID_SIDE; y++)
        row[y] = top + y >= 0 && top + y < s->height ? corner + y * s->width * BLOCK : zeros;
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        const float *lanes[GRID_SIDE];
        UNROLL for (int y = 0; y < GRID_SIDE; y++) lanes[y] = row[y] + l;
        grid_patch(lanes, -left, s->width - left, to + l);
      }
    }
  }
}

// products[places, GRID_FILTERS, GRID_TILES, B] are computed at once. They stay in a cache until they are outputs: 14 KB in L1, or
// 56 KB with AVX-512 in L2.
#define GRID_TILES ((TILE_VECTORS + BLOCK_VECTORS - 1) / BLOCK_VECTORS)
#define GRID_FILTERS TILE_ROWS
#define GRID_PRODUCTS (GRID_TILES * GRID_FILTERS * BLOCK + BLOCK)

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

// The output of a task: its size, and where a tile of a filter starts.
typedef struct {
  int64_t side, width, map;
} grid_target;

INLINE grid_target grid_target_of(const whisker_convolution *s, const whisker_winograd_task *task) {
  int64_t halves = task->pool ? 2 : 1, width = s->out_width / halves;
  return (grid_target){GRID_TILE / halves, width, s->out_height / halves * width};
}

INLINE int64_t grid_start(const whisker_convolution *s, const grid_target *to, int64_t filter, const grid_place *at) {
  int64_t y = at->y * to->side / GRID_TILE, x = at->x * to->side / GRID_TILE;
  return ((at->block * s->filters + filter) * to->map + y * to->width + x) * BLOCK;
}

// The outputs of the filters first..<end and the tiles of a task, at most GRID_FILTERS and GRID_TILES, from their products.
static void grid_outputs(const whisker_convolution *s, const whisker_winograd_task *task, int64_t first, int64_t end,
                         const float *products, const float *bias, float *output) {
  const grid_target target = grid_target_of(s, task);
  for (int64_t f = first; f < end; f++, products += GRID_TILES * BLOCK)
    for (int64_t t = task->first_tile; t < task->end_tile; t++) {
      grid_place place = grid_place_of(s, t);
      int64_t rows = s->out_height - place.y, columns = s->out_width - place.x, at = grid_start(s, &target, f, &place);
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        vector out[GRID_TILE][GRID_TILE];
        grid_output(products + (t - task->first_tile) * BLOCK + l, GRID_PRODUCTS, out);
        float added = bias ? bias[f] : 0, *to = output + at + l;
        if (task->pool)
          grid_pool(out, added, rows, columns, to, task->pool + at + l, target.width);
        else if (rows >= GRID_TILE && columns >= GRID_TILE)
          grid_store(out, added, GRID_TILE, GRID_TILE, to, target.width);
        else
          grid_store(out, added, rows, columns, to, target.width);
      }
    }
}
