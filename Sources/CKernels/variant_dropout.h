// Dropout's masks. One counter gives four words, 16 bits of which decide one feature: a vector of counters, one for each
// sample, decides eight features of all its lanes.

#define DROPOUT_FEATURES 8

typedef uint32_t words __attribute__((vector_size(LANES * 4)));
typedef uint64_t products __attribute__((vector_size(LANES * 4)));

// The high and the low halves of the products of each lane by a constant: even and odd lanes are multiplied by themselves.
INLINE void multiply_words(words a, uint32_t constant, words *high, words *low) {
  products even = ((products)a & 0xFFFFFFFFu) * constant, odd = ((products)a >> 32) * constant;
  *high = (words)((even >> 32) | (odd & ~(uint64_t)0xFFFFFFFFu));
  *low = (words)((even & 0xFFFFFFFFu) | (odd << 32));
}

INLINE words lane_numbers(void) {
  words numbers;
  for (int l = 0; l < LANES; l++) numbers[l] = (uint32_t)l;
  return numbers;
}

// Philox4x32-10 of the counters (counter, row + lane, step, layer).
INLINE void philox_lanes(const whisker_dropout *d, uint32_t counter, uint32_t row, words out[4]) {
  words c0 = (words){0} + counter, c1 = lane_numbers() + row, c2 = (words){0} + d->step;
  words c3 = (words){0} + (PHILOX_PURPOSE_DROPOUT << 16 | d->layer);
  uint32_t k0 = (uint32_t)d->seed, k1 = (uint32_t)(d->seed >> 32);
  for (int round = 0; round < PHILOX_ROUNDS; round++, k0 += PHILOX_W0, k1 += PHILOX_W1) {
    words high0, low0, high1, low1;
    multiply_words(c0, PHILOX_M0, &high0, &low0);
    multiply_words(c2, PHILOX_M1, &high1, &low1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

// What the values that are kept are multiplied by.
INLINE float dropout_scale(const whisker_dropout *d) { return 65536.0f / (float)(65536 - d->threshold); }

// For each feature from `first` up to `end`, and each sample: 0xFF if it is dropped, otherwise 0. Returns where `first` is
// in room, which has space for up to seven features more at either end.
static const uint8_t *dropped_features(const whisker_dropout *d, int64_t first, int64_t end, uint8_t *room) {
  int64_t start = first / DROPOUT_FEATURES * DROPOUT_FEATURES;
  for (int64_t f = start; f < end; f += DROPOUT_FEATURES)
    for (int64_t l = 0; l < BLOCK; l += LANES) {
      words drawn[4];
      philox_lanes(d, (uint32_t)(f / DROPOUT_FEATURES), d->row + (uint32_t)l, drawn);
      UNROLL for (int i = 0; i < DROPOUT_FEATURES; i++) {
        words decision = i % 2 ? drawn[i / 2] >> 16 : drawn[i / 2] & 0xFFFF;
        mask dropped = (mask)(decision < d->threshold);
        *(lane_bytes *)(room + (f - start + i) * BLOCK + l) = __builtin_convertvector(dropped, lane_bytes);
      }
    }
  return room + (first - start) * BLOCK;
}

static void dropout_block(const whisker_dropout *d, int64_t features, const float *input, float *output) {
  float scale = dropout_scale(d);
  uint8_t dropped[DROPOUT_FEATURES * BLOCK];
  for (int64_t f = 0; f < features; f += DROPOUT_FEATURES) {
    dropped_features(d, f, f + DROPOUT_FEATURES, dropped);
    for (int64_t i = 0; i < smaller(DROPOUT_FEATURES, features - f) * BLOCK; i++)
      output[f * BLOCK + i] = dropped[i] ? 0 : input[f * BLOCK + i] * scale;
  }
}
