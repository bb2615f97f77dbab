#if !__has_include(<jpeglib.h>)
#error "libjpeg's headers are missing: run scripts/setup, or install libjpeg-dev (libjpeg-turbo)"
#endif
#include "CBench.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "read_file.h"

static void decode(const unsigned char *bytes, size_t size) {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, bytes, size);
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_GRAYSCALE;
  jpeg.scale_denom = 8;
  for (jpeg.scale_num = 1; jpeg.scale_num < 8; jpeg.scale_num++)
    if (jpeg.image_width * jpeg.scale_num >= 56 * 8 && jpeg.image_height * jpeg.scale_num >= 56 * 8) break;
  jpeg_start_decompress(&jpeg);
  JSAMPROW row = malloc(jpeg.output_width);
  while (jpeg.output_scanline < jpeg.output_height) jpeg_read_scanlines(&jpeg, &row, 1);
  free(row);
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
}

int cbench_decode_jpeg(const char *path) {
  size_t size = 0;
  unsigned char *bytes = cbench_read_file(path, &size);
  if (bytes && size) decode(bytes, size);
  free(bytes);
  return bytes && size ? 0 : -1;
}
