// Convolution, bias, ReLU, 2x2 max-pool and dropout as one kernel. The four positions under one pooled output are
// computed together from the patch of inputs that they share, so that the full map is never written.

// Filters that share the inputs in registers.
#define FILTERS_AT_ONCE (LANES == 16 ? 4 : 2)
// The kernel size that gets code of its own, in which all loops are unrolled.
#define USUAL_KERNEL 3
#define USUAL_TAPS (USUAL_KERNEL * USUAL_KERNEL)

INLINE int64_t conv_out_width(const whisker_conv *s) { return s->width - s->kernel + 1; }
INLINE int64_t conv_out_height(const whisker_conv *s) { return s->height - s->kernel + 1; }
INLINE int64_t conv_taps(const whisker_conv *s) { return s->channels * s->kernel * s->kernel; }
INLINE int64_t pooled_width(const whisker_conv *s) { return conv_out_width(s) / 2; }
INLINE int64_t pooled_count(const whisker_conv *s) { return conv_out_height(s) / 2 * pooled_width(s); }
// What `choice` holds: the sum of two bits, or NO_WINNER. They are not the lowest bits, of which the compiler would make
// masks by arithmetic, at twice the cost.
enum { RIGHT = 2, BELOW = 4, NO_WINNER = 8 };

// The input under the corner of the pooled output at (x, y).
INLINE int64_t conv_corner(const whisker_conv *s, int64_t y, int64_t x) {
  return (2 * y * s->width + 2 * x) * BLOCK;
}

// Masks are drawn for eight features at a time, so the first filter's may begin up to seven features early.
static int64_t conv_pool_room(const whisker_conv *s) {
  return (FILTERS_AT_ONCE * pooled_count(s) + 2 * DROPOUT_FEATURES) * BLOCK;
}

// The choices of a vector's lanes: bytes where comparisons give bits, which suit any width; else as wide as what was
// compared.
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

// The largest of the four sums, the first of equals, and which it is.
INLINE vector largest_of_four(const vector sum[4], choices *which) {
  mask right_above = sum[1] > sum[0], right_below = sum[3] > sum[2];
  vector above = choose(right_above, sum[1], sum[0]), below = choose(right_below, sum[3], sum[2]);
  mask is_below = below > above;
  *which = where(is_below, where(right_below, everywhere(RIGHT | BELOW), everywhere(BELOW)),
                 where(right_above, everywhere(RIGHT), everywhere(0)));
  return choose(is_below, below, above);
}

// What comes out of the four sums under a pooled place: bias, ReLU and dropout. Dropout, and the choice, are for those who
// learn.
INLINE void conv_pool_finish(const int learns, const vector sum[4], float bias, float scale, const uint8_t *kept,
                             float *output, uint8_t *choice) {
  choices which;
  vector best = largest_of_four(sum, &which) * scale + broadcast(bias);
  mask alive = best > 0;
  if (learns) alive &= __builtin_convertvector(*(const lane_bytes *)kept, mask);
  store(output, (vector)((mask)best & alive));
  if (learns) *(lane_bytes *)choice = __builtin_convertvector(where(alive, which, everywhere(NO_WINNER)), lane_bytes);
}

// Adds one tap of the kernel to the four sums of each filter, whose weights lie `taps` apart.
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

// Neighbouring filters' pooled outputs at one place, for the lanes of one vector.
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

// Hides where a value comes from, so that the compiler does not carry along many sums of it where one would do.
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

// The same with what is usual told to the compiler.
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
                              uint8_t *choice, uint8_t *room) {
  // A copy, which no write of bytes can change.
  const whisker_conv copy = *shape, *s = &copy;
  // Without dropout the same bytes are read at every place, so that nothing branches.
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
    if (dropout->threshold) kept = kept_features(dropout, f * count, (f + filters) * count, room);
    if (choice)
      conv_pool_filters_at_once(filters, 1, s, w, bias + f, input, kept, kept_step, scale, out, choice + f * count * BLOCK);
    else
      conv_pool_filters_at_once(filters, 0, s, w, bias + f, input, kept, kept_step, scale, out, NULL);
  }
}

