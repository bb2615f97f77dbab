// The gradient with respect to the weights of a convolution in its general form: a matrix product of the gradient and of the
// inputs under each tap, transposed so that a vector holds several taps of one sample ("im2col", a few positions at a time).

// The positions and the taps of one product.
#define UNFOLD_POSITIONS 8
#define UNFOLD_TAPS 512

INLINE int64_t taps_of(const whisker_convolution *s) {
  return s->channels / s->groups * s->kernel_height * s->kernel_width;
}

INLINE int64_t padded_taps(const whisker_convolution *s) { return (taps_of(s) + BLOCK - 1) / BLOCK * BLOCK; }

static int64_t convolution_weights_workspace(const whisker_convolution *s, int64_t filters) {
  return UNFOLD_POSITIONS * BLOCK * smaller(padded_taps(s), UNFOLD_TAPS) + filters * padded_taps(s);
}

// A tap: its offset from the top left input of a window, in positions, and its row and column.
typedef struct {
  int64_t offset, y, x;
} unfold_tap;

// unfolded[positions, B, taps]: what `count` taps from `first` on see at output positions. input is of one block and group.
static void unfold(const whisker_convolution *s, int64_t first, int64_t count, int64_t position, int64_t positions,
                   const float *input, float *unfolded) {
  ALIGNED static const float zeros[BLOCK];
  int64_t window = s->kernel_height * s->kernel_width;
  for (int64_t t = 0; t < count; t += BLOCK) {
    unfold_tap taps[BLOCK];
    for (int64_t i = 0; i < BLOCK; i++) {
      int64_t tap = first + t + i, y = tap % window / s->kernel_width, x = tap % s->kernel_width;
      // Beyond the last tap, everything lies outside.
      taps[i] = tap < taps_of(s) ? (unfold_tap){(tap / window * s->height + y) * s->width + x, y, x}
                                 : (unfold_tap){.y = INT32_MAX};
    }
    for (int64_t p = 0; p < positions; p++) {
      ALIGNED float rows[BLOCK * BLOCK];
      int64_t top = (position + p) / s->out_width * s->stride - s->pad_top;
      int64_t left = (position + p) % s->out_width * s->stride - s->pad_left;
      for (int64_t i = 0; i < BLOCK; i++) {
        int64_t y = top + taps[i].y, x = left + taps[i].x;
        int inside = y >= 0 && y < s->height && x >= 0 && x < s->width;
        const float *from = inside ? input + (top * s->width + left + taps[i].offset) * BLOCK : zeros;
        memcpy(rows + i * BLOCK, from, sizeof(float) * BLOCK);
      }
      transpose(rows, BLOCK, unfolded + p * BLOCK * count + t, count);
    }
  }
}

// sums[filters, padded taps] (+)= the products over a few positions. gradient is of the first filter, `map` floats apart.
static void unfolded_products(int64_t filters, int64_t depth, int64_t taps, int64_t sums_row, const float *gradient,
                              int64_t map, const float *unfolded, int accumulate, float *sums) {
  for (int64_t j = 0, vectors; j < taps / LANES; j += vectors) {
    vectors = tile_vectors(taps / LANES - j);
    const float *in[TILE_VECTORS];
    for (int64_t v = 0; v < vectors; v++) in[v] = unfolded + (j + v) * LANES;
    for (int64_t f = 0, rows; f < filters; f += rows) {
      rows = tile_rows(filters - f);
      float *out[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) out[v] = sums + f * sums_row + (j + v) * LANES;
      product(rows, vectors, depth, gradient + f * map, map, 1, in, taps, out, sums_row, accumulate);
    }
  }
}

// The filters first..<end of one group.
static void group_weights(const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                          const float *gradient, float *weight_gradient, float *workspace) {
  int64_t positions = s->out_height * s->out_width, padded = padded_taps(s), taps = taps_of(s), count, width;
  int64_t channels = s->channels / s->groups, group = first / (s->filters / s->groups);
  float *sums = workspace + UNFOLD_POSITIONS * BLOCK * smaller(padded, UNFOLD_TAPS);
  if (blocks == 0) memset(sums, 0, sizeof(float) * (size_t)((end - first) * padded));
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t p = 0; p < positions; p += count) {
      count = smaller(UNFOLD_POSITIONS, positions - p);
      const float *in = input + (b * s->channels + group * channels) * s->height * s->width * BLOCK;
      const float *from = gradient + ((b * s->filters + first) * positions + p) * BLOCK;
      for (int64_t t = 0; t < padded; t += width) {
        width = smaller(UNFOLD_TAPS, padded - t);
        unfold(s, t, width, p, count, in, workspace);
        unfolded_products(end - first, count * BLOCK, width, padded, from, positions * BLOCK, workspace, b + p > 0,
                          sums + t);
      }
    }
  for (int64_t f = first; f < end; f++)
    memcpy(weight_gradient + f * taps, sums + (f - first) * padded, sizeof(float) * (size_t)taps);
}

static void convolution_bias(const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks,
                             const float *gradient, float *bias_gradient) {
  int64_t map = s->out_height * s->out_width * BLOCK;
  for (int64_t f = first; f < end; f++) {
    vector sum = {0};
    for (int64_t b = 0; b < blocks; b++)
      for (int64_t i = 0; i < map; i += LANES) sum += load(gradient + (b * s->filters + f) * map + i);
    bias_gradient[f] = sum_of_lanes(sum);
  }
}

static void convolution_weights(const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks,
                                const float *input, const float *gradient, float *weight_gradient,
                                float *bias_gradient, float *workspace) {
  int64_t filters = s->filters / s->groups;
  if (is_depthwise(s))
    depthwise_weights(s, first, end, blocks, input, gradient, weight_gradient);
  else
    for (int64_t g = first / filters; g * filters < end; g++)
      group_weights(s, larger(first, g * filters), smaller(end, (g + 1) * filters), blocks, input, gradient,
                    weight_gradient, workspace);
  if (bias_gradient) convolution_bias(s, first, end, blocks, gradient, bias_gradient);
}
