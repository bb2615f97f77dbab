// What is the same code for every variant, compared between architectures only: random numbers, hashes, histograms, copies.
#include "check.h"

static void numbers(void) {
  const uint32_t counter[4] = {4294967290u, 1, 2, 3};
  for (int64_t blocks = 1; blocks < 40; blocks += 9) {
    uint32_t *words = unset_bytes(blocks * 16);
    whisker_philox_blocks(0x0123456789ABCDEF, counter, blocks, words);
    keep_exactly(words, blocks * 16);
  }
  whisker_pause();
  // A denormal counts as zero.
  volatile float denormal = 0x1p-140f, product = denormal * 0x1p20f, small = 0x1p-100f, underflow = small * 0x1p-40f;
  keep_exactly(&(float){product}, sizeof product);
  keep_exactly(&(float){underflow}, sizeof underflow);
}

static void hashes(void) {
  static const int64_t sizes[] = {0, 1, 3, 4, 8, 9, 16, 17, 33, 128, 129, 200, 240, 241, 1023, 1024, 1025, 5000};
  for (int64_t i = 0; i < COUNT(sizes); i++) {
    whisker_hash hash = whisker_hash_of(random_bytes(sizes[i]), (size_t)sizes[i]);
    keep_exactly(&hash, sizeof hash);
  }
}

static void distributions(int64_t count) {
  const int64_t buckets = 7;
  float *values = random_floats(count), least = INFINITY, most = -INFINITY;
  double sums[2] = {0};
  whisker_extent(count, values, &least, &most, &sums[0], &sums[1]);
  keep(&least, 1, SUM_BOUND);
  keep(&most, 1, SUM_BOUND);
  keep_doubles(sums, 2, SUM_BOUND);
  uint32_t *counts = (uint32_t *)zero_floats(8 * buckets);
  whisker_histogram(count, values, -0.9f, 3.5f, buckets, counts);
  keep_exactly(counts, 8 * buckets * 4);
}

static void copies(int64_t count, int64_t features) {
  float *rows = random_floats(count * features), *block = unset_floats(features * BLOCK);
  whisker_rows_to_block(count, features, rows, block);
  keep_exactly(block, features * BLOCK * 4);
  whisker_block_to_rows(count, features, block, rows);
  keep_exactly(rows, count * features * 4);
  const uint8_t *vectors[BLOCK];
  for (int64_t l = 0; l < BLOCK; l++) vectors[l] = random_bytes(features * 4 + 1) + 1;
  whisker_vectors_to_block(features, vectors, block);
  keep_exactly(block, features * BLOCK * 4);
}

// A picture of 3 channels, packed filters of a grouped convolution, and a border.
static void maps(void) {
  float *values = random_floats(3 * 20), *spread = unset_floats(20 * BLOCK), *flat = unset_floats(3 * 20);
  whisker_map_spread(20, 3, values, spread);
  keep_exactly(spread, 20 * BLOCK * 4);
  whisker_map map = {spread, 5 * BLOCK, 20 * BLOCK};
  whisker_map_flatten(3, 4, 5, &map, flat);
  keep_exactly(flat, 3 * 20 * 4);
  const int32_t first_in[3] = {0, 0, 1};
  const whisker_map_filters filters = {36, 10, 9, 3, 2, BLOCK, 14, first_in};
  double scale[36];
  for (int i = 0; i < 36; i++) scale[i] = 1 + i / 7.0;
  float *packed = unset_floats(3 * 9 * 30 * BLOCK);
  whisker_map_pack(&filters, random_floats(36 * 10 * 9), scale, packed);
  keep_exactly(packed, 3 * 9 * 30 * BLOCK * 4);
  whisker_map bordered = {random_floats(7 * 8 * BLOCK), 8 * BLOCK, 7 * 8 * BLOCK};
  const whisker_map_border border = {1, 4, 5, 1, 1, 2, 2, BLOCK};
  map = bordered;
  map.values += 9 * BLOCK;
  whisker_map_clear_border(&border, &map);
  keep_exactly(bordered.values, 7 * 8 * BLOCK * 4);
}

void check_common(void) {
  begin_kernel(KERNEL_COUNT);
  numbers();
  hashes();
  for (int64_t count = 1; count < 50; count += 6) distributions(count);
  copies(5, 7);
  copies(BLOCK, 33);
  maps();
  end_case();
}
