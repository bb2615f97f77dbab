// Convolution, bias, ReLU and 2x2 max-pool as one kernel. Forward keeps a group of filters in the lanes of GROUP_VECTORS
// vectors and computes the four positions under one pooled output together, so that the full map is never written.

#define GROUP_VECTORS 2
#define GROUP (GROUP_VECTORS * LANES)
// How many vectors of a patch backward keeps in registers.
#define PATCH_VECTORS 8
// How many winners are summed side by side where a patch is a single vector.
#define MOST_CHAINS 4

INLINE int64_t conv_taps(const whisker_conv *s) { return s->channels * s->kernel * s->kernel; }
INLINE int64_t conv_out_width(const whisker_conv *s) { return s->width - s->kernel + 1; }
INLINE int64_t conv_out_height(const whisker_conv *s) { return s->height - s->kernel + 1; }
INLINE int64_t pooled_width(const whisker_conv *s) { return conv_out_width(s) / 2; }
INLINE int64_t pooled_count(const whisker_conv *s) { return conv_out_height(s) / 2 * pooled_width(s); }
// A patch holds the taps and a 1 behind them: the bias is one more weight, whose input is always 1.
INLINE int64_t patch_size(const whisker_conv *s) { return round_up(conv_taps(s) + 1, LANES); }

static int64_t conv_pool_layout_size(const whisker_conv *s) { return conv_taps(s) * round_up(s->filters, GROUP); }

// layout[group, tap, GROUP]: the weights of a group of filters side by side, zero beyond the last filter.
static void conv_pool_layout(const whisker_conv *s, const float *weights, float *layout) {
  int64_t taps = conv_taps(s);
  for (int64_t f = 0; f < round_up(s->filters, GROUP); f++)
    for (int64_t t = 0; t < taps; t++)
      layout[(f / GROUP * taps + t) * GROUP + f % GROUP] = f < s->filters ? weights[f * taps + t] : 0;
}

static int64_t conv_pool_choice_size(const whisker_conv *s) { return pooled_count(s) * round_up(s->filters, GROUP); }

// Forward needs one group's pooled map; backward the patches, their gradients, one filter's padded weights and its
// winners (two floats' room each).
static int64_t conv_pool_scratch_size(const whisker_conv *s) {
  int64_t forward = pooled_count(s) * GROUP;
  int64_t positions = conv_out_height(s) * conv_out_width(s);
  int64_t backward = (2 * positions + 1) * patch_size(s) + 2 * pooled_count(s);
  return forward > backward ? forward : backward;
}

// The largest of the four sums, plus bias, through ReLU; choice gets the first that is largest, or 4 for none.
INLINE void pool_four(vector sum[4], vector bias, float *pooled, uint8_t *choice) {
  vector best = sum[0];
  mask index = {0};
  UNROLL for (int q = 1; q < 4; q++) {
    mask larger = sum[q] > best;
    best = choose(larger, sum[q], best);
    index = (larger & q) | (~larger & index);
  }
  best += bias;
  mask alive = best > 0;
  store(pooled, (vector)((mask)best & alive));
  typedef uint8_t bytes __attribute__((vector_size(LANES), aligned(1), may_alias));
  *(bytes *)choice = __builtin_convertvector((alive & index) | (~alive & 4), bytes);
}

// `count` neighbouring pooled outputs of one group of filters.
INLINE void conv_pool_outputs(const int count, const int64_t kernel, const whisker_conv *s, const float *layout,
                              const vector *bias, const float *corner, float *pooled, uint8_t *choice,
                              int64_t choice_row) {
  vector sum[POOLED_AT_ONCE][GROUP_VECTORS][4] = {0};
  for (int64_t c = 0; c < s->channels; c++)
    for (int64_t y = 0; y < kernel; y++) {
      const float *row = corner + (c * s->height + y) * s->width;
      for (int64_t x = 0; x < kernel; x++, layout += GROUP, row++) {
        vector w[GROUP_VECTORS];
        UNROLL for (int v = 0; v < GROUP_VECTORS; v++) w[v] = load(layout + v * LANES);
        UNROLL for (int p = 0; p < count; p++)
          UNROLL for (int q = 0; q < 4; q++) {
            vector in = broadcast(row[2 * p + (q & 1) + (q >> 1) * s->width]);
            UNROLL for (int v = 0; v < GROUP_VECTORS; v++) sum[p][v][q] += in * w[v];
          }
      }
    }
  UNROLL for (int p = 0; p < count; p++)
    UNROLL for (int v = 0; v < GROUP_VECTORS; v++)
      pool_four(sum[p][v], bias[v], pooled + p * GROUP + v * LANES, choice + p * choice_row + v * LANES);
}

