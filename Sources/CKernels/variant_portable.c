// For all other CPUs: four lanes (NEON, SSE2). arm64 has more registers.
#define LANES 4
#if defined(__aarch64__)
#define TILE_ROWS 8
#define TILE_VECTORS 2
#else
#define TILE_ROWS 4
#define TILE_VECTORS 2
#endif
#define MAP_PIXELS 6
#define MAP_VECTORS 2
#define VARIANT_NAME "portable"
#define TABLE whisker_portable_kernels
#include "variant.h"
