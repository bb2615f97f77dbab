#if defined(__x86_64__)
#include <string.h>

#include "kernels.h"
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define VARIANT_NAME "avx512"
#define TABLE whisker_avx512_kernels
#include "variant.h"
#pragma clang attribute pop
#endif
