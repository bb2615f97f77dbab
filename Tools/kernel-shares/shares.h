// Measures the kernels that are bound by products: their share of the multiply-adds that a core can do.
#ifndef SHARES_H
#define SHARES_H

#include "kernels.h"

#define BLOCK WHISKER_BLOCK

// The variant that is measured.
extern const kernel_table *kernels;

// Aligned numbers from -1/2 to 1/2, until the case ends.
void *memory(int64_t bytes);
float *floats(int64_t count);
// The same, three quarters of them zero, as is a gradient after ReLU and a dropout of one half.
float *sparse_floats(int64_t count);

// Prints the rate of a kernel and its share of the peak; then frees the memory. `operations` are those of a call: two for each
// multiply-add of its products, none for what surrounds them. The name is a printf format.
typedef void work(void *context);
__attribute__((format(printf, 4, 5))) void measure(double operations, work *run, void *context, const char *name, ...);

void measure_dense(void);
void measure_pooled(void);
void measure_convolutions(void);
void measure_pictures(void);
void measure_winograd_parts(void);

#endif
