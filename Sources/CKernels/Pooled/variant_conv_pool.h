// Fused convolution, bias, ReLU, 2x2 max-pool and dropout. The four positions of a pooling window are computed together from
// their common input patch, so the full map is never written.

// The number of filters that share the inputs in registers.
#define FILTERS_AT_ONCE (LANES == 16 ? 4 : 2)
// The kernel size with specialized code, in which all loops are unrolled.
#define USUAL_KERNEL 3
#define USUAL_TAPS (USUAL_KERNEL * USUAL_KERNEL)

INLINE int64_t conv_out_width(const whisker_conv *s) { return s->width - s->kernel + 1; }
INLINE int64_t conv_out_height(const whisker_conv *s) { return s->height - s->kernel + 1; }
INLINE int64_t conv_taps(const whisker_conv *s) { return s->channels * s->kernel * s->kernel; }
INLINE int64_t pooled_width(const whisker_conv *s) { return conv_out_width(s) / 2; }
INLINE int64_t pooled_count(const whisker_conv *s) { return conv_out_height(s) / 2 * pooled_width(s); }
// The values of `choice`: the argmax as the sum of two bits, or NO_ARGMAX. The lowest bit is not used, because the compiler
// would derive masks from it by arithmetic, at twice the cost.
enum { RIGHT = 2, BELOW = 4, NO_ARGMAX = 8 };

// The offset of the top left input of the pooled output at (x, y).
INLINE int64_t conv_corner(const whisker_conv *s, int64_t y, int64_t x) {
  return (2 * y * s->width + 2 * x) * BLOCK;
}

// Masks are generated for eight features at a time, so they may start up to seven features early and end as many late.
static int64_t conv_pool_workspace(const whisker_conv *s) {
  return (FILTERS_AT_ONCE * pooled_count(s) + 2 * DROPOUT_FEATURES) * BLOCK;
}

// The choices of the lanes of a vector: bytes if comparisons return bit masks (AVX-512), otherwise as wide as floats.
#if LANES == 16
typedef lane_bytes choices;
#else
typedef mask choices;
#endif

INLINE choices where(mask m, choices a, choices b) {
  choices chosen = __builtin_convertvector(m, choices);
  return (chosen & a) | (~chosen & b);
}

INLINE choices everywhere(int8_t choice) { return choice - (choices){0}; }

// The maximum of the four sums, and its index in `which`; the first one of equals.
INLINE vector largest_of_four(const vector sum[4], choices *which) {
  mask right_above = sum[1] > sum[0], right_below = sum[3] > sum[2];
  vector above = choose(right_above, sum[1], sum[0]), below = choose(right_below, sum[3], sum[2]);
  mask is_below = below > above;
  *which = where(is_below, where(right_below, everywhere(RIGHT | BELOW), everywhere(BELOW)),
                 where(right_above, everywhere(RIGHT), everywhere(0)));
  return choose(is_below, below, above);
}

// Applies pooling, bias, ReLU and dropout to the four sums of a pooling window. Dropout and `choice` only if `learns`.
INLINE void conv_pool_finish(const int learns, const vector sum[4], float bias, float scale, const uint8_t *kept,
                             float *output, uint8_t *choice) {
  choices which;
  vector best = largest_of_four(sum, &which) * scale + broadcast(bias);
  mask alive = best > 0;
  if (learns) alive &= __builtin_convertvector(*(const lane_bytes *)kept, mask);
  store(output, (vector)((mask)best & alive));
  if (learns) *(lane_bytes *)choice = __builtin_convertvector(where(alive, which, everywhere(NO_ARGMAX)), lane_bytes);
}

// Adds one tap of the kernel to the four sums of each filter. The weights of consecutive filters are `taps` apart.
INLINE void conv_pool_tap(const int filters, const int64_t taps, const whisker_conv *s, int64_t y, int64_t x,
                          const float *corner, const float *weight, vector sum[][4]) {
  UNROLL for (int q = 0; q < 4; q++) {
    vector in = load(corner + ((y + q / 2) * s->width + x + q % 2) * BLOCK);
    UNROLL for (int f = 0; f < filters; f++) sum[f][q] += broadcast(weight[f * taps]) * in;
  }
}

INLINE void conv_pool_taps(const int filters, const int64_t kernel, const int64_t taps, const whisker_conv *s,
                           const float *corner, const float *weights, vector sum[][4]) {
  if (kernel == USUAL_KERNEL) {
    UNROLL for (int t = 0; t < USUAL_TAPS; t++)
      conv_pool_tap(filters, taps, s, t / USUAL_KERNEL, t % USUAL_KERNEL, corner, weights + t, sum);
    return;
  }
  for (int64_t y = 0; y < kernel; y++)
    for (int64_t x = 0; x < kernel; x++)
      conv_pool_tap(filters, taps, s, y, x, corner, weights + y * kernel + x, sum);
}

