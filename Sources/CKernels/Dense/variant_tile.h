// The inner kernel of matrix products: a tile of rows x vectors in registers.

// sum[r][v] += a[r, p] * b[v][p] for p = 0 ..< depth, in this order.
INLINE void multiply(const int rows, const int vectors, int64_t depth, const float *a, int64_t a_row,
                     int64_t a_column, const float *const b[], int64_t b_row, vector sum[][TILE_VECTORS]) {
  UNROLL_DEPTH for (int64_t p = 0; p < depth; p++, a += a_column) {
    // Prevents the compiler from loading two columns at once and shuffling them.
    __asm__("" : "+r"(a));
    vector in[TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) in[v] = load(b[v] + p * b_row);
    UNROLL for (int r = 0; r < rows; r++) {
      vector x = broadcast(a[r * a_row]);
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] += x * in[v];
    }
  }
}

// The same for a constant depth; the columns of a are adjacent, and the rows of b are B floats apart. Every address is a constant
// distance from a pointer: an instruction that computes one would take a port that multiply-adds use.
INLINE void multiply_block(const int rows, const int vectors, const int depth, const float *a, int64_t a_row,
                           const float *const b[], vector sum[][TILE_VECTORS]) {
  UNROLL for (int p = 0; p < depth; p++) {
    __asm__("" : "+r"(a));
    vector in[TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) in[v] = load(b[v] + p * BLOCK);
    UNROLL for (int r = 0; r < rows; r++) {
      vector x = broadcast(a[r * a_row + p]);
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] += x * in[v];
    }
  }
}

// c[v][r] (+)= a[r, p] * b[v][p], summed over p.
INLINE void product_tile(const int rows, const int vectors, int64_t depth, const float *a, int64_t a_row,
                         int64_t a_column, const float *const b[], int64_t b_row, float *const c[], int64_t c_row,
                         int accumulate) {
  vector sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = accumulate ? load(c[v] + r * c_row) : (vector){0};
  multiply(rows, vectors, depth, a, a_row, a_column, b, b_row, sum);
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++) store(c[v] + r * c_row, sum[r][v]);
}

// The number of rows of the next tile, given those left: a full tile, FEW_ROWS, or one.
#define FEW_ROWS 4
INLINE int64_t tile_rows(int64_t left) { return left >= TILE_ROWS ? TILE_ROWS : left >= FEW_ROWS ? FEW_ROWS : 1; }

// The number of vectors of the next tile, given those left. The last two tiles are about equal.
INLINE int64_t tile_vectors(int64_t left) {
  return left <= TILE_VECTORS ? left : left < 2 * TILE_VECTORS ? (left + 1) / 2 : TILE_VECTORS;
}

#define TILED_ROWS(function, rows, vectors, ...)       \
  do {                                                 \
    if ((rows) == TILE_ROWS)                           \
      function(TILE_ROWS, vectors, __VA_ARGS__);       \
    else if ((rows) == FEW_ROWS)                       \
      function(FEW_ROWS, vectors, __VA_ARGS__);        \
    else                                               \
      function(1, vectors, __VA_ARGS__);               \
  } while (0)

// Calls a tile function with the numbers of rows and vectors as compile-time constants.
#define TILED(function, rows, vectors, ...)                                \
  do {                                                                     \
    if ((vectors) == TILE_VECTORS)                                         \
      TILED_ROWS(function, rows, TILE_VECTORS, __VA_ARGS__);               \
    else if ((vectors) == TILE_VECTORS - 1)                                \
      TILED_ROWS(function, rows, TILE_VECTORS - 1, __VA_ARGS__);           \
    else                                                                   \
      TILED_ROWS(function, rows, 1, __VA_ARGS__);                          \
  } while (0)

static void product(int64_t rows, int64_t vectors, int64_t depth, const float *a, int64_t a_row, int64_t a_column,
                    const float *const b[], int64_t b_row, float *const c[], int64_t c_row, int accumulate) {
  TILED(product_tile, rows, vectors, depth, a, a_row, a_column, b, b_row, c, c_row, accumulate);
}

// The offset of vector j of a feature, counted over all blocks.
INLINE int64_t lane_offset(int64_t j, int64_t stride) {
  return j / BLOCK_VECTORS * stride + j % BLOCK_VECTORS * LANES;
}
