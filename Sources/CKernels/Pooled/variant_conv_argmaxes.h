// Backward of convolution, ReLU and pool for many channels. At most one of the four positions of a pooling window has a
// gradient, so the argmaxes are listed. Each is multiplied by its input patch: with contiguous channels, nine rows of full
// vectors.

// The number of vectors of channels that are summed together for all taps, limited by the number of registers.
#define CHANNEL_VECTORS (LANES == 16 ? 2 : 1)

// The number of channels with specialized code.
#define USUAL_ROW 32

INLINE int64_t tap_place(const whisker_conv *s, int t, int64_t row) {
  return (t / USUAL_KERNEL * s->width + t % USUAL_KERNEL) * row;
}

static void conv_pixels(const whisker_conv *s, const float *input, float *pixels) {
  int64_t area = s->height * s->width, row = whisker_conv_channel_row(s->channels);
  for (int64_t p = 0; p < area; p++)
    for (int64_t c = 0; c < row; c += BLOCK)
      transpose_rows(s->channels - c, input + (c * area + p) * BLOCK, area * BLOCK, pixels + p * row + c, area * row);
}

static void conv_from_pixels(const whisker_conv *s, const float *pixels, float *block) {
  int64_t area = s->height * s->width, row = whisker_conv_channel_row(s->channels);
  for (int64_t p = 0; p < area; p++)
    for (int64_t c = 0; c < row; c += BLOCK)
      transpose_into_rows(s->channels - c, pixels + p * row + c, area * row, block + (c * area + p) * BLOCK,
                          area * BLOCK);
}

static void conv_weight_rows(const whisker_conv *s, int64_t first, int64_t end, const float *weights, float *rows) {
  int64_t taps = s->kernel * s->kernel, row = whisker_conv_channel_row(s->channels);
  for (int64_t f = first; f < end; f++)
    for (int64_t t = 0; t < taps; t++)
      for (int64_t c = 0; c < row; c++)
        rows[(f * taps + t) * row + c] = c < s->channels ? weights[(f * s->channels + c) * taps + t] : 0;
}

// Appends a candidate to the list of every sample, and counts it if it is an argmax with a nonzero gradient. This avoids
// unpredictable branches.
INLINE void append_argmaxes(const uint8_t *choice, const float *gradient, float scale, int32_t corner, int32_t width,
                           int64_t map, whisker_argmax *argmaxes, int32_t counts[BLOCK]) {
  int32_t counted[BLOCK];
  whisker_argmax candidates[BLOCK];
  for (int l = 0; l < BLOCK; l++) {
    int32_t place = corner + (choice[l] >> 1 & 1) + (choice[l] >> 2) * width;
    candidates[l] = (whisker_argmax){place, gradient[l] * scale};
    counted[l] = (choice[l] < NO_ARGMAX) & (gradient[l] != 0);
  }
  UNROLL for (int l = 0; l < BLOCK; l++) {
    argmaxes[l * map + counts[l]] = candidates[l];
    counts[l] += counted[l];
  }
}

static void conv_argmaxes(const whisker_conv *s, const uint8_t *choice, const float *gradient, float scale,
                         whisker_argmax *argmaxes, int32_t *counts) {
  int64_t map = pooled_count(s), across = pooled_width(s), width = s->width, filters = s->filters;
  for (int64_t f = 0; f < filters; f++, argmaxes += BLOCK * map, counts += BLOCK) {
    int32_t own[BLOCK] = {0};
    for (int64_t y = 0; y < map / across; y++)
      for (int64_t x = 0; x < across; x++, choice += BLOCK, gradient += BLOCK)
        append_argmaxes(choice, gradient, scale, (int32_t)(2 * (y * width + x)), (int32_t)width, map, argmaxes, own);
    memcpy(counts, own, sizeof(own));
  }
}

