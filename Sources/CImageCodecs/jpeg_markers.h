#ifndef WHISKER_JPEG_MARKERS_H
#define WHISKER_JPEG_MARKERS_H

#include <stddef.h>
#include <stdint.h>

// The position of the last marker that starts before `end`, going from segment to segment; 0 where there is none.
size_t whisker_jpeg_last_marker(const uint8_t *bytes, size_t count, size_t end);

#endif
