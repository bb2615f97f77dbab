// The matrix product. A panel is PANEL columns of c by at most BLOCK_ROWS rows; its columns of b are copied into a
// buffer that stays in the cache, and TILE_ROWS rows at a time are computed in registers.

#define PANEL (TILE_VECTORS * LANES)
#define BLOCK_ROWS 128
#define BLOCK_DEPTH 256

static int64_t gemm_panels(const whisker_gemm *g) {
  return round_up(g->n, PANEL) / PANEL * (round_up(g->m, BLOCK_ROWS) / BLOCK_ROWS);
}

// panel[p, 0..3] = b[0..3, p] for four p at a time: a 4x4 transpose in registers.
INLINE void pack_transposed_four(const float *b, int64_t b_column, float *panel) {
  quad r0 = *(const quad *)b, r1 = *(const quad *)(b + b_column);
  quad r2 = *(const quad *)(b + 2 * b_column), r3 = *(const quad *)(b + 3 * b_column);
  quad a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), c = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
  quad d = __builtin_shufflevector(r2, r3, 0, 4, 1, 5), e = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
  *(quad *)(panel) = __builtin_shufflevector(a, d, 0, 1, 4, 5);
  *(quad *)(panel + PANEL) = __builtin_shufflevector(a, d, 2, 3, 6, 7);
  *(quad *)(panel + 2 * PANEL) = __builtin_shufflevector(c, e, 0, 1, 4, 5);
  *(quad *)(panel + 3 * PANEL) = __builtin_shufflevector(c, e, 2, 3, 6, 7);
}

// panel[depth, PANEL] = b[0..depth, 0..columns], zero beyond.
static void pack(const whisker_gemm *g, const float *b, int64_t depth, int64_t columns, float *panel) {
  if (columns == PANEL && g->b_column == 1) {
    for (int64_t p = 0; p < depth; p++)
      for (int v = 0; v < TILE_VECTORS; v++)
        store(panel + p * PANEL + v * LANES, load(b + p * g->b_row + v * LANES));
    return;
  }
  if (columns == PANEL && g->b_row == 1) {
    int64_t whole = depth / 4 * 4;
    for (int64_t j = 0; j < PANEL; j += 4)
      for (int64_t p = 0; p < whole; p += 4)
        pack_transposed_four(b + j * g->b_column + p, g->b_column, panel + p * PANEL + j);
    for (int64_t p = whole; p < depth; p++)
      for (int64_t j = 0; j < PANEL; j++) panel[p * PANEL + j] = b[p + j * g->b_column];
    return;
  }
  for (int64_t p = 0; p < depth; p++) {
    for (int64_t j = 0; j < columns; j++) panel[p * PANEL + j] = b[p * g->b_row + j * g->b_column];
    for (int64_t j = columns; j < PANEL; j++) panel[p * PANEL + j] = 0;
  }
}

// c[rows, PANEL] (+)= a[rows, depth] * panel[depth, PANEL], with rows known when compiled.
INLINE void tile(const int rows, int64_t depth, const float *a, int64_t a_row, int64_t a_column,
                 const float *panel, float *c, int64_t c_row, int add) {
  vector sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < TILE_VECTORS; v++)
      sum[r][v] = add ? load(c + r * c_row + v * LANES) : (vector){0};
  for (int64_t p = 0; p < depth; p++) {
    vector b[TILE_VECTORS];
    UNROLL for (int v = 0; v < TILE_VECTORS; v++) b[v] = load(panel + p * PANEL + v * LANES);
    UNROLL for (int r = 0; r < rows; r++) {
      vector x = broadcast(a[r * a_row + p * a_column]);
      UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[r][v] += x * b[v];
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < TILE_VECTORS; v++) store(c + r * c_row + v * LANES, sum[r][v]);
}

static void tiles(const whisker_gemm *g, int64_t rows, int64_t depth, const float *a, const float *panel, float *c,
                  int64_t c_row, int add) {
  int64_t r = 0;
  for (; r + TILE_ROWS <= rows; r += TILE_ROWS)
    tile(TILE_ROWS, depth, a + r * g->a_row, g->a_row, g->a_column, panel, c + r * c_row, c_row, add);
  for (; r + 2 <= rows; r += 2)
    tile(2, depth, a + r * g->a_row, g->a_row, g->a_column, panel, c + r * c_row, c_row, add);
  for (; r < rows; r++)
    tile(1, depth, a + r * g->a_row, g->a_row, g->a_column, panel, c + r * c_row, c_row, add);
}

static void add_bias(int64_t rows, int64_t columns, const float *bias, float *c, int64_t c_row) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < columns; j++) c[r * c_row + j] += bias[j];
}

// A panel at the right edge is narrower than a tile: it is computed in a buffer of full width.
static void edge_tiles(const whisker_gemm *g, int64_t rows, int64_t columns, int64_t depth, const float *a,
                       const float *panel, float *c, int add) {
  float wide[BLOCK_ROWS * PANEL];
  if (add)
    for (int64_t r = 0; r < rows; r++) {
      memset(wide + r * PANEL, 0, sizeof(float) * PANEL);
      memcpy(wide + r * PANEL, c + r * g->c_row, sizeof(float) * (size_t)columns);
    }
  tiles(g, rows, depth, a, panel, wide, PANEL, add);
  for (int64_t r = 0; r < rows; r++)
    memcpy(c + r * g->c_row, wide + r * PANEL, sizeof(float) * (size_t)columns);
}

static void gemm_run(const whisker_gemm *g, int64_t first_panel, int64_t end_panel) {
  float panel[BLOCK_DEPTH * PANEL];
  int64_t across = round_up(g->n, PANEL) / PANEL;
  for (int64_t i = first_panel; i < end_panel; i++) {
    int64_t row = i / across * BLOCK_ROWS, column = i % across * PANEL;
    int64_t rows = smaller(g->m - row, BLOCK_ROWS), columns = smaller(g->n - column, PANEL);
    float *c = g->c + row * g->c_row + column;
    for (int64_t p = 0; p < g->k; p += BLOCK_DEPTH) {
      int64_t depth = smaller(g->k - p, BLOCK_DEPTH);
      const float *a = g->a + row * g->a_row + p * g->a_column;
      int add = g->accumulate || p > 0;
      pack(g, g->b + p * g->b_row + column * g->b_column, depth, columns, panel);
      if (columns == PANEL)
        tiles(g, rows, depth, a, panel, c, g->c_row, add);
      else
        edge_tiles(g, rows, columns, depth, a, panel, c, add);
    }
    if (g->bias) add_bias(rows, columns, g->bias + column, c, g->c_row);
  }
}
