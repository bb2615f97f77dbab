#if defined(__x86_64__)
#include <string.h>

#include "kernels.h"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define MAP_PIXELS 6
#define MAP_VECTORS 2
#define VARIANT_NAME "avx2"
#define TABLE whisker_avx2_kernels
#include "variant.h"
#pragma clang attribute pop
#endif
