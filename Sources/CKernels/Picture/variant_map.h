// Maps of single pictures, whose vectors hold channels: products of pixels with weights.

INLINE int is_bounds(const whisker_map_activation *a) { return a->kind != WHISKER_SILU && a->kind != WHISKER_HARD_SWISH; }

INLINE vector bounded(const whisker_map_activation *a, vector v) {
  vector low = v * a->slope, limit = broadcast(a->limit);
  v = choose(v > low, v, low);
  return choose(v < limit, v, limit);
}

static void activate_block(const whisker_map_activation *a, int64_t count, float *values) {
  whisker_activation kind = (whisker_activation)a->kind;
  if (!is_bounds(a)) return activation_forward(kind, 0, count, values, values);
  for (int64_t i = 0; i < count; i += LANES) store(values + i, bounded(a, load(values + i)));
}

// The ending of `count` sums, in vectors, where it is not computed in registers.
static __attribute__((noinline)) void end_block(const whisker_map_ending *ending, int64_t count, const float *addend,
                                                float *values) {
  activate_block(&ending->before, count, values);
  if (!addend) return;
  for (int64_t i = 0; i < count; i += LANES) store(values + i, load(values + i) + load(addend + i));
  activate_block(&ending->after, count, values);
}

INLINE int ends_in_registers(const whisker_map_ending *ending) {
  return is_bounds(&ending->before) && is_bounds(&ending->after);
}

// The places of a tile: its first pixel in the input, and its first vector in the others.
typedef struct {
  const float *input, *weights, *bias, *addend;
  const float *ahead;  // weights that are needed soon
  float *output;
} map_tile;

INLINE void bound_sums(const int pixels, const int vectors, const whisker_map_activation *a, vector sum[][MAP_WIDE]) {
  if (a->slope == 0) {
    vector zero = {0}, limit = broadcast(a->limit);
    UNROLL for (int x = 0; x < pixels; x++)
      UNROLL for (int v = 0; v < vectors; v++) {
        vector above = choose(sum[x][v] > zero, sum[x][v], zero);
        sum[x][v] = choose(above < limit, above, limit);
      }
  } else if (a->slope != 1) {
    UNROLL for (int x = 0; x < pixels; x++)
      UNROLL for (int v = 0; v < vectors; v++) sum[x][v] = bounded(a, sum[x][v]);
  }
}

INLINE void map_product(const int pixels, const int vectors, int64_t pixel, int64_t height, int64_t width,
                        const whisker_map_convolution *s, const map_tile *at, const int64_t strides[5]) {
  int64_t panel = strides[0], in_block = strides[1], in_row = strides[2], add_block = strides[3], out_block = strides[4];
  vector sum[MAP_PIXELS][MAP_WIDE];
  const float *weights[MAP_WIDE], *ahead = at->ahead;
  UNROLL for (int v = 0; v < vectors; v++) {
    weights[v] = at->weights + lane_offset(v, panel);
    vector bias = load(at->bias + v * LANES);
    UNROLL for (int x = 0; x < pixels; x++) sum[x][v] = bias;
  }
  // The next address is computed before products, and without a multiplication: it would wait for the unit that they use.
  int64_t depth = s->depth;
  const float *block = at->input;
  for (int64_t blocks = s->blocks; blocks > 0; blocks--) {
    if (blocks == 1) depth = s->last_depth;
    const float *row = block;
    block += in_block;
    for (int64_t ky = 0; ky < height; ky++) {
      const float *next = row;
      row += in_row;
      for (int64_t kx = 0; kx < width; kx++) {
        const float *in = next;
        next += s->pixel;
        if (__builtin_constant_p(height) && __builtin_constant_p(width))
          __asm__("" : "+r"(block));
        else
          __asm__("" : "+r"(next), "+r"(row), "+r"(block));
        map_multiply(pixels, vectors, depth, in, pixel, weights, ahead, sum);
        UNROLL for (int v = 0; v < vectors; v++) weights[v] += depth * BLOCK;
        ahead += depth * BLOCK;
      }
    }
  }
  int is_ended = ends_in_registers(&s->ending);
  if (is_ended) {
    bound_sums(pixels, vectors, &s->ending.before, sum);
    if (at->addend) {
      UNROLL for (int x = 0; x < pixels; x++)
        UNROLL for (int v = 0; v < vectors; v++) sum[x][v] += load(at->addend + x * BLOCK + lane_offset(v, add_block));
      bound_sums(pixels, vectors, &s->ending.after, sum);
    }
  }
  UNROLL for (int x = 0; x < pixels; x++)
    UNROLL for (int v = 0; v < vectors; v++) store(at->output + x * BLOCK + lane_offset(v, out_block), sum[x][v]);
  if (!is_ended)
    for (int x = 0; x < pixels; x++)
      for (int v = 0; v < vectors; v++)
        end_block(&s->ending, LANES, at->addend ? at->addend + x * BLOCK + lane_offset(v, add_block) : NULL,
                  at->output + x * BLOCK + lane_offset(v, out_block));
}

