#if defined(__aarch64__)
#include <string.h>

#include "kernels.h"
// A vector is two registers, so that every sum has the order that it has with AVX2, and the same bits: arm64 always has fused
// multiply-add. A tile is 24 of the 32 registers.
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define MAP_PIXELS 6
#define MAP_VECTORS 2
// Unrolled by two, the loop needs a few registers more than there are.
#define UNROLL_DEPTH _Pragma("clang loop unroll(disable)")
#define VARIANT_NAME "neon"
#define TABLE whisker_neon_kernels
#include "variant.h"
#endif
