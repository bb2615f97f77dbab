// The noise of Gaussian dropout: four normal numbers per counter, by the transform of Box and Muller ("A Note on the Generation
// of Random Normal Deviates", 1958).

#define GAUSSIAN_FEATURES 4

// 24 bits of each word as a number in [0, 1).
INLINE vector unit_numbers(words drawn) { return __builtin_convertvector((mask)(drawn >> 8), vector) * 0x1p-24f; }

// The natural logarithm of positive normal numbers, accurate to a few units in the last place.
INLINE vector logarithm(vector x) {
  const vector one = broadcast(1);
  mask exponent = ((mask)x >> 23) - 127;
  vector fraction = (vector)(((mask)x & 0x7FFFFF) | (mask)one);
  // Reduced to around 1, where the series 2 (s + s^3 / 3 + s^5 / 5 ...), s = (x - 1) / (x + 1), converges fast.
  mask large = fraction > 1.41421356f;
  fraction = choose(large, 0.5f * fraction, fraction);
  vector s = (fraction - 1) / (fraction + 1), t = s * s;
  vector series = 2 + t * (2.0f / 3 + t * (2.0f / 5 + t * (2.0f / 7 + t * (2.0f / 9))));
  return __builtin_convertvector(exponent - large, vector) * 0.693147181f + s * series;
}

// Cosine and sine of a random angle: two bits select the quadrant, the others the angle in it.
INLINE void random_direction(words drawn, vector *cosine, vector *sine) {
  const float half_pi = 1.57079633f;
  vector angle = (unit_numbers(drawn << 2) - 0.5f) * half_pi, t = angle * angle;
  vector c = 1 + t * (-1.0f / 2 + t * (1.0f / 24 + t * (-1.0f / 720 + t * (1.0f / 40320))));
  vector s = angle * (1 + t * (-1.0f / 6 + t * (1.0f / 120 + t * (-1.0f / 5040))));
  words quarter = drawn >> 30;
  mask turned = (mask)((quarter & 1) != 0);
  *cosine = (vector)((words)choose(turned, s, c) ^ ((quarter + 1) & 2) << 30);
  *sine = (vector)((words)choose(turned, c, s) ^ (quarter & 2) << 30);
}

INLINE void normal_numbers(const whisker_dropout *d, uint32_t counter, uint32_t row, vector out[GAUSSIAN_FEATURES]) {
  words drawn[4];
  const philox_keys keys = philox_keys_of(d);
  philox_lanes(d, &keys, counter, row, drawn);
  UNROLL for (int i = 0; i < GAUSSIAN_FEATURES; i += 2) {
    // In (0, 1], so that the logarithm is finite.
    vector radius = square_root(-2 * logarithm(unit_numbers(drawn[i]) + 0x1p-24f));
    random_direction(drawn[i + 1], &out[i], &out[i + 1]);
    out[i] *= radius;
    out[i + 1] *= radius;
  }
}

static void gaussian_dropout_block(const whisker_dropout *d, int64_t features, const float *input, float *output) {
  vector deviation = square_root(broadcast((float)d->threshold / (float)(65536 - d->threshold)));
  for (int64_t f = 0; f < features; f += GAUSSIAN_FEATURES)
    for (int64_t l = 0; l < BLOCK; l += LANES) {
      vector normal[GAUSSIAN_FEATURES];
      normal_numbers(d, (uint32_t)(f / GAUSSIAN_FEATURES), d->row + (uint32_t)l, normal);
      for (int64_t i = 0; i < smaller(GAUSSIAN_FEATURES, features - f); i++) {
        int64_t at = (f + i) * BLOCK + l;
        store(output + at, load(input + at) * (1 + deviation * normal[i]));
      }
    }
}
