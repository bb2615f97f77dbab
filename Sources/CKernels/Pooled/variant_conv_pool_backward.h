// Backward of the fused convolution, ReLU, pool and dropout of variant_conv_pool.h.

// Adds the gradient times the input patch of the argmax to the sums of the nine taps.
#if LANES == 8
// A selection costs up to three instructions here, so all four positions of the window are multiplied, three of them by zero.
INLINE void conv_pool_usual_taps(const whisker_conv *s, const float *corner, mask which, vector gradient,
                                 vector sum[USUAL_TAPS]) {
  enum { SIDE = USUAL_KERNEL + 1 };
  vector masked[4];
  UNROLL for (int q = 0; q < 4; q++) masked[q] = (vector)((mask)gradient & (which == q * RIGHT));
  UNROLL for (int i = 0; i < SIDE * SIDE; i++) {
    vector in = load(corner + (i / SIDE * s->width + i % SIDE) * BLOCK);
    UNROLL for (int q = 0; q < 4; q++) {
      const int y = i / SIDE - q / 2, x = i % SIDE - q % 2;
      if (y >= 0 && y < USUAL_KERNEL && x >= 0 && x < USUAL_KERNEL) sum[y * USUAL_KERNEL + x] += masked[q] * in;
    }
  }
}
#else
// Under each tap, the argmax selects one of 2x2 neighbouring inputs: first left or right, which adjacent rows share, then upper
// or lower. So the nine taps cost 21 selections and 9 products instead of 36 products.
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
#endif

// The input of the argmax under one tap, for any kernel size.
INLINE vector conv_pool_seen(const whisker_conv *s, const float *at, mask which) {
  mask right = (which & RIGHT) != 0, below = (which & BELOW) != 0;
  const float *under = at + s->width * BLOCK;
  return choose(below, choose(right, load(under + BLOCK), load(under)), choose(right, load(at + BLOCK), load(at)));
}

// The gradient through the pool at one position, zero without an argmax, and the argmax in `which`.
INLINE vector pooled_gradient(const uint8_t *choice, const float *gradient, float scale, mask *which) {
  *which = __builtin_convertvector(*(const lane_bytes *)choice, mask);
  return (vector)((mask)(load(gradient) * scale) & (*which < NO_ARGMAX));
}

// Adds the gradients of one filter and block to the sums of the bias and of one channel's taps.
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
        // Only the first channel adds to the bias. The others add to a sum that is not used.
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

// masked[filters, 4, LANES] = the gradient of each filter at the four positions of a pooling window, zero except at the argmax.
INLINE void mask_gradients(const whisker_conv *s, const uint8_t *choice, const float *gradient, float scale,
                           float *masked) {
  int64_t map = pooled_count(s) * BLOCK;
  for (int64_t f = 0; f < s->filters; f++) {
    mask which;
    vector g = pooled_gradient(choice + f * map, gradient + f * map, scale, &which);
    for (int q = 0; q < 4; q++) store(masked + (f * 4 + q) * LANES, (vector)((mask)g & (which == q * RIGHT)));
  }
}

// Adds the masked gradients of all filters to their input patch in one channel.
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
