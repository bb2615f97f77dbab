// The peak performance of the machine, as a reference for the benchmarks.
#ifndef CBENCH_H
#define CBENCH_H

#include <stdint.h>

// Multiply-adds in registers only, on the calling thread, `rounds` times, with the vectors of kernels that this CPU supports:
// "avx512", "avx2", "neon" or "portable". Returns the number of floating-point operations.
double cbench_multiply_and_add(int64_t rounds, const char *kernels);

// Decodes a JPEG file to gray with libjpeg alone, at the smallest scale with at least 56 pixels on both sides, and discards
// the rows. Returns 0, or -1 if the file cannot be read. A file that is not a JPEG ends the process.
int cbench_decode_jpeg(const char *path);

// Decodes a WebP file to RGB with libwebp alone, and discards the pixels. Returns 0, or -1 if it cannot be read or decoded.
int cbench_decode_webp(const char *path);

#endif
