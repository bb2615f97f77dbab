#if !__has_include(<jpeglib.h>)
#error "libjpeg's headers are missing: run scripts/setup, or install libjpeg-dev (libjpeg-turbo)"
#endif
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

// jpeglib.h needs stdio.h before it.
#include <jpeglib.h>

#include "output.h"

enum { BLOCK_SIZE = 4096 };

// The state of the callbacks. `errors` and `destination` are the first members of their structs, so that the pointers that
// the library passes can be cast to them.
typedef struct {
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  ciw_status status;
  ciw_output *out;
} jpeg_failure;

typedef struct {
  struct jpeg_destination_mgr destination;
  ciw_output *out;
  JOCTET block[BLOCK_SIZE];
} jpeg_sink;

static void on_error(j_common_ptr common) {
  jpeg_failure *failure = (jpeg_failure *)common->err;
  char message[JMSG_LENGTH_MAX];
  common->err->format_message(common, message);
  ciw_output_explain(failure->out, message);
  if (failure->status == CIW_OK) failure->status = CIW_ENCODER_FAILED;
  longjmp(failure->escape, 1);
}

static void on_message(j_common_ptr common) { (void)common; }

static void run_out_of_memory(j_compress_ptr jpeg) {
  jpeg_failure *failure = (jpeg_failure *)jpeg->err;
  failure->status = CIW_OUT_OF_MEMORY;
  ciw_output_explain(failure->out, "out of memory");
  longjmp(failure->escape, 1);
}

static void start_block(j_compress_ptr jpeg) {
  jpeg_sink *sink = (jpeg_sink *)jpeg->dest;
  sink->destination.next_output_byte = sink->block;
  sink->destination.free_in_buffer = BLOCK_SIZE;
}

// The library requires the whole buffer to be written, regardless of free_in_buffer.
static boolean take_block(j_compress_ptr jpeg) {
  jpeg_sink *sink = (jpeg_sink *)jpeg->dest;
  if (!ciw_output_append(sink->out, sink->block, BLOCK_SIZE)) run_out_of_memory(jpeg);
  start_block(jpeg);
  return TRUE;
}

static void take_rest(j_compress_ptr jpeg) {
  jpeg_sink *sink = (jpeg_sink *)jpeg->dest;
  size_t count = BLOCK_SIZE - sink->destination.free_in_buffer;
  if (!ciw_output_append(sink->out, sink->block, count)) run_out_of_memory(jpeg);
}

static int component_count(ciw_jpeg_storage storage) {
  switch (storage) {
    case CIW_JPEG_GRAY: return 1;
    case CIW_JPEG_YCC:
    case CIW_JPEG_RGB: return 3;
    case CIW_JPEG_CMYK:
    case CIW_JPEG_YCCK: return 4;
  }
  return 0;
}

static J_COLOR_SPACE input_space(ciw_jpeg_storage storage) {
  switch (component_count(storage)) {
    case 1: return JCS_GRAYSCALE;
    case 3: return JCS_RGB;
    default: return JCS_CMYK;
  }
}

static J_COLOR_SPACE stored_space(ciw_jpeg_storage storage) {
  switch (storage) {
    case CIW_JPEG_GRAY: return JCS_GRAYSCALE;
    case CIW_JPEG_YCC: return JCS_YCbCr;
    case CIW_JPEG_RGB: return JCS_RGB;
    case CIW_JPEG_CMYK: return JCS_CMYK;
    case CIW_JPEG_YCCK: return JCS_YCCK;
  }
  return JCS_UNKNOWN;
}

// Chroma is subsampled by storing luma (and black) with larger factors.
static void set_subsampling(j_compress_ptr jpeg, const ciw_jpeg_options *options) {
  int has_chroma = options->storage == CIW_JPEG_YCC || options->storage == CIW_JPEG_YCCK;
  for (int i = 0; i < jpeg->num_components; i++) {
    int full = has_chroma && (i == 0 || i == 3);
    jpeg->comp_info[i].h_samp_factor = full ? options->horizontal_subsampling : 1;
    jpeg->comp_info[i].v_samp_factor = full ? options->vertical_subsampling : 1;
  }
}

static void write_picture(j_compress_ptr jpeg, const ciw_jpeg_options *options, const uint8_t *pixels) {
  jpeg->image_width = options->width;
  jpeg->image_height = options->height;
  jpeg->input_components = component_count(options->storage);
  jpeg->in_color_space = input_space(options->storage);
  jpeg_set_defaults(jpeg);
  jpeg_set_colorspace(jpeg, stored_space(options->storage));
  jpeg_set_quality(jpeg, options->quality, TRUE);
  set_subsampling(jpeg, options);
  jpeg->restart_interval = options->restart_interval;
  jpeg->optimize_coding = TRUE;
  // The Exif standard requires its APP1 to be the first marker, and so does JFIF for its own.
  if (options->app1_count > 0) jpeg->write_JFIF_header = FALSE;
  if (options->progressive) jpeg_simple_progression(jpeg);

  jpeg_start_compress(jpeg, TRUE);
  if (options->app1_count > 0) {
    jpeg_write_marker(jpeg, JPEG_APP0 + 1, options->app1, (unsigned)options->app1_count);
  }
  size_t row_bytes = (size_t)options->width * (size_t)jpeg->input_components;
  while (jpeg->next_scanline < jpeg->image_height) {
    JSAMPROW row = (JSAMPROW)(pixels + jpeg->next_scanline * row_bytes);
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
}

ciw_status ciw_jpeg_encode(const ciw_jpeg_options *options, const uint8_t *pixels, ciw_output *out) {
  ciw_output_clear(out);
  struct jpeg_compress_struct jpeg;
  jpeg_failure failure;
  jpeg_sink sink;
  // Zeroed, so that it can be destroyed even if creating it fails.
  memset(&jpeg, 0, sizeof jpeg);
  failure.status = CIW_OK;
  failure.out = out;
  jpeg.err = jpeg_std_error(&failure.errors);
  failure.errors.error_exit = on_error;
  failure.errors.output_message = on_message;

  if (setjmp(failure.escape)) {
    jpeg_destroy_compress(&jpeg);
    return ciw_output_fail(out, failure.status);
  }
  jpeg_create_compress(&jpeg);
  sink.out = out;
  sink.destination.init_destination = start_block;
  sink.destination.empty_output_buffer = take_block;
  sink.destination.term_destination = take_rest;
  jpeg.dest = &sink.destination;
  write_picture(&jpeg, options, pixels);
  jpeg_destroy_compress(&jpeg);
  return CIW_OK;
}
