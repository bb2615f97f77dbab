#if !__has_include(<zlib.h>)
#error "zlib's headers are missing: run scripts/setup, or install zlib1g-dev"
#endif
#include "png_chunks.h"

#include <string.h>
#include <zlib.h>

#include "bytes.h"

// The sizes around a chunk's data: its length and type before it, its checksum after it.
enum { SIGNATURE = 8, HEAD = 8, TAIL = 4 };

whisker_png_chunk whisker_png_find_chunk(const uint8_t *bytes, size_t count, const char *type, const char *end,
                                         uint32_t limit) {
  whisker_png_chunk none = {0};
  size_t at = SIGNATURE;
  while (at < count && count - at >= HEAD + TAIL) {
    const uint8_t *head = bytes + at, *data = head + HEAD;
    uint32_t length = whisker_big_endian(head);
    if (length > count - at - HEAD - TAIL || !memcmp(head + 4, end, 4)) return none;
    if (!memcmp(head + 4, type, 4) && length <= limit) {
      // The checksum covers the type as well (PNG standard, 5.3).
      uLong sum = crc32(crc32(0, NULL, 0), head + 4, length + 4);
      return (whisker_png_chunk){data, length, sum == whisker_big_endian(data + length)};
    }
    at += HEAD + length + TAIL;
  }
  return none;
}
