#if defined(__x86_64__)
#include <string.h>

#include "kernels.h"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define MAP_PIXELS 7
#define MAP_VECTORS 2
// Computes two sums before the next pixel's value is loaded, for which the compiler would run out of registers.
#define MAP_IN_ORDER(sums, first, second) __asm__("" : "+x"(sums[0]), "+x"(sums[1]), "+r"(first), "+r"(second))
#define VARIANT_NAME "avx2"
#define TABLE whisker_avx2_kernels
#include "variant.h"
#pragma clang attribute pop
#endif
