// Compares a variant of the kernels with the portable one. A group of cases runs kernels on buffers of random numbers and keeps
// their results; it runs once for each of the two variants.
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "kernels.h"

#define BLOCK WHISKER_BLOCK
#define COUNT(array) (int64_t)(sizeof(array) / sizeof *(array))

#define KERNEL_NUMBER(result, name, parameters, arguments) NUMBER_OF_##name,
enum { FOR_EACH_KERNEL(KERNEL_NUMBER) KERNEL_COUNT };

// The number KERNEL_COUNT stands for all functions that are not compiled for each variant.

// The variant that runs.
extern const kernel_table *kernels;

// Calls a kernel of that variant. The results that are kept next are its own.
#define RUN(name, ...) (begin_kernel(NUMBER_OF_##name), kernels->name(__VA_ARGS__))
void begin_kernel(int number);

// Buffers, until the case ends. An inaccessible page follows each, so reading or writing beyond its end is a crash.
void end_case(void);
float *random_floats(int64_t count);                     // from -1 to 1
float *sparse_floats(int64_t count);                     // the same, and half of them zero
uint8_t *random_bytes(int64_t count);
uint8_t *random_choices(int64_t count, int64_t kinds);   // 2 times a number below `kinds`
float *unset_floats(int64_t count);
void *unset_bytes(int64_t count);
float *zero_floats(int64_t count);

// The bounds of the differences, relative to the largest value of a result: of sums, and of Winograd's algorithm.
#define SUM_BOUND 2e-6
#define WINOGRAD_BOUND 2e-5
void keep(const float *values, int64_t count, double bound);
void keep_doubles(const double *values, int64_t count, double bound);
// Results without rounding, or rounded once.
void keep_exactly(const void *values, int64_t bytes);

static inline int64_t padded(int64_t count) { return (count + BLOCK - 1) / BLOCK * BLOCK; }

void check_common(void);
void check_elementwise(void);
void check_dropout(void);
void check_dense(void);
void check_conv_pool(void);
void check_conv_argmaxes(void);
void check_convolutions(void);
void check_winograd(void);
void check_norm(void);
void check_windows(void);
void check_maps(void);

#endif