// The inputs that the winners of one pooled output saw under a row of the kernel lie in two neighbouring places each:
// first the left or the right of them is chosen, then the upper or the lower. So the nine taps of four positions cost
// 21 choices and 9 products, not 36 products.
INLINE void conv_pool_usual_taps(const whisker_conv *s, const float *corner, mask which, vector gradient,
                                 vector sum[USUAL_TAPS]) {
  mask right = (which & RIGHT) != 0, below = (which & BELOW) != 0;
  vector side[USUAL_KERNEL + 1][USUAL_KERNEL];
  UNROLL for (int y = 0; y <= USUAL_KERNEL; y++)
    UNROLL for (int x = 0; x < USUAL_KERNEL; x++) {
      const float *at = corner + (y * s->width + x) * BLOCK;
      side[y][x] = choose(right, load(at + BLOCK), load(at));
    }
  UNROLL for (int t = 0; t < USUAL_TAPS; t++) {
    const int y = t / USUAL_KERNEL, x = t % USUAL_KERNEL;
    sum[t] += gradient * choose(below, side[y + 1][x], side[y][x]);
  }
}

// The same for one tap of any kernel.
INLINE vector conv_pool_seen(const whisker_conv *s, const float *at, mask which) {
  mask right = (which & RIGHT) != 0, below = (which & BELOW) != 0;
  const float *under = at + s->width * BLOCK;
  return choose(below, choose(right, load(under + BLOCK), load(under)), choose(right, load(at + BLOCK), load(at)));
}

// What flows back through the pool at one place: the gradient where a position won it, and which.
INLINE vector pooled_gradient(const uint8_t *choice, const float *gradient, float scale, mask *which) {
  *which = __builtin_convertvector(*(const lane_bytes *)choice, mask);
  return (vector)((mask)(load(gradient) * scale) & (*which < NO_WINNER));
}

// Adds one filter's winners of one block to the sums of one channel's taps, and to the bias's.
static void conv_pool_sum_usual(const whisker_conv *s, const float *input, const uint8_t *choice,
                                const float *gradient, float scale, float *sums, float *bias_sums) {
  int64_t rows = conv_out_height(s) / 2, across = pooled_width(s);
  for (int64_t l = 0; l < BLOCK; l += LANES) {
    vector sum[USUAL_TAPS], bias_sum = load(bias_sums + l);
    UNROLL for (int t = 0; t < USUAL_TAPS; t++) sum[t] = load(sums + t * BLOCK + l);
    for (int64_t y = 0; y < rows; y++)
      for (int64_t x = 0; x < across; x++) {
        int64_t at = (y * across + x) * BLOCK + l;
        mask which;
        vector g = pooled_gradient(choice + at, gradient + at, scale, &which);
        bias_sum += g;
        conv_pool_usual_taps(s, input + conv_corner(s, y, x) + l, which, g, sum);
      }
    UNROLL for (int t = 0; t < USUAL_TAPS; t++) store(sums + t * BLOCK + l, sum[t]);
    store(bias_sums + l, bias_sum);
  }
}

static void conv_pool_sum(const whisker_conv *s, const float *input, const uint8_t *choice, const float *gradient,
                          float scale, float *sums, float *bias_sums) {
  int64_t rows = conv_out_height(s) / 2, across = pooled_width(s);
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < across; x++)
      for (int64_t l = 0; l < BLOCK; l += LANES) {
        int64_t at = (y * across + x) * BLOCK + l;
        mask which;
        vector g = pooled_gradient(choice + at, gradient + at, scale, &which);
        store(bias_sums + l, load(bias_sums + l) + g);
        float *sum = sums + l;
        for (int64_t ky = 0; ky < s->kernel; ky++)
          for (int64_t kx = 0; kx < s->kernel; kx++, sum += BLOCK) {
            const float *in = input + conv_corner(s, y, x) + (ky * s->width + kx) * BLOCK + l;
            store(sum, load(sum) + g * conv_pool_seen(s, in, which));
          }
      }
}

INLINE float sum_of_block(const float *sums) {
  vector sum = load(sums);
  for (int64_t l = LANES; l < BLOCK; l += LANES) sum += load(sums + l);
  return sum_of_lanes(sum);
}

