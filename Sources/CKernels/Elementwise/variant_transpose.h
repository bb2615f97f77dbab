// Transposition of 16 x 16 floats, from [features, samples] of a block to [samples, features] and back.

#if LANES == 8
typedef float half_vector __attribute__((vector_size(LANES * 2), aligned(4), may_alias));

// Transposes 8 x 8 floats: 16 x 16 would need 32 registers, and AVX2 has 16. A vector is loaded from two rows, because exchanging
// halves of registers costs more.
INLINE void transpose_quarter(const float *from, int64_t from_row, float *to, int64_t to_row) {
  UNROLL for (int half = 0; half < LANES; half += LANES / 2) {
    vector rows[LANES / 2], pairs[LANES / 2];
    UNROLL for (int i = 0; i < LANES / 2; i++) {
      half_vector low = *(const half_vector *)(from + i * from_row + half);
      half_vector high = *(const half_vector *)(from + (i + LANES / 2) * from_row + half);
      rows[i] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
    }
    UNROLL for (int i = 0; i < LANES / 2; i += 2) {
      pairs[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
      pairs[i + 1] = __builtin_shufflevector(rows[i], rows[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    UNROLL for (int i = 0; i < LANES / 2; i++) {
      vector a = pairs[i / 2], b = pairs[i / 2 + 2];
      store(to + (half + i) * to_row, i % 2 ? __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
                                            : __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13));
    }
  }
}

// to[j][i] = from[i][j] for 16 x 16 floats. Rows are from_row and to_row floats apart.
static void transpose(const float *from, int64_t from_row, float *to, int64_t to_row) {
  for (int i = 0; i < BLOCK; i += LANES)
    for (int j = 0; j < BLOCK; j += LANES)
      transpose_quarter(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
}
#else
typedef float block_floats __attribute__((vector_size(BLOCK * 4), aligned(4), may_alias));

// Like zip_rows: four repetitions transpose 16 rows of 16 floats.
INLINE void zip_floats(const block_floats in[BLOCK], block_floats out[BLOCK]) {
  UNROLL for (int i = 0; i < BLOCK / 2; i++) {
    block_floats a = in[i], b = in[i + BLOCK / 2];
    out[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    out[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
}

// to[j][i] = from[i][j] for 16 x 16 floats. Rows are from_row and to_row floats apart.
static void transpose(const float *from, int64_t from_row, float *to, int64_t to_row) {
  block_floats rows[BLOCK], zipped[BLOCK];
  UNROLL for (int i = 0; i < BLOCK; i++) rows[i] = *(const block_floats *)(from + i * from_row);
  zip_floats(rows, zipped);
  zip_floats(zipped, rows);
  zip_floats(rows, zipped);
  zip_floats(zipped, rows);
  UNROLL for (int i = 0; i < BLOCK; i++) *(block_floats *)(to + i * to_row) = rows[i];
}
#endif

// Like transpose, from min(rows, 16) rows. Missing rows are read as zeros.
static void transpose_rows(int64_t rows, const float *from, int64_t from_row, float *to, int64_t to_row) {
  if (rows >= BLOCK) return transpose(from, from_row, to, to_row);
  float filled[BLOCK * BLOCK] = {0};
  for (int64_t i = 0; i < rows; i++) memcpy(filled + i * BLOCK, from + i * from_row, sizeof(float) * BLOCK);
  transpose(filled, BLOCK, to, to_row);
}

// Like transpose, to min(rows, 16) rows.
static void transpose_into_rows(int64_t rows, const float *from, int64_t from_row, float *to, int64_t to_row) {
  if (rows >= BLOCK) return transpose(from, from_row, to, to_row);
  float all[BLOCK * BLOCK];
  transpose(from, from_row, all, BLOCK);
  for (int64_t i = 0; i < rows; i++) memcpy(to + i * to_row, all + i * BLOCK, sizeof(float) * BLOCK);
}
