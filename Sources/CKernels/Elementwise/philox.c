#include "philox.h"
#include "CKernels.h"

// The number of blocks computed together, which hides the latency of the multiplications.
#define LANES 8

typedef struct {
  uint32_t word[4][LANES];
} philox_lanes;

static inline __attribute__((always_inline)) void run_rounds(uint64_t key, int lanes, philox_lanes *state) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  uint32_t *c0 = state->word[0], *c1 = state->word[1], *c2 = state->word[2], *c3 = state->word[3];
  for (int round = 0; round < PHILOX_ROUNDS; round++) {
    for (int lane = 0; lane < lanes; lane++) {
      uint64_t p0 = (uint64_t)PHILOX_M0 * c0[lane];
      uint64_t p1 = (uint64_t)PHILOX_M1 * c2[lane];
      c0[lane] = (uint32_t)(p1 >> 32) ^ c1[lane] ^ k0;
      c2[lane] = (uint32_t)(p0 >> 32) ^ c3[lane] ^ k1;
      c1[lane] = (uint32_t)p1;
      c3[lane] = (uint32_t)p0;
    }
    k0 += PHILOX_W0;
    k1 += PHILOX_W1;
  }
}

void whisker_philox(uint64_t key, const uint32_t counter[4], uint32_t words[4]) {
  philox_lanes state;
  for (int i = 0; i < 4; i++) state.word[i][0] = counter[i];
  run_rounds(key, 1, &state);
  for (int i = 0; i < 4; i++) words[i] = state.word[i][0];
}

void whisker_philox_blocks(uint64_t key, const uint32_t counter[4], int64_t blocks, uint32_t *words) {
  int64_t block = 0;
  for (; block + LANES <= blocks; block += LANES) {
    philox_lanes state;
    for (int lane = 0; lane < LANES; lane++) {
      state.word[0][lane] = counter[0] + (uint32_t)(block + lane);
      for (int i = 1; i < 4; i++) state.word[i][lane] = counter[i];
    }
    run_rounds(key, LANES, &state);
    for (int lane = 0; lane < LANES; lane++) {
      for (int i = 0; i < 4; i++) words[4 * (block + lane) + i] = state.word[i][lane];
    }
  }
  for (; block < blocks; block++) {
    uint32_t next[4] = {counter[0] + (uint32_t)block, counter[1], counter[2], counter[3]};
    whisker_philox(key, next, words + 4 * block);
  }
}
