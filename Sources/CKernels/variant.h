// The kernels, written once with the compiler's vector types and compiled once per instruction set. The including
// file defines LANES (floats in a vector), TILE_ROWS and TILE_VECTORS (the register tile of the matrix product),
// POOLED_AT_ONCE (pooled outputs per step of the fused convolution) and TABLE (the name of the table).
#include <string.h>

#include "kernels.h"
#include "philox.h"

typedef float vector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vector load(const float *p) { return *(const vector *)p; }
INLINE void store(float *p, vector v) { *(vector *)p = v; }
INLINE vector broadcast(float x) { return x - (vector){0}; }
INLINE vector choose(mask m, vector a, vector b) { return (vector)((m & (mask)a) | (~m & (mask)b)); }
INLINE int64_t round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }
INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

#include "variant_gemm.h"
#include "variant_conv.h"
#include "variant_elementwise.h"

const kernel_table TABLE = {
    .name = VARIANT_NAME,
    .gemm_panels = gemm_panels,
    .gemm_run = gemm_run,
    .conv_pool_layout_size = conv_pool_layout_size,
    .conv_pool_layout = conv_pool_layout,
    .conv_pool_choice_size = conv_pool_choice_size,
    .conv_pool_scratch_size = conv_pool_scratch_size,
    .conv_pool_forward = conv_pool_forward,
    .conv_pool_backward = conv_pool_backward,
    .relu_forward = relu_forward,
    .relu_backward = relu_backward,
    .dropout = dropout,
    .bytes_to_floats = bytes_to_floats,
    .sum_rows = sum_rows,
    .adam = adam,
    .sgd = sgd,
};