// One group of filters over the whole sample, to pooled[count, GROUP].
INLINE void conv_pool_group(const int64_t kernel, const whisker_conv *s, const float *layout, const vector *bias,
                            const float *input, float *pooled, uint8_t *choice, int64_t choice_row) {
  int64_t count = pooled_count(s), across = pooled_width(s);
  for (int64_t i = 0; i < count; i += across) {
    const float *row = input + i / across * 2 * s->width;
    int64_t x = 0;
    for (; x + POOLED_AT_ONCE <= across; x += POOLED_AT_ONCE)
      conv_pool_outputs(POOLED_AT_ONCE, kernel, s, layout, bias, row + 2 * x, pooled + (i + x) * GROUP,
                        choice + (i + x) * choice_row, choice_row);
    for (; x < across; x++)
      conv_pool_outputs(1, kernel, s, layout, bias, row + 2 * x, pooled + (i + x) * GROUP,
                        choice + (i + x) * choice_row, choice_row);
  }
}

static void conv_pool_forward(const whisker_conv *s, const float *layout, const float *bias, const float *input,
                              float *output, uint8_t *choice, float *scratch) {
  int64_t taps = conv_taps(s), count = pooled_count(s), choice_row = round_up(s->filters, GROUP);
  for (int64_t f = 0; f < s->filters; f += GROUP) {
    int64_t filters = smaller(s->filters - f, GROUP);
    float group_bias[GROUP] = {0};
    memcpy(group_bias, bias + f, sizeof(float) * (size_t)filters);
    vector b[GROUP_VECTORS];
    for (int v = 0; v < GROUP_VECTORS; v++) b[v] = load(group_bias + v * LANES);
    const float *weights = layout + f / GROUP * taps * GROUP;
    // The usual kernel gets code of its own, in which its loops are unrolled.
    if (s->kernel == 3)
      conv_pool_group(3, s, weights, b, input, scratch, choice + f, choice_row);
    else
      conv_pool_group(s->kernel, s, weights, b, input, scratch, choice + f, choice_row);
    for (int64_t g = 0; g < filters; g++)
      for (int64_t i = 0; i < count; i++) output[(f + g) * count + i] = scratch[i * GROUP + g];
  }
}

// Copies `count` floats four at a time. Up to three more are written behind them, which the caller overwrites.
INLINE void copy_quads(float *to, const float *from, int64_t count) {
  for (int64_t i = 0; i < count; i += 4) *(quad *)(to + i) = *(const quad *)(from + i);
}

// patches[out_height * out_width, patch_size]: what the kernel sees at each position, the bias's 1, and zeros.
INLINE void patches_of_kernel(const int64_t kernel, const whisker_conv *s, const float *input, float *patches) {
  int64_t size = patch_size(s), taps = conv_taps(s), out_width = conv_out_width(s);
  for (int64_t y = 0; y < conv_out_height(s); y++)
    for (int64_t x = 0; x < out_width; x++) {
      float *patch = patches + (y * out_width + x) * size;
      float *tap = patch;
      for (int64_t c = 0; c < s->channels; c++)
        for (int64_t ky = 0; ky < kernel; ky++, tap += kernel)
          copy_quads(tap, input + (c * s->height + y + ky) * s->width + x, kernel);
      patch[taps] = 1;
      for (int64_t t = taps + 1; t < size; t++) patch[t] = 0;
    }
}

typedef struct {
  int32_t position;
  float gradient;
} winner;

// The living winners of one filter, in order. Returns how many.
static int64_t conv_winners(const whisker_conv *s, const uint8_t *choice, int64_t choice_row, const float *gradient,
                            winner *winners) {
  int64_t rows = conv_out_height(s) / 2, across = pooled_width(s), living = 0;
  int32_t out_width = (int32_t)conv_out_width(s);
  const int32_t offsets[5] = {0, 1, out_width, out_width + 1, 0};
  for (int64_t y = 0; y < rows; y++) {
    int32_t corner = (int32_t)y * 2 * out_width;
    for (int64_t x = 0; x < across; x++, corner += 2, choice += choice_row, gradient++) {
      winners[living].position = corner + offsets[*choice];
      winners[living].gradient = *gradient;
      living += *choice < 4;
    }
  }
  return living;
}

// The usual kernel gets code of its own, in which its loops are unrolled.
static void conv_patches(const whisker_conv *s, const float *input, float *patches) {
  if (s->kernel == 3)
    patches_of_kernel(3, s, input, patches);
  else
    patches_of_kernel(s->kernel, s, input, patches);
}