#define MAP_CASE(pixels, vectors) \
  case pixels: return map_product(pixels, vectors, pixel, height, width, s, at, strides);

INLINE void map_pair_of(int64_t pixels, int64_t pixel, int64_t height, int64_t width, const whisker_map_convolution *s,
                        const map_tile *at, const int64_t strides[5]) {
  switch (pixels) {
#if MAP_PIXELS >= 14
    MAP_CASE(14, MAP_VECTORS) MAP_CASE(13, MAP_VECTORS) MAP_CASE(12, MAP_VECTORS) MAP_CASE(11, MAP_VECTORS)
    MAP_CASE(10, MAP_VECTORS) MAP_CASE(9, MAP_VECTORS) MAP_CASE(8, MAP_VECTORS)
#endif
#if MAP_PIXELS >= 7
    MAP_CASE(7, MAP_VECTORS)
#endif
    MAP_CASE(6, MAP_VECTORS) MAP_CASE(5, MAP_VECTORS) MAP_CASE(4, MAP_VECTORS) MAP_CASE(3, MAP_VECTORS)
    MAP_CASE(2, MAP_VECTORS) MAP_CASE(1, MAP_VECTORS)
  }
}

#if BLOCK_VECTORS <= MAP_VECTORS
INLINE void map_wide_of(int64_t pixels, int64_t pixel, int64_t height, int64_t width, const whisker_map_convolution *s,
                        const map_tile *at, const int64_t strides[5]) {
  switch (pixels) {
#if MAP_FEW >= 9
    MAP_CASE(9, MAP_WIDE) MAP_CASE(8, MAP_WIDE) MAP_CASE(7, MAP_WIDE) MAP_CASE(6, MAP_WIDE) MAP_CASE(5, MAP_WIDE)
#endif
    MAP_CASE(4, MAP_WIDE) MAP_CASE(3, MAP_WIDE) MAP_CASE(2, MAP_WIDE) MAP_CASE(1, MAP_WIDE)
  }
}
#endif

// The sizes of most convolutions are constants, which saves addresses.
INLINE int is_pixelwise(const whisker_map_convolution *s) {
  return s->stride == 1 && s->pixel == BLOCK && s->kernel_height == 1 && s->kernel_width == 1;
}

#define MAP_TILES(name)                                                                                                \
  static void name(int64_t pixels, const whisker_map_convolution *s, const map_tile *at, const int64_t strides[5]) {   \
    if (is_pixelwise(s)) return name##_of(pixels, BLOCK, 1, 1, s, at, strides);                                        \
    name##_of(pixels, s->stride * s->pixel, s->kernel_height, s->kernel_width, s, at, strides);                        \
  }
MAP_TILES(map_pair)
#if BLOCK_VECTORS <= MAP_VECTORS
MAP_TILES(map_wide)
#endif

#if LANES == BLOCK
static void map_one(int64_t pixels, const whisker_map_convolution *s, const map_tile *at, const int64_t strides[5]) {
  int64_t pixel = s->stride * s->pixel, height = s->kernel_height, width = s->kernel_width;
  switch (pixels) {
    MAP_CASE(14, 1) MAP_CASE(13, 1) MAP_CASE(12, 1) MAP_CASE(11, 1) MAP_CASE(10, 1) MAP_CASE(9, 1) MAP_CASE(8, 1)
    MAP_CASE(7, 1) MAP_CASE(6, 1) MAP_CASE(5, 1) MAP_CASE(4, 1) MAP_CASE(3, 1) MAP_CASE(2, 1) MAP_CASE(1, 1)
  }
}
#endif

INLINE void map_tile_of(int64_t pixels, int64_t vectors, const whisker_map_convolution *s, const map_tile *at,
                        const int64_t strides[5]) {
#if BLOCK_VECTORS <= MAP_VECTORS
  if (vectors == MAP_WIDE) return map_wide(pixels, s, at, strides);
#endif
#if LANES == BLOCK
  if (vectors == 1) return map_one(pixels, s, at, strides);
#endif
  (void)vectors;
  map_pair(pixels, s, at, strides);
}

