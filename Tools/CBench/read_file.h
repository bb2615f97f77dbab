#ifndef CBENCH_READ_FILE_H
#define CBENCH_READ_FILE_H

#include <stddef.h>

// The contents of a file, to be freed; NULL if it cannot be read.
unsigned char *cbench_read_file(const char *path, size_t *size);

#endif
