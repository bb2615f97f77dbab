#if !__has_include(<zlib.h>)
#error "zlib's headers are missing: run scripts/setup, or install zlib1g-dev"
#endif
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "output.h"

enum { GZIP_WINDOW_BITS = 15 + 16, UNKNOWN_SYSTEM = 255 };

ciw_status ciw_gzip(const uint8_t *bytes, size_t count, ciw_output *out) {
  ciw_output_clear(out);
  if (count > UINT_MAX) {
    ciw_output_explain(out, "too long for one gzip call");
    return CIW_ENCODER_FAILED;
  }
  z_stream stream;
  gz_header header;
  memset(&stream, 0, sizeof stream);
  memset(&header, 0, sizeof header);
  header.os = UNKNOWN_SYSTEM;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    return ciw_output_fail(out, CIW_OUT_OF_MEMORY);
  }
  deflateSetHeader(&stream, &header);

  size_t capacity = deflateBound(&stream, count);
  out->bytes = malloc(capacity);
  if (!out->bytes || capacity > UINT_MAX) {
    deflateEnd(&stream);
    return ciw_output_fail(out, CIW_OUT_OF_MEMORY);
  }
  stream.next_in = (Bytef *)bytes;
  stream.avail_in = (uInt)count;
  stream.next_out = out->bytes;
  stream.avail_out = (uInt)capacity;
  int result = deflate(&stream, Z_FINISH);
  out->capacity = capacity;
  out->count = stream.total_out;
  deflateEnd(&stream);
  if (result == Z_STREAM_END) return CIW_OK;
  ciw_output_explain(out, "deflate did not finish");
  return ciw_output_fail(out, CIW_ENCODER_FAILED);
}
