// Dropout masks. A counter gives four 32-bit words, and each feature uses 16 bits, so a vector with one counter per sample
// gives the masks of eight features for all its lanes.

#define DROPOUT_FEATURES 8

typedef uint32_t words __attribute__((vector_size(LANES * 4)));
typedef uint64_t products __attribute__((vector_size(LANES * 4)));

INLINE words lane_numbers(void) {
  words numbers;
  for (int l = 0; l < LANES; l++) numbers[l] = (uint32_t)l;
  return numbers;
}

// Four words of half the lanes, each in the lower half of a 64-bit element. The upper halves are ignored.
typedef struct {
  products word[4];
} half_lanes;

INLINE products low_half(products a) { return a & 0xFFFFFFFFu; }

// The two keys of each round, in all lanes.
typedef struct {
  products of_round[PHILOX_ROUNDS][2];
} philox_keys;

INLINE philox_keys philox_keys_of(const whisker_dropout *d) {
  philox_keys keys;
  products none = {0};
  uint32_t k0 = (uint32_t)d->seed, k1 = (uint32_t)(d->seed >> 32);
  UNROLL for (int round = 0; round < PHILOX_ROUNDS; round++, k0 += PHILOX_W0, k1 += PHILOX_W1) {
    keys.of_round[round][0] = none + k0;
    keys.of_round[round][1] = none + k1;
  }
  return keys;
}

INLINE void philox_round(half_lanes *c, const products keys[2]) {
  products p0 = low_half(c->word[0]) * PHILOX_M0, p1 = low_half(c->word[2]) * PHILOX_M1;
  c->word[0] = (p1 >> 32) ^ c->word[1] ^ keys[0];
  c->word[1] = p1;
  c->word[2] = (p0 >> 32) ^ c->word[3] ^ keys[1];
  c->word[3] = p0;
}

// Philox4x32-10 of the counters (counter, row + lane, step, layer). Even and odd lanes are computed separately, because a
// product is as wide as two words.
INLINE void philox_lanes(const whisker_dropout *d, const philox_keys *keys, uint32_t counter, uint32_t row, words out[4]) {
  products lanes = (products)(lane_numbers() + row), none = {0};
  half_lanes even = {{none + counter, lanes, none + d->step, none + (PHILOX_PURPOSE_DROPOUT << 16 | d->layer)}};
  half_lanes odd = even;
  odd.word[1] = lanes >> 32;
  UNROLL for (int round = 0; round < PHILOX_ROUNDS; round++) {
    philox_round(&even, keys->of_round[round]);
    philox_round(&odd, keys->of_round[round]);
  }
  UNROLL for (int i = 0; i < 4; i++) out[i] = (words)(low_half(even.word[i]) | odd.word[i] << 32);
}

// The factor of kept values.
INLINE float dropout_scale(const whisker_dropout *d) { return 65536.0f / (float)(65536 - d->threshold); }

// Writes 0xFF (kept) or 0 (dropped) for each feature in first..<end and each sample. Returns the address of `first` in the
// workspace, which has space for seven more features at either end.
static const uint8_t *kept_features(const whisker_dropout *dropout, int64_t first, int64_t end, uint8_t *workspace) {
  // A local copy, which writes through byte pointers cannot alias.
  const whisker_dropout copy = *dropout, *d = &copy;
  const philox_keys keys = philox_keys_of(d);
  int64_t start = first / DROPOUT_FEATURES * DROPOUT_FEATURES;
  for (int64_t f = start; f < end; f += DROPOUT_FEATURES)
    for (int64_t l = 0; l < BLOCK; l += LANES) {
      words drawn[4];
      philox_lanes(d, &keys, (uint32_t)(f / DROPOUT_FEATURES), d->row + (uint32_t)l, drawn);
      UNROLL for (int i = 0; i < DROPOUT_FEATURES; i++) {
        // Compares the upper half of the word. The lower half is shifted there first.
        words decision = i % 2 ? drawn[i / 2] : drawn[i / 2] << 16;
        mask kept = (mask)(decision >= d->threshold << 16);
        *(lane_bytes *)(workspace + (f - start + i) * BLOCK + l) = __builtin_convertvector(kept, lane_bytes);
      }
    }
  return workspace + (first - start) * BLOCK;
}

// All `area` values of a channel share one decision.
static void spatial_dropout_block(const whisker_dropout *d, int64_t channels, int64_t area, const float *input,
                                  float *output) {
  float scale = dropout_scale(d);
  uint8_t kept[DROPOUT_FEATURES * BLOCK];
  for (int64_t c = 0; c < channels; c++) {
    if (c % DROPOUT_FEATURES == 0) kept_features(d, c, c + DROPOUT_FEATURES, kept);
    const uint8_t *of_channel = kept + c % DROPOUT_FEATURES * BLOCK;
    for (int64_t i = 0; i < area; i++, input += BLOCK, output += BLOCK)
      for (int64_t l = 0; l < BLOCK; l++) output[l] = of_channel[l] ? input[l] * scale : 0;
  }
}

static void dropout_block(const whisker_dropout *d, int64_t features, const float *input, float *output) {
  float scale = dropout_scale(d);
  uint8_t kept[DROPOUT_FEATURES * BLOCK];
  for (int64_t f = 0; f < features; f += DROPOUT_FEATURES) {
    kept_features(d, f, f + DROPOUT_FEATURES, kept);
    for (int64_t i = 0; i < smaller(DROPOUT_FEATURES, features - f) * BLOCK; i++)
      output[f * BLOCK + i] = kept[i] ? input[f * BLOCK + i] * scale : 0;
  }
}