static void conv_pool_weights(const whisker_conv *s, int64_t first, int64_t end, int64_t blocks, const float *input,
                              const uint8_t *choice, const float *gradient, int64_t stride, float scale,
                              float *weight_gradient, float *bias_gradient, float *sums) {
  int64_t taps = conv_taps(s), map = pooled_count(s) * BLOCK, area = s->height * s->width, each = (taps + 2) * BLOCK;
  memset(sums, 0, sizeof(float) * (size_t)((end - first) * each));
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t f = first; f < end; f++)
      for (int64_t c = 0; c < s->channels; c++) {
        const float *in = input + (b * s->channels + c) * area * BLOCK;
        const uint8_t *which = choice + (b * s->filters + f) * map;
        const float *g = gradient + b * stride + (f - first) * map;
        float *sum = sums + (f - first) * each;
        // The bias has one sum, which the first channel adds to; the others' go to waste.
        float *bias_sum = sum + (c == 0 ? taps : taps + 1) * BLOCK;
        sum += c * s->kernel * s->kernel * BLOCK;
        if (s->kernel == USUAL_KERNEL)
          conv_pool_sum_usual(s, in, which, g, scale, sum, bias_sum);
        else
          conv_pool_sum(s, in, which, g, scale, sum, bias_sum);
      }
  for (int64_t f = first; f < end; f++, sums += each) {
    for (int64_t t = 0; t < taps; t++) weight_gradient[f * taps + t] = sum_of_block(sums + t * BLOCK);
    bias_gradient[f] = sum_of_block(sums + taps * BLOCK);
  }
}

// masked[filters, 4, LANES]: each filter's gradient at each of the four positions under one pooled output.
INLINE void mask_gradients(const whisker_conv *s, const uint8_t *choice, const float *gradient, float scale,
                           float *masked) {
  int64_t map = pooled_count(s) * BLOCK;
  for (int64_t f = 0; f < s->filters; f++) {
    mask which;
    vector g = pooled_gradient(choice + f * map, gradient + f * map, scale, &which);
    for (int q = 0; q < 4; q++) store(masked + (f * 4 + q) * LANES, (vector)((mask)g & (which == q * RIGHT)));
  }
}

// Spreads all filters' masked gradients over the inputs of one channel that they saw.
INLINE void conv_pool_spread_usual(const whisker_conv *s, const float *weights, const float *masked, float *corner) {
  enum { SIDE = USUAL_KERNEL + 1 };
  int64_t taps = conv_taps(s);
  vector sum[SIDE * SIDE];
  UNROLL for (int i = 0; i < SIDE * SIDE; i++) sum[i] = load(corner + (i / SIDE * s->width + i % SIDE) * BLOCK);
  for (int64_t f = 0; f < s->filters; f++, weights += taps, masked += 4 * LANES)
    UNROLL for (int q = 0; q < 4; q++) {
      vector g = load(masked + q * LANES);
      UNROLL for (int t = 0; t < USUAL_TAPS; t++)
        sum[(t / USUAL_KERNEL + q / 2) * SIDE + t % USUAL_KERNEL + q % 2] += broadcast(weights[t]) * g;
    }
  UNROLL for (int i = 0; i < SIDE * SIDE; i++) store(corner + (i / SIDE * s->width + i % SIDE) * BLOCK, sum[i]);
}

INLINE void conv_pool_spread(const whisker_conv *s, const float *weights, const float *masked, float *corner) {
  int64_t taps = conv_taps(s);
  for (int64_t f = 0; f < s->filters; f++, weights += taps, masked += 4 * LANES)
    for (int q = 0; q < 4; q++)
      for (int64_t t = 0; t < s->kernel * s->kernel; t++) {
        float *at = corner + ((t / s->kernel + q / 2) * s->width + t % s->kernel + q % 2) * BLOCK;
        store(at, load(at) + broadcast(weights[t]) * load(masked + q * LANES));
      }
}

static void conv_pool_input(const whisker_conv *s, int64_t first, int64_t end, const float *weights,
                            const uint8_t *choice, const float *gradient, float scale, float *input_gradient,
                            float *masked) {
  int64_t across = pooled_width(s), area = s->height * s->width * BLOCK, window = s->kernel * s->kernel;
  memset(input_gradient + first * area, 0, sizeof(float) * (size_t)((end - first) * area));
  for (int64_t i = 0; i < pooled_count(s); i++)
    for (int64_t l = 0; l < BLOCK; l += LANES) {
      mask_gradients(s, choice + i * BLOCK + l, gradient + i * BLOCK + l, scale, masked);
      for (int64_t c = first; c < end; c++) {
        float *corner = input_gradient + c * area + conv_corner(s, i / across, i % across) + l;
        if (s->kernel == USUAL_KERNEL)
          conv_pool_spread_usual(s, weights + c * window, masked, corner);
        else
          conv_pool_spread(s, weights + c * window, masked, corner);
      }
    }
}