// sums[vectors] = gradient * patch summed over all winners, for `vectors` neighbouring vectors of the patch. Winners are
// summed in CHAINS chains, so that one addition need not wait for the last.
INLINE void gather_patches(const int vectors, const int chains, int64_t size, const float *patches,
                           const winner *winners, int64_t count, float *sums) {
  vector sum[PATCH_VECTORS][MOST_CHAINS];
  UNROLL for (int v = 0; v < vectors; v++) UNROLL for (int n = 0; n < chains; n++) sum[v][n] = (vector){0};
  int64_t i = 0;
  for (; i + chains <= count; i += chains)
    UNROLL for (int n = 0; n < chains; n++) {
      const float *patch = patches + winners[i + n].position * size;
      vector g = broadcast(winners[i + n].gradient);
      UNROLL for (int v = 0; v < vectors; v++) sum[v][n] += g * load(patch + v * LANES);
    }
  for (; i < count; i++) {
    const float *patch = patches + winners[i].position * size;
    UNROLL for (int v = 0; v < vectors; v++) sum[v][0] += broadcast(winners[i].gradient) * load(patch + v * LANES);
  }
  UNROLL for (int v = 0; v < vectors; v++) {
    UNROLL for (int n = 1; n < chains; n++) sum[v][0] += sum[v][n];
    store(sums + v * LANES, sum[v][0]);
  }
}

// Adds one filter's share to the gradients of its weights and its bias.
static void patch_gradient(const whisker_conv *s, const float *patches, const winner *winners, int64_t count,
                           float *weight_gradient, float *bias_gradient) {
  int64_t size = patch_size(s), taps = conv_taps(s);
  for (int64_t t = 0; t < size;) {
    float sums[PATCH_VECTORS * LANES];
    int64_t width = LANES;
    if (size - t >= PATCH_VECTORS * LANES) {
      width = PATCH_VECTORS * LANES;
      gather_patches(PATCH_VECTORS, 1, size, patches + t, winners, count, sums);
    } else {
      gather_patches(1, MOST_CHAINS, size, patches + t, winners, count, sums);
    }
    for (int64_t j = 0; j < smaller(width, taps - t); j++) weight_gradient[t + j] += sums[j];
    if (t <= taps && taps < t + width) *bias_gradient += sums[taps - t];
    t += width;
  }
}

// Each winner spreads its gradient over the patch that it saw.
static void scatter_patches(const whisker_conv *s, const float *padded_weights, const winner *winners, int64_t count,
                            float *patch_gradients) {
  int64_t size = patch_size(s);
  for (int64_t i = 0; i < count; i++) {
    float *patch = patch_gradients + winners[i].position * size;
    vector g = broadcast(winners[i].gradient);
    for (int64_t t = 0; t < size; t += LANES) store(patch + t, load(patch + t) + g * load(padded_weights + t));
  }
}

static void add_patches(const whisker_conv *s, const float *patches, float *input) {
  int64_t size = patch_size(s), out_width = conv_out_width(s);
  for (int64_t y = 0; y < conv_out_height(s); y++)
    for (int64_t x = 0; x < out_width; x++) {
      const float *patch = patches + (y * out_width + x) * size;
      for (int64_t c = 0; c < s->channels; c++)
        for (int64_t ky = 0; ky < s->kernel; ky++) {
          float *to = input + (c * s->height + y + ky) * s->width + x;
          for (int64_t kx = 0; kx < s->kernel; kx++) to[kx] += *patch++;
        }
    }
}

static void conv_pool_backward(const whisker_conv *s, const float *weights, const float *input,
                               const uint8_t *choice, const float *gradient, float *weight_gradient,
                               float *bias_gradient, float *input_gradient, float *scratch) {
  int64_t size = patch_size(s), taps = conv_taps(s), count = pooled_count(s);
  int64_t positions = conv_out_height(s) * conv_out_width(s), choice_row = round_up(s->filters, GROUP);
  float *patches = scratch, *patch_gradients = patches + positions * size;
  float *padded_weights = patch_gradients + positions * size;
  winner *winners = (winner *)(padded_weights + size);
  conv_patches(s, input, patches);
  if (input_gradient) memset(patch_gradients, 0, sizeof(float) * (size_t)(positions * size));
  memset(padded_weights, 0, sizeof(float) * (size_t)size);
  for (int64_t f = 0; f < s->filters; f++) {
    int64_t living = conv_winners(s, choice + f, choice_row, gradient + f * count, winners);
    patch_gradient(s, patches, winners, living, weight_gradient + f * taps, bias_gradient + f);
    if (!input_gradient) continue;
    memcpy(padded_weights, weights + f * taps, sizeof(float) * (size_t)taps);
    scatter_patches(s, padded_weights, winners, living, patch_gradients);
  }
  if (input_gradient) add_patches(s, patch_gradients, input_gradient);
}
