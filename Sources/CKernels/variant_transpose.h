// Transposition of 16 x 16 floats: what lies side by side for the samples of a block, side by side for the features of a
// sample, and back.

typedef float block_floats __attribute__((vector_size(BLOCK * 4), aligned(4), may_alias));

// As zip_rows: four times over, 16 rows of 16 floats are transposed.
INLINE void zip_floats(const block_floats in[BLOCK], block_floats out[BLOCK]) {
  UNROLL for (int i = 0; i < BLOCK / 2; i++) {
    block_floats a = in[i], b = in[i + BLOCK / 2];
    out[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    out[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
}

// to[j][i] = from[i][j] for 16 x 16 floats, whose rows lie so far apart.
static void transpose(const float *from, int64_t from_row, float *to, int64_t to_row) {
  block_floats rows[BLOCK], zipped[BLOCK];
  UNROLL for (int i = 0; i < BLOCK; i++) rows[i] = *(const block_floats *)(from + i * from_row);
  zip_floats(rows, zipped);
  zip_floats(zipped, rows);
  zip_floats(rows, zipped);
  zip_floats(zipped, rows);
  UNROLL for (int i = 0; i < BLOCK; i++) *(block_floats *)(to + i * to_row) = rows[i];
}

// As transpose, of as many rows as there are, up to 16; zeros are read in the place of others.
static void transpose_rows(int64_t rows, const float *from, int64_t from_row, float *to, int64_t to_row) {
  if (rows >= BLOCK) return transpose(from, from_row, to, to_row);
  float filled[BLOCK * BLOCK] = {0};
  for (int64_t i = 0; i < rows; i++) memcpy(filled + i * BLOCK, from + i * from_row, sizeof(float) * BLOCK);
  transpose(filled, BLOCK, to, to_row);
}

// As transpose, to as many rows as there are, up to 16.
static void transpose_into_rows(int64_t rows, const float *from, int64_t from_row, float *to, int64_t to_row) {
  if (rows >= BLOCK) return transpose(from, from_row, to, to_row);
  float all[BLOCK * BLOCK];
  transpose(from, from_row, all, BLOCK);
  for (int64_t i = 0; i < rows; i++) memcpy(to + i * to_row, all + i * BLOCK, sizeof(float) * BLOCK);
}
