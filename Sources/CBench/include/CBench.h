// What the machine can do at most, for the benchmark to compare with.
#ifndef CBENCH_H
#define CBENCH_H

#include <stdint.h>

// The multiply-adds of this thread with nothing but registers at work: a float of each of that many vectors is
// multiplied and added to `rounds` times, with the widest instructions that this CPU has. Returns the floating-point
// operations done.
double cbench_multiply_and_add(int64_t rounds);

// Decodes a JPEG file to gray with nothing but libjpeg, at the smallest scale that leaves 56 pixels on both sides, and
// throws the rows away. Returns 0, or -1 where the file cannot be read. A file that is no JPEG ends the process.
int cbench_decode_jpeg(const char *path);

#endif