// The pooled outputs of consecutive filters at one position, for the lanes of one vector.
INLINE void conv_pool_outputs(const int filters, const int64_t kernel, const int64_t channels, const int learns,
                              const whisker_conv *s, const float *weights, const float *bias, const float *corner,
                              const uint8_t *kept, int64_t kept_map, float scale, float *output, uint8_t *choice,
                              int64_t map) {
  const int64_t taps = channels * kernel * kernel;
  vector sum[FILTERS_AT_ONCE][4] = {0};
  for (int64_t c = 0; c < channels; c++)
    conv_pool_taps(filters, kernel, taps, s, corner + c * s->height * s->width * BLOCK, weights + c * kernel * kernel,
                   sum);
  UNROLL for (int f = 0; f < filters; f++)
    conv_pool_finish(learns, sum[f], bias[f], scale, kept + f * kept_map, output + f * map, choice + f * map);
}

// Hides how a pointer is computed, so that the compiler does not keep many offset copies of it in registers.
#define OPAQUE(value) __asm__("" : "+r"(value))

INLINE void conv_pool_filters(const int filters, const int64_t kernel, const int64_t channels, const int learns,
                              const whisker_conv *s, const float *weights, const float *bias, const float *input,
                              const uint8_t *kept, int64_t kept_step, float scale, float *output, uint8_t *choice) {
  int64_t rows = conv_out_height(s) / 2, across = pooled_width(s), map = pooled_count(s) * BLOCK;
  int64_t kept_map = map * kept_step;
  float scaled[FILTERS_AT_ONCE];
  for (int f = 0; f < filters; f++) scaled[f] = bias[f] * scale;
  for (int64_t y = 0; y < rows; y++) {
    const float *corner = input + conv_corner(s, y, 0);
    for (int64_t x = 0; x < across; x++) {
      OPAQUE(corner);
      OPAQUE(output);
      OPAQUE(kept);
      if (learns) OPAQUE(choice);
      for (int64_t l = 0; l < BLOCK; l += LANES)
        conv_pool_outputs(filters, kernel, channels, learns, s, weights, scaled, corner + l, kept + l * kept_step,
                          kept_map, scale, output + l, choice + l, map);
      corner += 2 * BLOCK;
      output += BLOCK;
      kept += BLOCK * kept_step;
      if (learns) choice += BLOCK;
    }
  }
}

// Specialized for the usual kernel size and for one channel.
INLINE void conv_pool_group(const int filters, const int learns, const whisker_conv *s, const float *weights, const float *bias,
                            const float *input, const uint8_t *kept, int64_t kept_step, float scale, float *output,
                            uint8_t *choice) {
  if (s->kernel == USUAL_KERNEL && s->channels == 1)
    conv_pool_filters(filters, USUAL_KERNEL, 1, learns, s, weights, bias, input, kept, kept_step, scale, output, choice);
  else if (s->kernel == USUAL_KERNEL)
    conv_pool_filters(filters, USUAL_KERNEL, s->channels, learns, s, weights, bias, input, kept, kept_step, scale, output, choice);
  else
    conv_pool_filters(filters, s->kernel, s->channels, learns, s, weights, bias, input, kept, kept_step, scale, output, choice);
}

INLINE void conv_pool_filters_at_once(int64_t filters, const int learns, const whisker_conv *s, const float *weights,
                                      const float *bias, const float *input, const uint8_t *kept, int64_t kept_step,
                                      float scale, float *output, uint8_t *choice) {
  if (filters == FILTERS_AT_ONCE)
    conv_pool_group(FILTERS_AT_ONCE, learns, s, weights, bias, input, kept, kept_step, scale, output, choice);
  else
    conv_pool_group(1, learns, s, weights, bias, input, kept, kept_step, scale, output, choice);
}

static void conv_pool_forward(const whisker_conv *shape, int64_t first, int64_t end, const float *weights,
                              const float *bias, const float *input, const whisker_dropout *dropout, float *output,
                              uint8_t *choice, uint8_t *workspace) {
  // A local copy, which writes through byte pointers cannot alias.
  const whisker_conv copy = *shape, *s = &copy;
  // Without dropout, the same all-ones bytes are read at every position, which avoids a branch.
  uint8_t everything_kept[BLOCK];
  memset(everything_kept, 0xFF, BLOCK);
  int64_t kept_step = dropout->threshold ? 1 : 0;
  int64_t taps = conv_taps(s), count = pooled_count(s);
  float scale = dropout_scale(dropout);
  for (int64_t f = first, filters; f < end; f += filters) {
    filters = end - f >= FILTERS_AT_ONCE ? FILTERS_AT_ONCE : 1;
    const float *w = weights + f * taps;
    const uint8_t *kept = everything_kept;
    float *out = output + f * count * BLOCK;
    if (dropout->threshold) kept = kept_features(dropout, f * count, (f + filters) * count, workspace);
    if (choice)
      conv_pool_filters_at_once(filters, 1, s, w, bias + f, input, kept, kept_step, scale, out, choice + f * count * BLOCK);
    else
      conv_pool_filters_at_once(filters, 0, s, w, bias + f, input, kept, kept_step, scale, out, NULL);
  }
}
