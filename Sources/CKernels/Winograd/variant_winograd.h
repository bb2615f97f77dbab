// Winograd's F(T x T, 3 x 3) (Lavin & Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): a tile of T x T
// outputs needs (T + 2)² products per channel and filter instead of 9 T². Kernel and patch are treated as polynomials, which
// are multiplied by their values at the points 0, 1, -1, 2 and -2; for T = 5 and 6 also at 1/2 and -1/2; for T = 4 and 6 also
// at infinity. The rounding error is about ten times that of direct convolution in single precision.

#define WINOGRAD_LARGEST 6
#define WINOGRAD_SIDE(tile) ((tile) + 2)
#define WINOGRAD_PLACES(tile) (WINOGRAD_SIDE(tile) * WINOGRAD_SIDE(tile))
// The number of pairs of points besides zero, and whether infinity is a point.
#define WINOGRAD_PAIRS(tile) ((tile) == 4 ? 2 : 3)
#define WINOGRAD_INFINITY(tile) ((tile) != 5)

// [pair, exponent]: the powers of the points.
static const float WINOGRAD_POWERS[3][WINOGRAD_LARGEST] = {
    {1, 1, 1, 1, 1, 1}, {1, 2, 4, 8, 16, 32}, {1, 0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f}};
// [pairs - 2, exponent / 2]: the product of (x² - p²) over the points p.
static const float WINOGRAD_ALL[2][4] = {{4, -5, 1}, {-1, 5.25f, -5.25f, 1}};
// [pairs - 2, pair, exponent / 2]: the same without the factor of the pair itself.
static const float WINOGRAD_OTHERS[2][3][3] = {{{-4, 1}, {-1, 1}}, {{1, -4.25f, 1}, {0.25f, -1.25f, 1}, {4, -5, 1}}};
// [pairs - 2, pair] and, for zero, [pairs - 2]: the reciprocals of the differences between a point and all others.
static const float WINOGRAD_SHARES[2][3] = {{-1 / 6.f, 1 / 24.f}, {-2 / 9.f, 1 / 90.f, 32 / 45.f}};
static const float WINOGRAD_ZERO_SHARE[2] = {0.25f, -1};

// G g of the three values of a kernel, `step` apart.
INLINE void winograd_kernel(const int tile, const vector *g, int step, vector *out) {
  const int pairs = WINOGRAD_PAIRS(tile);
  out[0] = WINOGRAD_ZERO_SHARE[pairs - 2] * g[0];
  UNROLL for (int k = 0; k < pairs; k++) {
    const float *powers = WINOGRAD_POWERS[k], share = WINOGRAD_SHARES[pairs - 2][k];
    vector even = share * (g[0] + powers[2] * g[2 * step]), odd = share * powers[1] * g[step];
    out[2 * k + 1] = even + odd;
    out[2 * k + 2] = even - odd;
  }
  if (WINOGRAD_INFINITY(tile)) out[2 * pairs + 1] = g[2 * step];
}

// The sum of every second d times the factors, of which the last is 1.
INLINE vector winograd_polynomial(const int terms, const float *factors, const vector *d) {
  vector sum = d[2 * (terms - 1)];
  UNROLL for (int i = 0; i < terms - 1; i++) sum += factors[i] * d[2 * i];
  return sum;
}

// Bᵀ d of a row or column of a patch.
INLINE void winograd_patch(const int tile, const vector *d, vector *out) {
  const int pairs = WINOGRAD_PAIRS(tile);
  const float *all = WINOGRAD_ALL[pairs - 2];
  out[0] = winograd_polynomial(pairs + 1, all, d);
  UNROLL for (int k = 0; k < pairs; k++) {
    const float *others = WINOGRAD_OTHERS[pairs - 2][k], point = WINOGRAD_POWERS[k][1];
    vector even = winograd_polynomial(pairs, others, d + 2), odd = winograd_polynomial(pairs, others, d + 1);
    out[2 * k + 1] = even + point * odd;
    out[2 * k + 2] = even - point * odd;
  }
  if (WINOGRAD_INFINITY(tile)) out[2 * pairs + 1] = winograd_polynomial(pairs + 1, all, d + 1);
}

// Aᵀ m of products.
INLINE void winograd_sums(const int tile, const vector *m, vector *out) {
  const int pairs = WINOGRAD_PAIRS(tile);
  vector even[3], odd[3];
  UNROLL for (int k = 0; k < pairs; k++) {
    even[k] = m[2 * k + 1] + m[2 * k + 2];
    odd[k] = m[2 * k + 1] - m[2 * k + 2];
  }
  UNROLL for (int j = 0; j < tile; j++) {
    const vector *part = j % 2 ? odd : even;
    vector sum = part[0];
    UNROLL for (int k = 1; k < pairs; k++) sum += WINOGRAD_POWERS[k][j] * part[k];
    if (j == 0) sum += m[0];
    if (j == tile - 1 && WINOGRAD_INFINITY(tile)) sum += m[2 * pairs + 1];
    out[j] = sum;
  }
}
