#ifndef WHISKER_BYTES_H
#define WHISKER_BYTES_H

#include <stdint.h>

static inline uint32_t whisker_big_endian(const uint8_t bytes[4]) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline uint32_t whisker_little_endian_24(const uint8_t bytes[3]) {
  return (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static inline uint32_t whisker_little_endian(const uint8_t bytes[4]) {
  return (uint32_t)bytes[3] << 24 | whisker_little_endian_24(bytes);
}

#endif
