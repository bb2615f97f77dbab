#ifndef CIMAGEWRITERS_H
#define CIMAGEWRITERS_H

#include <stddef.h>
#include <stdint.h>

// Encoders from memory to memory. Every function returns a ciw_status; on CIW_OK `out` holds the
// encoded bytes, on anything else it is empty and `message` says why. The library errors that unwind
// with longjmp never leave these functions.

typedef enum {
  CIW_OK = 0,
  CIW_OUT_OF_MEMORY = 1,
  CIW_ENCODER_FAILED = 2,
} ciw_status;

enum { CIW_MESSAGE_SIZE = 256 };

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
  char message[CIW_MESSAGE_SIZE];
} ciw_output;

// Releases the bytes and empties `out`; harmless on an empty one.
void ciw_output_free(ciw_output *out);

typedef enum {
  CIW_PNG_GRAY,
  CIW_PNG_GRAY_ALPHA,
  CIW_PNG_RGB,
  CIW_PNG_RGBA,
  CIW_PNG_PALETTE,
} ciw_png_color;

typedef struct {
  uint32_t width, height;
  ciw_png_color color;
  int bit_depth;
  int interlaced;
  const uint8_t *palette;  // red, green, blue of each entry
  int palette_count;
  const uint8_t *palette_alpha;
  int palette_alpha_count;
  int has_color_key;
  uint16_t color_key[3];  // gray uses the first
  const uint8_t *exif;
  size_t exif_count;
} ciw_png_options;

// `rows` is the picture as PNG stores it before filtering: `row_bytes` per row, samples packed most
// significant bit first, 16-bit samples big-endian.
ciw_status ciw_png_encode(const ciw_png_options *options, const uint8_t *rows, size_t row_bytes,
                          ciw_output *out);

typedef enum {
  CIW_JPEG_GRAY,
  CIW_JPEG_YCC,
  CIW_JPEG_RGB,
  CIW_JPEG_CMYK,
  CIW_JPEG_YCCK,
} ciw_jpeg_storage;

typedef struct {
  uint32_t width, height;
  ciw_jpeg_storage storage;
  int quality;
  int progressive;
  int horizontal_subsampling, vertical_subsampling;  // 1, 2 or 4, for the two chroma components
  unsigned restart_interval;                         // in MCUs, 0 for none
  const uint8_t *app1;                               // whole APP1 payload, or null
  size_t app1_count;
} ciw_jpeg_options;

// `pixels` is interleaved, 1, 3 or 4 bytes per pixel as the storage asks, rows without padding.
ciw_status ciw_jpeg_encode(const ciw_jpeg_options *options, const uint8_t *pixels, ciw_output *out);

typedef struct {
  uint32_t width, height;
  int has_alpha;  // whether a pixel has 4 bytes, not 3
  int lossless;
  float quality;  // 0 (smallest) to 100 (best)
} ciw_webp_options;

// A RIFF file with one picture. `pixels` is interleaved, rows without padding.
ciw_status ciw_webp_encode(const ciw_webp_options *options, const uint8_t *pixels, ciw_output *out);

// One gzip member without name or time, so that equal input gives equal output.
ciw_status ciw_gzip(const uint8_t *bytes, size_t count, ciw_output *out);

#endif
