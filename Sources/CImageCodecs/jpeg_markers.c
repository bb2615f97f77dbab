#include "jpeg_markers.h"

enum { TEM = 0x01, RST0 = 0xD0, RST7 = 0xD7, SOI = 0xD8, EOI = 0xD9 };

// Whether a marker is followed by a length and as many bytes (ITU-T T.81, table B.1).
static int has_segment(uint8_t marker) { return marker != TEM && (marker < RST0 || marker > EOI); }

// Within a scan, 0xFF is followed by zero or belongs to a restart; before a marker it may be repeated.
static int is_marker(const uint8_t *bytes) {
  uint8_t marker = bytes[1];
  return bytes[0] == 0xFF && marker != 0 && marker != 0xFF && (marker < RST0 || marker > RST7);
}

size_t whisker_jpeg_last_marker(const uint8_t *bytes, size_t count, size_t end) {
  size_t last = 0, at = 0;
  for (;;) {
    while (at + 1 < count && !is_marker(bytes + at)) at++;
    if (at + 1 >= count || at >= end) return last;
    last = at;
    at += 2;
    if (has_segment(bytes[last + 1]) && at + 1 < count) at += (size_t)(bytes[at] << 8 | bytes[at + 1]);
  }
}
