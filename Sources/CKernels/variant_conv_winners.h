// Backward through convolution, ReLU and pool for many channels. One winner in four positions is left, and many samples
// have none, so the winners are listed, and each is a product by the patch that it saw: with the channels of a pixel
// side by side that is nine rows of full vectors.

// The vectors of channels that are summed side by side for all taps, as many as there are registers for.
#define CHANNEL_VECTORS (LANES == 16 ? 2 : 1)

// The row of 32 channels that gets code of its own.
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

// Every sample's list grows by what may be a winner, and keeps it if it is one: cheaper than to guess which are.
INLINE void append_winners(const uint8_t *choice, const float *gradient, float scale, int32_t corner, int32_t width,
                           int64_t map, whisker_winner *winners, int32_t counts[BLOCK]) {
  int32_t wins[BLOCK];
  whisker_winner candidates[BLOCK];
  for (int l = 0; l < BLOCK; l++) {
    int32_t place = corner + (choice[l] >> 1 & 1) + (choice[l] >> 2) * width;
    candidates[l] = (whisker_winner){place, gradient[l] * scale};
    wins[l] = (choice[l] < NO_WINNER) & (gradient[l] != 0);
  }
  UNROLL for (int l = 0; l < BLOCK; l++) {
    winners[l * map + counts[l]] = candidates[l];
    counts[l] += wins[l];
  }
}

static void conv_winners(const whisker_conv *s, const uint8_t *choice, const float *gradient, float scale,
                         whisker_winner *winners, int32_t *counts) {
  int64_t map = pooled_count(s), across = pooled_width(s), width = s->width, filters = s->filters;
  for (int64_t f = 0; f < filters; f++, winners += BLOCK * map, counts += BLOCK) {
    int32_t own[BLOCK] = {0};
    for (int64_t y = 0; y < map / across; y++)
      for (int64_t x = 0; x < across; x++, choice += BLOCK, gradient += BLOCK)
        append_winners(choice, gradient, scale, (int32_t)(2 * (y * width + x)), (int32_t)width, map, winners, own);
    memcpy(counts, own, sizeof(own));
  }
}

// Adds the gradient times what it saw, for all winners of one sample and filter, to sums[taps, row] of some channels.
INLINE void sum_winners(const int vectors, const whisker_conv *s, const whisker_winner *winners, int64_t count,
                        const float *pixels, int64_t row, float *sums, float *bias_sum) {
  vector sum[USUAL_TAPS][CHANNEL_VECTORS];
  float bias = *bias_sum;
  UNROLL for (int t = 0; t < USUAL_TAPS; t++)
    UNROLL for (int v = 0; v < vectors; v++) sum[t][v] = load(sums + t * row + v * LANES);
  for (int64_t i = 0; i < count; i++) {
    const float *corner = pixels + winners[i].place * row;
    vector g = broadcast(winners[i].gradient);
    bias += winners[i].gradient;
    UNROLL for (int t = 0; t < USUAL_TAPS; t++)
      UNROLL for (int v = 0; v < vectors; v++) sum[t][v] += g * load(corner + tap_place(s, t, row) + v * LANES);
  }
  UNROLL for (int t = 0; t < USUAL_TAPS; t++)
    UNROLL for (int v = 0; v < vectors; v++) store(sums + t * row + v * LANES, sum[t][v]);
  *bias_sum = bias;
}

INLINE void conv_winner_weights_of(const int64_t row, const whisker_conv *s, const float *pixels,
                                   const whisker_winner *winners, const int32_t *counts, float *sums) {
  int64_t map = pooled_count(s), area = s->height * s->width;
  int64_t each = whisker_conv_sums(s) / s->filters, width;
  for (int64_t l = 0; l < BLOCK; l++)
    for (int64_t f = 0; f < s->filters; f++) {
      int64_t list = f * BLOCK + l;
      for (int64_t c = 0; c < row; c += width) {
        const float *from = pixels + l * area * row + c;
        float *to = sums + f * each + c, waste = 0, *bias = c ? &waste : sums + f * each + USUAL_TAPS * row;
        width = row - c >= CHANNEL_VECTORS * LANES ? CHANNEL_VECTORS * LANES : LANES;
        if (width == CHANNEL_VECTORS * LANES)
          sum_winners(CHANNEL_VECTORS, s, winners + list * map, counts[list], from, row, to, bias);
        else
          sum_winners(1, s, winners + list * map, counts[list], from, row, to, bias);
      }
    }
}

static void conv_winner_weights(const whisker_conv *shape, const float *pixels, const whisker_winner *winners,
                                const int32_t *counts, float *sums) {
  // A copy, which no write of floats can change.
  const whisker_conv copy = *shape, *s = &copy;
  int64_t row = whisker_conv_channel_row(s->channels);
  if (row == USUAL_ROW)
    conv_winner_weights_of(USUAL_ROW, s, pixels, winners, counts, sums);
  else
    conv_winner_weights_of(row, s, pixels, winners, counts, sums);
}

static void conv_winner_sum(const whisker_conv *s, int64_t first, int64_t end, int64_t parts, const float *sums,
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

// Adds the gradient times the weights to what each winner of one sample and filter saw, for some channels.
INLINE void spread_winners(const int vectors, const whisker_conv *s, const whisker_winner *winners, int64_t count,
                           const float *weights, int64_t row, float *pixels) {
  vector weight[USUAL_TAPS][CHANNEL_VECTORS];
  UNROLL for (int t = 0; t < USUAL_TAPS; t++)
    UNROLL for (int v = 0; v < vectors; v++) weight[t][v] = load(weights + t * row + v * LANES);
  for (int64_t i = 0; i < count; i++) {
    float *corner = pixels + winners[i].place * row;
    vector g = broadcast(winners[i].gradient);
    UNROLL for (int t = 0; t < USUAL_TAPS; t++)
      UNROLL for (int v = 0; v < vectors; v++) {
        float *at = corner + tap_place(s, t, row) + v * LANES;
        store(at, load(at) + g * weight[t][v]);
      }
  }
}

INLINE void conv_winner_input_of(const int64_t row, const whisker_conv *s, const float *rows,
                                 const whisker_winner *winners, const int32_t *counts, float *pixels) {
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
          spread_winners(CHANNEL_VECTORS, s, winners + list * map, counts[list], weights, row, to);
        else
          spread_winners(1, s, winners + list * map, counts[list], weights, row, to);
      }
}

static void conv_winner_input(const whisker_conv *shape, const float *rows, const whisker_winner *winners,
                              const int32_t *counts, float *pixels, float *input_gradient) {
  // A copy, which no write of floats can change.
  const whisker_conv copy = *shape, *s = &copy;
  int64_t row = whisker_conv_channel_row(s->channels);
  if (row == USUAL_ROW)
    conv_winner_input_of(USUAL_ROW, s, rows, winners, counts, pixels);
  else
    conv_winner_input_of(row, s, rows, winners, counts, pixels);
  conv_from_pixels(s, pixels, input_gradient);
}
