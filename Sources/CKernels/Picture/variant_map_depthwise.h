// Depthwise convolutions of maps whose vectors hold channels, and what is done to each value by itself.

// The vectors of a block that are computed together.
#define MAP_HALVES (BLOCK_VECTORS < MAP_VECTORS ? BLOCK_VECTORS : MAP_VECTORS)

// The sums += `taps` weights times the inputs under them.
INLINE void map_depthwise_taps(const int columns, const int taps, int64_t stride, const float *in, const float *weights,
                               vector sum[][MAP_WIDE]) {
  UNROLL for (int t = 0; t < taps; t++)
    UNROLL for (int v = 0; v < MAP_HALVES; v++) {
      vector weight = load(weights + t * BLOCK + v * LANES);
      if (LANES < BLOCK) __asm__("" : "+r"(in));
      UNROLL for (int x = 0; x < columns; x++) sum[x][v] += weight * load(in + (x * stride + t) * BLOCK + v * LANES);
    }
}

// Consecutive outputs of a row. Constant sizes unroll the loops.
INLINE void map_depthwise(const int columns, int64_t height, int64_t width, int64_t stride,
                          const whisker_map_depthwise *s, const map_tile *at, int64_t in_row) {
  vector sum[MAP_PIXELS][MAP_WIDE];
  UNROLL for (int v = 0; v < MAP_HALVES; v++) {
    vector bias = load(at->bias + v * LANES);
    UNROLL for (int x = 0; x < columns; x++) sum[x][v] = bias;
  }
  const float *next = at->input, *weights = at->weights;
  for (int64_t ky = 0; ky < height; ky++, weights += width * BLOCK) {
    const float *in = next;
    next += in_row;
    if (width == 3)
      map_depthwise_taps(columns, 3, stride, in, weights, sum);
    else if (width == 5)
      map_depthwise_taps(columns, 5, stride, in, weights, sum);
    else
      for (int64_t kx = 0; kx < width; kx++)
        map_depthwise_taps(columns, 1, stride, in + kx * BLOCK, weights + kx * BLOCK, sum);
  }
  int is_ended = ends_in_registers(&s->ending) && !at->addend;
  if (is_ended) bound_sums(columns, MAP_HALVES, &s->ending.before, sum);
  UNROLL for (int x = 0; x < columns; x++)
    UNROLL for (int v = 0; v < MAP_HALVES; v++) store(at->output + x * BLOCK + v * LANES, sum[x][v]);
  if (!is_ended)
    for (int x = 0; x < columns; x++)
      end_block(&s->ending, LANES * MAP_HALVES, at->addend ? at->addend + x * BLOCK : NULL, at->output + x * BLOCK);
}

#define MAP_COLUMNS_CASE(columns) \
  case columns: return map_depthwise(columns, height, width, stride, s, at, in_row);

INLINE void map_depthwise_columns(int64_t columns, int64_t height, int64_t width, int64_t stride,
                                  const whisker_map_depthwise *s, const map_tile *at, int64_t in_row) {
  switch (columns) {
#if MAP_PIXELS >= 14
    MAP_COLUMNS_CASE(14) MAP_COLUMNS_CASE(13) MAP_COLUMNS_CASE(12) MAP_COLUMNS_CASE(11) MAP_COLUMNS_CASE(10)
    MAP_COLUMNS_CASE(9) MAP_COLUMNS_CASE(8)
#endif
#if MAP_PIXELS >= 7
    MAP_COLUMNS_CASE(7)
#endif
    MAP_COLUMNS_CASE(6) MAP_COLUMNS_CASE(5) MAP_COLUMNS_CASE(4) MAP_COLUMNS_CASE(3) MAP_COLUMNS_CASE(2)
    MAP_COLUMNS_CASE(1)
  }
}

