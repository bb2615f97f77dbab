// Kernels that only copy data or compute sizes, with the same code for every CPU.
#include "CKernels.h"
#include <string.h>

static int64_t padded(int64_t count) { return (count + WHISKER_BLOCK - 1) / WHISKER_BLOCK * WHISKER_BLOCK; }

int64_t whisker_conv_channel_row(int64_t channels) { return padded(channels); }

// For each filter the sums of its taps, and one cache line for its bias.
int64_t whisker_conv_sums(const whisker_conv *s) {
  return s->filters * (s->kernel * s->kernel * whisker_conv_channel_row(s->channels) + WHISKER_BLOCK);
}

void whisker_block_to_rows(int64_t count, int64_t features, const float *block, float *rows) {
  for (int64_t n = 0; n < count; n++)
    for (int64_t f = 0; f < features; f++) rows[n * features + f] = block[f * WHISKER_BLOCK + n];
}

void whisker_vectors_to_block(int64_t features, const uint8_t *const vectors[], float *block) {
  for (int64_t n = 0; n < WHISKER_BLOCK; n++)
    for (int64_t f = 0; f < features; f++)
      memcpy(block + f * WHISKER_BLOCK + n, vectors[n] + f * sizeof(float), sizeof(float));
}

void whisker_rows_to_block(int64_t count, int64_t features, const float *rows, float *block) {
  for (int64_t f = 0; f < features; f++)
    for (int64_t n = 0; n < WHISKER_BLOCK; n++)
      block[f * WHISKER_BLOCK + n] = n < count ? rows[n * features + f] : 0;
}