// Adds the gradient times the input patch, for all argmaxes of one sample and filter, to sums[taps, row] of some channels.
INLINE void sum_argmaxes(const int vectors, const whisker_conv *s, const whisker_argmax *argmaxes, int64_t count,
                        const float *pixels, int64_t row, float *sums, float *bias_sum) {
  vector sum[USUAL_TAPS][CHANNEL_VECTORS];
  float bias = *bias_sum;
  UNROLL for (int t = 0; t < USUAL_TAPS; t++)
    UNROLL for (int v = 0; v < vectors; v++) sum[t][v] = load(sums + t * row + v * LANES);
  for (int64_t i = 0; i < count; i++) {
    const float *corner = pixels + argmaxes[i].place * row;
    vector g = broadcast(argmaxes[i].gradient);
    bias += argmaxes[i].gradient;
    UNROLL for (int t = 0; t < USUAL_TAPS; t++)
      UNROLL for (int v = 0; v < vectors; v++) sum[t][v] += g * load(corner + tap_place(s, t, row) + v * LANES);
  }
  UNROLL for (int t = 0; t < USUAL_TAPS; t++)
    UNROLL for (int v = 0; v < vectors; v++) store(sums + t * row + v * LANES, sum[t][v]);
  *bias_sum = bias;
}

#if LANES == 8
// The channels whose sums for one row of the kernel fill the registers. Their inputs are contiguous.
#define ROW_VECTORS 4

// The same for one row of the kernel, without the bias.
INLINE void sum_argmax_rows(const whisker_argmax *argmaxes, int64_t count, const float *pixels, int64_t row, float *sums) {
  vector sum[USUAL_KERNEL][ROW_VECTORS];
  UNROLL for (int t = 0; t < USUAL_KERNEL; t++)
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) sum[t][v] = load(sums + t * row + v * LANES);
  for (int64_t i = 0; i < count; i++) {
    const float *left = pixels + argmaxes[i].place * row;
    vector g = broadcast(argmaxes[i].gradient);
    UNROLL for (int t = 0; t < USUAL_KERNEL; t++)
      UNROLL for (int v = 0; v < ROW_VECTORS; v++) sum[t][v] += g * load(left + t * row + v * LANES);
  }
  UNROLL for (int t = 0; t < USUAL_KERNEL; t++)
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) store(sums + t * row + v * LANES, sum[t][v]);
}
#endif

INLINE void conv_argmax_weights_of(const int64_t row, const whisker_conv *s, const float *pixels,
                                   const whisker_argmax *argmaxes, const int32_t *counts, float *sums) {
  int64_t map = pooled_count(s), area = s->height * s->width;
  int64_t each = whisker_conv_sums(s) / s->filters, width;
  for (int64_t l = 0; l < BLOCK; l++)
    for (int64_t f = 0; f < s->filters; f++) {
      int64_t list = f * BLOCK + l;
      for (int64_t c = 0; c < row; c += width) {
        const float *from = pixels + l * area * row + c;
        float *to = sums + f * each + c, waste = 0, *bias = c ? &waste : sums + f * each + USUAL_TAPS * row;
#if LANES == 8
        if (row - c >= ROW_VECTORS * LANES) {
          width = ROW_VECTORS * LANES;
          for (int64_t y = 0; y < USUAL_KERNEL; y++)
            sum_argmax_rows(argmaxes + list * map, counts[list], from + y * s->width * row, row, to + y * USUAL_KERNEL * row);
          if (c == 0)
            for (int64_t i = 0; i < counts[list]; i++) *bias += argmaxes[list * map + i].gradient;
          continue;
        }
#endif
        width = row - c >= CHANNEL_VECTORS * LANES ? CHANNEL_VECTORS * LANES : LANES;
        if (width == CHANNEL_VECTORS * LANES)
          sum_argmaxes(CHANNEL_VECTORS, s, argmaxes + list * map, counts[list], from, row, to, bias);
        else
          sum_argmaxes(1, s, argmaxes + list * map, counts[list], from, row, to, bias);
      }
    }
}

