#if !__has_include(<webp/decode.h>)
#error "libwebp's headers are missing: run scripts/setup, or install libwebp-dev"
#endif
#include "CBench.h"

#include <stdlib.h>

#include <webp/decode.h>

#include "read_file.h"

int cbench_decode_webp(const char *path) {
  size_t size = 0;
  int width, height;
  unsigned char *bytes = cbench_read_file(path, &size);
  uint8_t *pixels = bytes ? WebPDecodeRGB(bytes, size, &width, &height) : NULL;
  int status = pixels ? 0 : -1;
  WebPFree(pixels);
  free(bytes);
  return status;
}