INLINE void map_depthwise_rows(int64_t height, int64_t width, int64_t stride, const whisker_map_depthwise *s,
                               const whisker_map_task *task, const whisker_map maps[3]) {
  const whisker_map *input = &maps[0], *addend = &maps[1], *output = &maps[2];
  int64_t window = s->kernel_height * s->kernel_width * BLOCK;
  // The last tiles may have a column less.
  int64_t tiles = (s->width + MAP_PIXELS - 1) / MAP_PIXELS, few = s->width / tiles, larger = s->width % tiles;
  for (int64_t b = task->first_block; b < task->end_block; b++)
    for (int64_t y = task->first_row; y < task->end_row; y++)
      for (int64_t l = 0; l < BLOCK; l += LANES * MAP_HALVES) {
        map_tile at = {
            .input = input->values + (b - task->first_block) * input->block + y * stride * input->row + l,
            .weights = s->weights + b * window + l,
            .bias = s->bias + b * BLOCK + l,
            .addend = addend->values ? addend->values + b * addend->block + y * addend->row + l : NULL,
            .output = output->values + b * output->block + y * output->row + l};
        for (int64_t t = 0; t < tiles; t++) {
          int64_t columns = t < larger ? few + 1 : few;
          map_depthwise_columns(columns, height, width, stride, s, &at, input->row);
          at.input += columns * stride * BLOCK;
          at.output += columns * BLOCK;
          if (at.addend) at.addend += columns * BLOCK;
        }
      }
}

static void map_convolve_depthwise(const whisker_map_depthwise *s, const whisker_map_task *task,
                                   const whisker_map *input, const whisker_map *addend, const whisker_map *output) {
  const whisker_map maps[3] = {*input, addend ? *addend : (whisker_map){0}, *output};
  if (s->kernel_height == 3 && s->kernel_width == 3 && s->stride == 1)
    map_depthwise_rows(3, 3, 1, s, task, maps);
  else if (s->kernel_height == 3 && s->kernel_width == 3 && s->stride == 2)
    map_depthwise_rows(3, 3, 2, s, task, maps);
  else if (s->kernel_height == 5 && s->kernel_width == 5 && s->stride == 1)
    map_depthwise_rows(5, 5, 1, s, task, maps);
  else if (s->kernel_height == 5 && s->kernel_width == 5 && s->stride == 2)
    map_depthwise_rows(5, 5, 2, s, task, maps);
  else
    map_depthwise_rows(s->kernel_height, s->kernel_width, s->stride, s, task, maps);
}

static void map_scale(const whisker_map_affine *s, const whisker_map_task *task, const whisker_map *input,
                      const whisker_map *addend, const whisker_map *output) {
  for (int64_t b = task->first_block; b < task->end_block; b++)
    for (int64_t y = task->first_row; y < task->end_row; y++) {
      const float *in = input->values + b * input->block + y * input->row;
      const float *add = addend ? addend->values + b * addend->block + y * addend->row : NULL;
      float *out = output->values + b * output->block + y * output->row;
      for (int64_t i = 0; i < s->width * BLOCK; i += LANES) {
        int64_t lane = b * BLOCK + i % BLOCK;
        store(out + i, load(in + i) * load(s->scale + lane) + load(s->offset + lane));
      }
      end_block(&s->ending, s->width * BLOCK, add, out);
    }
}

static void map_pool(const whisker_pool *s, int is_maximum, const whisker_map *input, const whisker_map *output) {
  for (int64_t b = 0; b < (s->channels + BLOCK - 1) / BLOCK; b++)
    for (int64_t l = 0; l < BLOCK; l += LANES)
      for (int64_t y = 0; y < s->out_height; y++)
        for (int64_t x = 0; x < s->out_width; x++) {
          window w = window_at(s, y, x);
          const float *in = input->values + b * input->block + l;
          vector result = is_maximum ? load(in + w.top * input->row + w.left * BLOCK) : (vector){0};
          for (int64_t row = w.top; row < w.bottom; row++)
            for (int64_t column = w.left; column < w.right; column++) {
              vector value = load(in + row * input->row + column * BLOCK);
              result = is_maximum ? choose(value > result, value, result) : result + value;
            }
          if (!is_maximum) result *= 1.0f / (float)((w.bottom - w.top) * (w.right - w.left));
          store(output->values + b * output->block + y * output->row + x * BLOCK + l, result);
        }
}

static void map_pixels(int64_t count, const uint8_t *pixels, const float *scale, const float *offset, float *values) {
  int64_t i = 0;
  for (; i + WHISKER_PIXEL_FACTORS <= count; i += WHISKER_PIXEL_FACTORS)
    for (int64_t k = 0; k < WHISKER_PIXEL_FACTORS; k++) values[i + k] = (float)pixels[i + k] * scale[k] + offset[k];
  for (int64_t k = 0; i + k < count; k++) values[i + k] = (float)pixels[i + k] * scale[k] + offset[k];
}
