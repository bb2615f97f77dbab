// Products of a tile of a single picture's map: the sums of some pixels and vectors of filters stay in registers.

// A tile of at most MAP_FEW pixels can have more vectors.
#define MAP_WIDE 3
#define MAP_FEW (MAP_PIXELS * MAP_VECTORS / MAP_WIDE)

#ifdef MAP_IN_ORDER
// A tile fetches two of eight cache lines, because a core waits for few at once, and other loads need some of them. The next tiles
// fetch the others.
#define MAP_FETCHES(panels) 4
#define MAP_FETCH_STEP(panel) (2 * BLOCK)

// The pointers of a product: to the tile's first pixel, to the sixth, and to the weights of two vectors and of a third.
typedef struct {
  const float *in, *far, *pair, *third;
} map_places;

// sum[x][v] += value p of pixel x, `pixel` floats apart, times the weights p. The sums of a full tile of two vectors leave registers
// for one value and one vector of weights; the other vector is an operand in memory then.
INLINE void map_multiply_value(const int pixels, const int vectors, int64_t p, int64_t pixel, map_places *at,
                               vector sum[][MAP_WIDE]) {
  vector first = load(at->pair + p * BLOCK), second = load(at->pair + p * BLOCK + LANES), third = {0};
  if (vectors > 2) third = load(at->third + p * BLOCK);
  UNROLL for (int x = 0; x < pixels; x++) {
    // A constant distance needs one pointer. Otherwise two, five pixels apart, reach all pixels with a scaled index.
    const float *one = at->in + x * pixel, *of_two = x < 5 ? at->in + (x == 3 ? 3 * pixel : x * pixel) : at->far + (x - 5) * pixel;
    vector value = broadcast((__builtin_constant_p(pixel) ? one : of_two)[p]);
    if (pixels == MAP_PIXELS) second = load(at->pair + p * BLOCK + LANES);
    sum[x][0] += value * first;
    sum[x][1] += value * second;
    if (vectors > 2) sum[x][2] += value * third;
    MAP_IN_ORDER(sum[x], at->in, at->pair);
    if (vectors > 2) MAP_IN_ORDER((sum[x] + 1), at->in, at->third);
    if (!__builtin_constant_p(pixel)) MAP_IN_ORDER(sum[x], at->in, at->far);
  }
}

// The same for p = 0 ..< depth, in this order.
INLINE void map_multiply(const int pixels, const int vectors, int64_t depth, const float *first, int64_t pixel,
                         const float *const weights[], const float *ahead, vector sum[][MAP_WIDE]) {
  map_places at = {first, __builtin_constant_p(pixel) ? first : first + 5 * pixel, weights[0], weights[0]};
  if (vectors > 2) at.third = weights[2];
  int fetches = ahead != at.pair;
  for (; depth >= 8; depth -= 8) {
    if (fetches) {
      UNROLL for (int64_t p = 0; p < 2; p++) __builtin_prefetch(ahead + p * BLOCK, 0, 2);
      ahead += 8 * BLOCK;
    }
    UNROLL for (int64_t p = 0; p < 8; p++) map_multiply_value(pixels, vectors, p, pixel, &at, sum);
    at.in += 8, at.far += 8, at.pair += 8 * BLOCK, at.third += 8 * BLOCK;
  }
  for (; depth > 0; depth--) {
    map_multiply_value(pixels, vectors, 0, pixel, &at, sum);
    at.in++, at.far++, at.pair += BLOCK, at.third += BLOCK;
  }
}
#else
// A tile fetches a panel.
#define MAP_FETCHES(panels) (panels)
#define MAP_FETCH_STEP(panel) (panel)

// sum[x][v] += the values of pixel x, `pixel` floats apart, times weights, in the order of the depth.
INLINE void map_multiply(const int pixels, const int vectors, int64_t depth, const float *first, int64_t pixel,
                         const float *const weights[], const float *ahead, vector sum[][MAP_WIDE]) {
  // A constant distance needs one pointer. Otherwise three, five pixels apart, reach all pixels of a tile with a scaled index.
  int64_t step = pixel * (int64_t)sizeof(float), third = 3 * step;
  const char *in[3];
  in[0] = (const char *)first;
  in[1] = in[0] + 5 * step;
  in[2] = in[1] + 5 * step;
  UNROLL_DEPTH for (int64_t p = 0; p < depth; p++) {
    __asm__("" : "+r"(in[0]));
    if (!__builtin_constant_p(pixel)) __asm__("" : "+r"(in[1]), "+r"(in[2]));
    vector w[MAP_WIDE];
    UNROLL for (int v = 0; v < vectors; v++) w[v] = load(weights[v] + p * BLOCK);
    __builtin_prefetch(ahead + p * BLOCK, 0, 2);
    UNROLL for (int x = 0; x < pixels; x++) {
      const char *one = in[0] + x * step, *of_three = in[x / 5] + (x % 5 == 3 ? third : x % 5 * step);
      vector value = broadcast(*(const float *)(__builtin_constant_p(pixel) ? one : of_three));
      UNROLL for (int v = 0; v < vectors; v++) sum[x][v] += value * w[v];
    }
    UNROLL for (int i = 0; i < 3; i++) in[i] += sizeof(float);
  }
}
#endif