// How many vectors the next tiles have, of those left.
INLINE int64_t map_vectors(int64_t left, int64_t columns, int has_groups) {
  // Vectors of one panel only see the same input.
  int64_t most = has_groups ? smaller(MAP_VECTORS, BLOCK_VECTORS) : MAP_VECTORS;
  // Three instead of two and one, and, where a vector is a panel, if there are few pixels.
  if (!has_groups && BLOCK_VECTORS <= MAP_VECTORS && left == MAP_WIDE) return MAP_WIDE;
  if (LANES < BLOCK) return most;
  int is_wide = !has_groups && columns <= MAP_FEW && left >= MAP_WIDE && left != MAP_WIDE + 1;
  return is_wide ? MAP_WIDE : smaller(most, left);
}

// About so many pixels are multiplied by some panels of weights before the next panels: they stay in the first cache.
#define MAP_CHUNK 56

static void map_convolve(const whisker_map_convolution *s, const whisker_map_task *task, const whisker_map *input,
                         const whisker_map *addend, const whisker_map *output) {
  int64_t pixel = s->stride * s->pixel, taps = s->kernel_height * s->kernel_width;
  int64_t panel = taps * ((s->blocks - 1) * s->depth + s->last_depth) * BLOCK;
  const int64_t strides[5] = {panel, input->block, input->row, addend ? addend->block : 0, output->block};
  int64_t first = task->first_block * BLOCK_VECTORS, all = task->end_block * BLOCK_VECTORS;
  int64_t end = smaller(all, (s->filters + LANES - 1) / LANES);
  int64_t rows = s->width < MAP_CHUNK ? MAP_CHUNK / s->width : 1, in_row = s->stride * input->row;
  for (int64_t y0 = task->first_row; y0 < task->end_row; y0 += rows)
    for (int64_t x0 = 0; x0 < s->width; x0 += MAP_CHUNK) {
      int64_t end_y = smaller(y0 + rows, task->end_row), columns = smaller(MAP_CHUNK, s->width - x0), j = first;
      for (int64_t vectors; j < end; j += vectors) {
        vectors = map_vectors(end - j, columns, s->first_in != NULL);
        int is_wide = vectors == MAP_WIDE;
        // The last tiles may have a pixel less.
        int64_t most_pixels = is_wide ? MAP_FEW : MAP_PIXELS, tiles = (columns + most_pixels - 1) / most_pixels;
        int64_t few = columns / tiles, larger = columns % tiles, in_step = few * pixel, out_step = few * BLOCK;
        int64_t block = j / BLOCK_VECTORS, in_block = s->first_in ? s->first_in[block] : 0;
        // The first tiles fetch the next panels while these are multiplied: the smallest maps have more weights than pixels.
        int64_t panels = (vectors + BLOCK_VECTORS - 1) / BLOCK_VECTORS, fetches = MAP_FETCHES(panels);
        map_tile at = {.weights = s->weights + lane_offset(j, panel), .bias = s->bias + j * LANES};
        at.ahead = at.weights + panels * panel;
        const float *in = input->values + in_block * input->block + y0 * in_row + x0 * pixel;
        const float *add = addend ? addend->values + lane_offset(j, addend->block) + y0 * addend->row + x0 * BLOCK : NULL;
        float *out = output->values + lane_offset(j, output->block) + y0 * output->row + x0 * BLOCK;
        for (int64_t y = y0; y < end_y; y++, in += in_row, out += output->row) {
          at.input = in, at.addend = add, at.output = out;
          if (addend) add += addend->row;
          for (int64_t t = 0; t < tiles; t++) {
            int is_larger = t < larger;
            map_tile_of(is_larger ? few + 1 : few, vectors, s, &at, strides);
            // Without a multiplication here too.
            at.input += is_larger ? in_step + pixel : in_step;
            at.output += is_larger ? out_step + BLOCK : out_step;
            if (addend) at.addend += is_larger ? out_step + BLOCK : out_step;
            at.ahead = --fetches > 0 ? at.ahead + MAP_FETCH_STEP(panel) : at.weights;
          }
        }
      }
      // Vectors after the last filter.
      for (; j < all; j++)
        for (int64_t y = y0; y < end_y; y++) {
          float *values = output->values + lane_offset(j, output->block) + y * output->row + x0 * BLOCK;
          for (int64_t x = 0; x < columns; x++) store(values + x * BLOCK, (vector){0});
        }
    }
}