static void conv_argmax_weights(const whisker_conv *shape, const float *pixels, const whisker_argmax *argmaxes,
                                const int32_t *counts, float *sums) {
  // A local copy, which writes through float pointers cannot alias.
  const whisker_conv copy = *shape, *s = &copy;
  int64_t row = whisker_conv_channel_row(s->channels);
  if (row == USUAL_ROW)
    conv_argmax_weights_of(USUAL_ROW, s, pixels, argmaxes, counts, sums);
  else
    conv_argmax_weights_of(row, s, pixels, argmaxes, counts, sums);
}

static void conv_argmax_sum(const whisker_conv *s, int64_t first, int64_t end, int64_t parts, const float *sums,
                            float *weight_gradient, float *bias_gradient) {
  int64_t row = whisker_conv_channel_row(s->channels), all = whisker_conv_sums(s), each = all / s->filters;
  for (int64_t f = first; f < end; f++) {
    const float *of_filter = sums + f * each;
    for (int64_t c = 0; c < s->channels; c++)
      for (int64_t t = 0; t < USUAL_TAPS; t++) {
        float sum = 0;
        for (int64_t p = 0; p < parts; p++) sum += of_filter[p * all + t * row + c];
        weight_gradient[(f * s->channels + c) * USUAL_TAPS + t] = sum;
      }
    bias_gradient[f] = 0;
    for (int64_t p = 0; p < parts; p++) bias_gradient[f] += of_filter[p * all + USUAL_TAPS * row];
  }
}

// Adds the gradient times the weights to the input patch of each argmax of one sample and filter, for some channels.
INLINE void scatter_argmaxes(const int vectors, const whisker_conv *s, const whisker_argmax *argmaxes, int64_t count,
                           const float *weights, int64_t row, float *pixels) {
  vector weight[USUAL_TAPS][CHANNEL_VECTORS];
  UNROLL for (int t = 0; t < USUAL_TAPS; t++)
    UNROLL for (int v = 0; v < vectors; v++) weight[t][v] = load(weights + t * row + v * LANES);
  for (int64_t i = 0; i < count; i++) {
    float *corner = pixels + argmaxes[i].place * row;
    vector g = broadcast(argmaxes[i].gradient);
    UNROLL for (int t = 0; t < USUAL_TAPS; t++)
      UNROLL for (int v = 0; v < vectors; v++) {
        float *at = corner + tap_place(s, t, row) + v * LANES;
        store(at, load(at) + g * weight[t][v]);
      }
  }
}

INLINE void conv_argmax_input_of(const int64_t row, const whisker_conv *s, const float *rows,
                                 const whisker_argmax *argmaxes, const int32_t *counts, float *pixels) {
  int64_t map = pooled_count(s), area = s->height * s->width, width;
  memset(pixels, 0, sizeof(float) * (size_t)(BLOCK * area * row));
  for (int64_t l = 0; l < BLOCK; l++)
    for (int64_t f = 0; f < s->filters; f++)
      for (int64_t c = 0; c < row; c += width) {
        int64_t list = f * BLOCK + l;
        const float *weights = rows + f * USUAL_TAPS * row + c;
        float *to = pixels + l * area * row + c;
        width = row - c >= CHANNEL_VECTORS * LANES ? CHANNEL_VECTORS * LANES : LANES;
        if (width == CHANNEL_VECTORS * LANES)
          scatter_argmaxes(CHANNEL_VECTORS, s, argmaxes + list * map, counts[list], weights, row, to);
        else
          scatter_argmaxes(1, s, argmaxes + list * map, counts[list], weights, row, to);
      }
}

static void conv_argmax_input(const whisker_conv *shape, const float *rows, const whisker_argmax *argmaxes,
                              const int32_t *counts, float *pixels, float *input_gradient) {
  // A local copy, which writes through float pointers cannot alias.
  const whisker_conv copy = *shape, *s = &copy;
  int64_t row = whisker_conv_channel_row(s->channels);
  if (row == USUAL_ROW)
    conv_argmax_input_of(USUAL_ROW, s, rows, argmaxes, counts, pixels);
  else
    conv_argmax_input_of(row, s, rows, argmaxes, counts, pixels);
  conv_from_pixels(s, pixels, input_gradient);
}
