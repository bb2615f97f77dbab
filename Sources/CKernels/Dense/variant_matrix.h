// Products of matrices, row by row, for the optimizer. Rows and columns are multiples of B.

// The depth at which three vectors of the right matrix are about as large as the L1 cache.
#define MATRIX_DEPTH 192

static void matrix_multiply(const whisker_matrix_product *s, const float *left, const float *right, float *result) {
  for (int64_t d = 0, depth; d < s->depth; d += depth) {
    depth = smaller(MATRIX_DEPTH, s->depth - d);
    for (int64_t j = 0, vectors; j < s->columns / LANES; j += vectors) {
      vectors = tile_vectors(s->columns / LANES - j);
      const float *in[TILE_VECTORS];
      for (int64_t v = 0; v < vectors; v++) in[v] = right + d * s->right_row + (j + v) * LANES;
      for (int64_t r = 0, rows; r < s->rows; r += rows) {
        rows = tile_rows(s->rows - r);
        float *out[TILE_VECTORS];
        for (int64_t v = 0; v < vectors; v++) out[v] = result + r * s->result_row + (j + v) * LANES;
        product(rows, vectors, depth, left + r * s->left_row + d, s->left_row, 1, in, s->right_row, out, s->result_row,
                d > 0);
      }
    }
  }
}

static void matrix_transpose(int64_t rows, int64_t columns, const float *from, int64_t from_row, float *to,
                             int64_t to_row) {
  for (int64_t r = 0; r < rows; r += BLOCK)
    for (int64_t c = 0; c < columns; c += BLOCK) transpose(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
}
