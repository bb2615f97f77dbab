// The kernels, written with the compiler's vector types and compiled once per instruction set. The including file defines
// LANES (floats in a vector, a divisor of WHISKER_BLOCK), TILE_ROWS and TILE_VECTORS (the register tile of matrix products),
// MAP_PIXELS and MAP_VECTORS (that of products of a single picture's pixels: 14, 7 or 6, and 2), MAP_IN_ORDER where it fills all registers,
// TABLE (the name of the kernel table), RECIPROCAL and RECIPROCAL_ROOT if the CPU has fast approximations, and UNROLL_DEPTH where
// unrolling by two does not pay.
#include <string.h>

#include "kernels.h"
#include "Elementwise/philox.h"

#define BLOCK WHISKER_BLOCK
#define BLOCK_VECTORS (BLOCK / LANES)

typedef float vector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int8_t lane_bytes __attribute__((vector_size(LANES), aligned(1), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// For the innermost loops of products. By two: with a busy hyperthread, the instruction decoder is the bottleneck.
#ifndef UNROLL_DEPTH
#define UNROLL_DEPTH _Pragma("clang loop unroll_count(2)")
#endif
// For arrays that vectors are stored in: one that crosses a cache line costs twice.
#define ALIGNED __attribute__((aligned(64)))

INLINE vector load(const float *p) { return *(const vector *)p; }
INLINE void store(float *p, vector v) { *(vector *)p = v; }
INLINE vector broadcast(float x) { return x - (vector){0}; }
INLINE vector choose(mask m, vector a, vector b) { return (vector)((m & (mask)a) | (~m & (mask)b)); }
INLINE vector square_root(vector v) { return __builtin_elementwise_sqrt(v); }
// numerator / (sqrt(square) + more)
INLINE vector divide_by_root(vector numerator, vector square, float more) {
#ifdef RECIPROCAL
  // One Newton step each doubles the number of correct digits. Intermediate values must be finite.
  vector root = square * RECIPROCAL_ROOT(square), half = 0.5f * RECIPROCAL_ROOT(square);
  root += half * (square - root * root);
  vector divisor = root + more, reciprocal = RECIPROCAL(divisor);
  return numerator * (reciprocal + reciprocal * (1 - divisor * reciprocal));
#else
  return numerator / (square_root(square) + more);
#endif
}
INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

INLINE float sum_of_lanes(vector v) {
  float lanes[LANES];
  store(lanes, v);
  for (int step = LANES / 2; step > 0; step /= 2)
    for (int l = 0; l < step; l++) lanes[l] += lanes[l + step];
  return lanes[0];
}

#include "Dense/variant_tile.h"
#include "Elementwise/variant_dropout.h"
#include "Elementwise/variant_gaussian.h"
#include "Dense/variant_connect.h"
#include "Elementwise/variant_transpose.h"
#include "Dense/variant_dense.h"
#include "Dense/variant_matrix.h"
#include "Pooled/variant_conv_pool.h"
#include "Pooled/variant_conv_pool_backward.h"
#include "Winograd/variant_winograd.h"
#include "Pooled/variant_conv_winograd.h"
#include "Pooled/variant_conv_argmaxes.h"
#include "Convolution/variant_depthwise.h"
#include "Convolution/variant_convolution.h"
#include "Convolution/variant_convolution_weights.h"
#include "Winograd/variant_winograd_tiles.h"
#include "Winograd/variant_winograd_gradients.h"
#include "Winograd/variant_winograd_grid.h"
#include "Elementwise/variant_norm.h"
#include "Convolution/variant_window.h"
#include "Elementwise/variant_activation.h"
#include "Elementwise/variant_elementwise.h"
#include "Picture/variant_area.h"
#include "Picture/variant_map_multiply.h"
#include "Picture/variant_map.h"
#include "Picture/variant_map_depthwise.h"

#define TABLE_ENTRY(result, function, parameters, arguments) .function = function,

const kernel_table TABLE = {.name = VARIANT_NAME, FOR_EACH_KERNEL(TABLE_ENTRY)};
