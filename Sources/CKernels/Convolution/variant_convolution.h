// The convolution in its general form: any kernel, stride, padding and number of groups.
//
// Forward copies the input rows that an output row sees into one piece of memory, with zeros for the padding: no edge is
// special then, and rows of different channels do not compete for the same place in the cache. The gradient with respect to
// the input is the same product with the weights transposed and flipped (whisker_convolution_transpose).

// The columns of a packed row. An odd number, so that rows do not compete for the same place in the cache.
INLINE int64_t packed_width(const whisker_convolution *s) {
  return ((s->out_width - 1) * s->stride + s->kernel_width) | 1;
}

static int64_t convolution_workspace(const whisker_convolution *s) {
  return s->channels / s->groups * s->kernel_height * packed_width(s) * BLOCK;
}

// packed[channels, kernel_height, packed_width, B]: what output row y sees of the channels from `input` on.
static void pack_rows(const whisker_convolution *s, int64_t channels, int64_t y, const float *input, float *packed) {
  int64_t width = packed_width(s), top = y * s->stride - s->pad_top;
  int64_t before = smaller(larger(s->pad_left, 0), width), skipped = larger(-s->pad_left, 0);
  int64_t copied = larger(0, smaller(s->width - skipped, width - before)), after = width - before - copied;
  for (int64_t c = 0; c < channels; c++)
    for (int64_t k = 0; k < s->kernel_height; k++, packed += width * BLOCK) {
      if (top + k < 0 || top + k >= s->height) {
        memset(packed, 0, sizeof(float) * (size_t)(width * BLOCK));
        continue;
      }
      memset(packed, 0, sizeof(float) * (size_t)(before * BLOCK));
      memcpy(packed + before * BLOCK, input + ((c * s->height + top + k) * s->width + skipped) * BLOCK,
             sizeof(float) * (size_t)(copied * BLOCK));
      memset(packed + (before + copied) * BLOCK, 0, sizeof(float) * (size_t)(after * BLOCK));
    }
}

INLINE void convolution_tile(const int rows, const int vectors, const whisker_convolution *s, const float *weights,
                             const float *bias, const float *const in[], float *const out[]) {
  int64_t channels = s->channels / s->groups, taps = channels * s->kernel_height * s->kernel_width;
  int64_t row = packed_width(s) * BLOCK, map = s->out_channel_stride * BLOCK;
  vector sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = bias ? broadcast(bias[r]) : (vector){0};
  if (s->kernel_height * s->kernel_width == 1) {
    multiply(rows, vectors, channels, weights, taps, 1, in, row, sum);
  } else {
    const float *at[TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) at[v] = in[v];
    for (int64_t k = 0; k < channels * s->kernel_height; k++, weights += s->kernel_width) {
      multiply(rows, vectors, s->kernel_width, weights, taps, 1, at, BLOCK, sum);
      UNROLL for (int v = 0; v < vectors; v++) at[v] += row;
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) store(out[v] + r * map, sum[r][v]);
}

static void convolution_forward(const whisker_convolution *s, int64_t first, int64_t end, const float *weights,
                                const float *bias, const float *input, float *output, float *packed) {
  if (is_depthwise(s)) return depthwise_forward(s, first, end, weights, bias, input, output);
  int64_t channels = s->channels / s->groups, filters = s->filters / s->groups;
  int64_t taps = channels * s->kernel_height * s->kernel_width, area = s->height * s->width;
  for (int64_t g = first / filters; g * filters < end; g++) {
    int64_t from = larger(first, g * filters), to = smaller(end, (g + 1) * filters);
    for (int64_t y = 0; y < s->out_height; y++) {
      pack_rows(s, channels, y, input + g * channels * area * BLOCK, packed);
      float *line = output + (s->out_offset + y * s->out_row_stride) * BLOCK;
      for (int64_t j = 0, vectors; j < s->out_width * BLOCK_VECTORS; j += vectors) {
        vectors = tile_vectors(s->out_width * BLOCK_VECTORS - j);
        const float *in[TILE_VECTORS];
        int64_t place[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) {
          int64_t x = (j + v) / BLOCK_VECTORS, lane = (j + v) % BLOCK_VECTORS * LANES;
          in[v] = packed + x * s->stride * BLOCK + lane;
          place[v] = x * s->out_column_stride * BLOCK + lane;
        }
        for (int64_t f = from, rows; f < to; f += rows) {
          rows = tile_rows(to - f);
          float *out[TILE_VECTORS];
          for (int64_t v = 0; v < vectors; v++) out[v] = line + f * s->out_channel_stride * BLOCK + place[v];
          TILED(convolution_tile, rows, vectors, s, weights + f * taps, bias ? bias + f : NULL, in, out);
        }
      }
    }
  }
}
