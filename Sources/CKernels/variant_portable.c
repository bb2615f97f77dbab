// For all other CPUs, and the reference for the other variants: four lanes. Without fused multiply-add, so that the results do
// not depend on the CPU.
#pragma STDC FP_CONTRACT OFF
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define MAP_PIXELS 6
#define MAP_VECTORS 2
#define VARIANT_NAME "portable"
#define TABLE whisker_portable_kernels
#include "variant.h"
