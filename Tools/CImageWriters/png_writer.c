#if !__has_include(<png.h>)
#error "libpng's headers are missing: run scripts/setup, or install libpng-dev"
#endif
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "output.h"

// The state of the callbacks. It is in the caller's frame, so it survives longjmp.
typedef struct {
  ciw_output *out;
  ciw_status status;
} png_sink;

static void on_error(png_structp png, png_const_charp message) {
  png_sink *sink = png_get_error_ptr(png);
  if (sink->status == CIW_OK) sink->status = CIW_ENCODER_FAILED;
  ciw_output_explain(sink->out, message);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
  png_sink *sink = png_get_io_ptr(png);
  if (ciw_output_append(sink->out, bytes, count)) return;
  sink->status = CIW_OUT_OF_MEMORY;
  png_error(png, "out of memory");
}

static void on_flush(png_structp png) { (void)png; }

static int png_color_type(ciw_png_color color) {
  switch (color) {
    case CIW_PNG_GRAY: return PNG_COLOR_TYPE_GRAY;
    case CIW_PNG_GRAY_ALPHA: return PNG_COLOR_TYPE_GRAY_ALPHA;
    case CIW_PNG_RGB: return PNG_COLOR_TYPE_RGB;
    case CIW_PNG_RGBA: return PNG_COLOR_TYPE_RGB_ALPHA;
    case CIW_PNG_PALETTE: return PNG_COLOR_TYPE_PALETTE;
  }
  return -1;
}

static void set_palette(png_structp png, png_infop info, const ciw_png_options *options) {
  png_color entries[PNG_MAX_PALETTE_LENGTH];
  if (options->palette_count > PNG_MAX_PALETTE_LENGTH) png_error(png, "palette too long");
  for (int i = 0; i < options->palette_count; i++) {
    entries[i].red = options->palette[3 * i];
    entries[i].green = options->palette[3 * i + 1];
    entries[i].blue = options->palette[3 * i + 2];
  }
  png_set_PLTE(png, info, entries, options->palette_count);
  if (options->palette_alpha_count == 0) return;
  png_set_tRNS(png, info, options->palette_alpha, options->palette_alpha_count, NULL);
}

static void set_color_key(png_structp png, png_infop info, const ciw_png_options *options) {
  png_color_16 key;
  memset(&key, 0, sizeof key);
  key.gray = key.red = options->color_key[0];
  key.green = options->color_key[1];
  key.blue = options->color_key[2];
  png_set_tRNS(png, info, NULL, 0, &key);
}

static void write_picture(png_structp png, png_infop info, const ciw_png_options *options,
                          const uint8_t *rows, size_t row_bytes) {
  png_set_IHDR(png, info, options->width, options->height, options->bit_depth,
               png_color_type(options->color),
               options->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (options->color == CIW_PNG_PALETTE) set_palette(png, info, options);
  if (options->has_color_key) set_color_key(png, info, options);
  if (options->exif_count > UINT32_MAX) png_error(png, "Exif block too long");
  if (options->exif_count > 0) {
    png_set_eXIf_1(png, info, (png_uint_32)options->exif_count, (png_bytep)options->exif);
  }
  png_set_compression_level(png, 9);
  png_write_info(png, info);

  // Adam7 writes the rows seven times; libpng selects the pixels of each pass.
  int passes = png_set_interlace_handling(png);
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < options->height; y++) png_write_row(png, rows + y * row_bytes);
  }
  png_write_end(png, info);
}

ciw_status ciw_png_encode(const ciw_png_options *options, const uint8_t *rows, size_t row_bytes,
                          ciw_output *out) {
  ciw_output_clear(out);
  png_sink sink = {out, CIW_OK};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, on_error, on_warning);
  if (!png) return ciw_output_fail(out, CIW_OUT_OF_MEMORY);
  png_infop info = png_create_info_struct(png);
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return ciw_output_fail(out, CIW_OUT_OF_MEMORY);
  }

  // `png` and `info` are not assigned after this point, so their values survive the jump.
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return ciw_output_fail(out, sink.status);
  }
  png_set_write_fn(png, &sink, on_write, on_flush);
  write_picture(png, info, options, rows, row_bytes);
  png_destroy_write_struct(&png, &info);
  return CIW_OK;
}
