#ifndef WHISKER_PNG_CHUNKS_H
#define WHISKER_PNG_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *data;  // NULL where there is no such chunk
  uint32_t length;
  int is_intact;  // whether its checksum is right
} whisker_png_chunk;

// The first chunk of a type, up to the first of the type `end`. Chunks longer than `limit` are passed over.
whisker_png_chunk whisker_png_find_chunk(const uint8_t *bytes, size_t count, const char *type, const char *end,
                                         uint32_t limit);

#endif
