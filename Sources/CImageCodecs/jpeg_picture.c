#if !__has_include(<jpeglib.h>)
#error "libjpeg's headers are missing: run scripts/setup, or install libjpeg-dev (libjpeg-turbo)"
#endif
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "jpeg_markers.h"
#include "picture.h"

typedef struct {
  whisker_picture base;
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf failure;
  const uint8_t *bytes;
  size_t count;
  int has_header;
  int is_hopeless;  // whether no row that was decoded may be kept
  uint8_t *cmyk;    // one row, where the picture is stored for printing
} jpeg_picture;

// A progressive file may hold any number of scans of a few bytes each, and every one costs a pass over the picture.
#define SCAN_LIMIT 500
// That many pixels, counted once per scan, are some ten seconds' work.
#define WORK_LIMIT (1ull << 32)

static jpeg_picture *owner(j_common_ptr common) { return common->client_data; }

// Whether a file that ends here lacks no pixels: a second scan refines the pixels of the first, and arithmetic decoding
// invents pixels without a warning.
static int may_end(jpeg_picture *self) {
  // libjpeg knows the scans only after the header.
  return self->has_header && !self->jpeg.arith_code && !jpeg_has_multiple_scans(&self->jpeg);
}

// Whether a row of blocks was decoded, at least coarsely.
static int has_rows(const jpeg_picture *self) {
  return self->jpeg.input_scan_number > 1 || self->jpeg.input_iMCU_row > 0;
}

static void set_message(jpeg_picture *self, whisker_picture_status status) {
  if (self->base.status != WHISKER_PICTURE_OK) return;
  char text[JMSG_LENGTH_MAX];
  self->errors.format_message((j_common_ptr)&self->jpeg, text);
  self->base.status = status;
  strncpy(self->base.message, text, sizeof self->base.message - 1);
}

// Reports pixels that are missing or invented.
static void report_damage(jpeg_picture *self, whisker_picture_status status) {
  int is_accepted = self->base.partial && has_rows(self);
  if (!is_accepted) set_message(self, status);
}

static whisker_picture_status status_of_error(int code) {
  switch (code) {
    case JERR_OUT_OF_MEMORY:
      return WHISKER_PICTURE_NO_MEMORY;
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
      return WHISKER_PICTURE_TRUNCATED;
    // Lossless and hierarchical files, 12 bits, two components, a height that follows after the pixels.
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_EMPTY_IMAGE:
    case JERR_IMAGE_TOO_BIG:
      return WHISKER_PICTURE_UNSUPPORTED;
    default:
      return WHISKER_PICTURE_CORRUPT;
  }
}

static void on_error(j_common_ptr common) {
  jpeg_picture *self = owner(common);
  set_message(self, status_of_error(self->errors.msg_code));
  longjmp(self->failure, 1);
}

// libjpeg invents pixels where data is missing or damaged, and reports only a warning. A training picture that is half
// gray is an error. A missing end marker after complete data is not: the pixels are all there.
static void on_message(j_common_ptr common, int level) {
  jpeg_picture *self = owner(common);
  if (level >= 0) return;
  switch (self->errors.msg_code) {
    case JWRN_HIT_MARKER:
      report_damage(self, WHISKER_PICTURE_TRUNCATED);
      break;
    case JWRN_JPEG_EOF:
      if (!may_end(self)) report_damage(self, WHISKER_PICTURE_TRUNCATED);
      break;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      report_damage(self, WHISKER_PICTURE_CORRUPT);
      break;
    // After the header, surplus bytes mean that the pixels before them were decoded from other data.
    case JWRN_EXTRANEOUS_DATA:
      if (self->has_header) report_damage(self, WHISKER_PICTURE_CORRUPT);
      break;
  }
}

static void on_output(j_common_ptr common) { (void)common; }

static void on_progress(j_common_ptr common) {
  jpeg_picture *self = owner(common);
  uint64_t scans = (uint64_t)self->jpeg.input_scan_number;
  uint64_t work = scans * self->jpeg.image_width * self->jpeg.image_height;
  if (scans <= SCAN_LIMIT && (scans <= 20 || work <= WORK_LIMIT)) return;
  self->is_hopeless = 1;
  self->base.status = WHISKER_PICTURE_CORRUPT;
  snprintf(self->base.message, sizeof self->base.message, "it holds more than %d scans",
           scans <= SCAN_LIMIT ? (int)scans - 1 : SCAN_LIMIT);
  longjmp(self->failure, 1);
}

// Reads a segment that may hold an EXIF block: the first that is not empty counts. libjpeg could keep these segments, but
// in time quadratic in their number, which is not limited.
static boolean read_app1(j_decompress_ptr jpeg) {
  static const char signature[6] = "Exif\0";
  jpeg_picture *self = owner((j_common_ptr)jpeg);
  struct jpeg_source_mgr *source = jpeg->src;
  const uint8_t *segment = source->next_input_byte;
  if (source->bytes_in_buffer < 2) ERREXIT(jpeg, JERR_INPUT_EOF);
  size_t length = (size_t)(segment[0] << 8 | segment[1]);
  if (length < 2) ERREXIT(jpeg, JERR_BAD_LENGTH);
  if (length > source->bytes_in_buffer) ERREXIT(jpeg, JERR_INPUT_EOF);
  source->next_input_byte += length;
  source->bytes_in_buffer -= length;
  if (self->base.exif || length <= 2 + sizeof signature || memcmp(segment + 2, signature, sizeof signature)) return TRUE;
  self->base.exif = segment + 2 + sizeof signature;
  self->base.exif_count = length - 2 - sizeof signature;
  return TRUE;
}

static void choose_output(jpeg_picture *self, int gray) {
  J_COLOR_SPACE stored = self->jpeg.jpeg_color_space;
  if (stored == JCS_CMYK || stored == JCS_YCCK)
    self->jpeg.out_color_space = JCS_CMYK;
  else if (stored == JCS_GRAYSCALE || gray)
    self->jpeg.out_color_space = JCS_GRAYSCALE;
  else
    self->jpeg.out_color_space = JCS_RGB;
}

static void read_header(jpeg_picture *self) {
  jpeg_mem_src(&self->jpeg, self->bytes, self->count);
  jpeg_read_header(&self->jpeg, TRUE);
  self->has_header = 1;
  self->base.width = self->jpeg.image_width;
  self->base.height = self->jpeg.image_height;
}

static whisker_picture_status start_decoding(jpeg_picture *self, uint32_t eighths, int gray,
                                             whisker_picture_layout *layout, int *is_stopped) {
  if (setjmp(self->failure)) {
    *is_stopped = 1;
    return self->base.status;
  }
  choose_output(self, gray);
  self->jpeg.scale_num = eighths;
  self->jpeg.scale_denom = 8;
  jpeg_start_decompress(&self->jpeg);
  int cmyk = self->jpeg.out_color_space == JCS_CMYK;
  if (cmyk) self->cmyk = malloc((size_t)self->jpeg.output_width * 4);
  if (cmyk && !self->cmyk) return self->base.status = WHISKER_PICTURE_NO_MEMORY;
  uint32_t channels = cmyk ? 3 : (uint32_t)self->jpeg.output_components;
  *layout = (whisker_picture_layout){self->jpeg.output_width, self->jpeg.output_height, channels, eighths};
  return self->base.status;
}

// The length of the intact part of the file, after libjpeg refused a segment: everything before that one.
static size_t sound_count(const jpeg_picture *self) {
  uintptr_t start = (uintptr_t)self->bytes, next = (uintptr_t)self->jpeg.src->next_input_byte;
  // After the end of the file, libjpeg reads from a buffer of its own.
  size_t position = next >= start && next - start <= self->count ? next - start : self->count;
  return whisker_jpeg_last_marker(self->bytes, self->count, position);
}

static int restart(jpeg_picture *self, size_t count) {
  if (setjmp(self->failure)) return 0;
  self->count = count;
  self->base.status = WHISKER_PICTURE_OK;
  self->base.message[0] = 0;
  // libjpeg frees its copy of the block.
  self->base.exif = NULL;
  self->base.exif_count = 0;
  jpeg_abort_decompress(&self->jpeg);
  read_header(self);
  return 1;
}

static whisker_picture_status jpeg_start(whisker_picture *base, uint32_t eighths, int gray,
                                         whisker_picture_layout *layout) {
  jpeg_picture *self = (jpeg_picture *)base;
  int is_stopped = 0;
  whisker_picture_status status = start_decoding(self, eighths, gray, layout, &is_stopped);
  int may_go_on = base->partial && has_rows(self) && !self->is_hopeless && status != WHISKER_PICTURE_NO_MEMORY;
  if (!is_stopped || !may_go_on) return status;
  // libjpeg can continue neither after a segment that it refuses nor before it: the scans before that are read again.
  if (!restart(self, sound_count(self))) return base->status;
  return start_decoding(self, eighths, gray, layout, &is_stopped);
}

// Ink values are stored inverted (255 is no ink), as by Adobe's programs. Pillow, OpenCV and browsers read files without
// Adobe's marker in the same way.
static void cmyk_to_rgb(const jpeg_picture *self, uint8_t *rgb) {
  const uint8_t *cmyk = self->cmyk;
  for (uint32_t x = 0; x < self->jpeg.output_width; x++, cmyk += 4, rgb += 3)
    for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)((cmyk[c] * cmyk[3] + 127) / 255);
}

static whisker_picture_status jpeg_read_next(whisker_picture *base, uint8_t *row) {
  jpeg_picture *self = (jpeg_picture *)base;
  if (setjmp(self->failure)) return base->status;
  JSAMPROW target = self->cmyk ? self->cmyk : row;
  jpeg_read_scanlines(&self->jpeg, &target, 1);
  if (self->cmyk) cmyk_to_rgb(self, row);
  // Data between the last row and the end marker shows damage that left no other trace.
  if (self->jpeg.output_scanline == self->jpeg.output_height && !base->partial) jpeg_finish_decompress(&self->jpeg);
  return base->status;
}

static void jpeg_close(whisker_picture *base) {
  jpeg_picture *self = (jpeg_picture *)base;
  jpeg_destroy_decompress(&self->jpeg);
  free(self->cmyk);
  free(self);
}

static void configure(jpeg_picture *self) {
  self->jpeg.err = jpeg_std_error(&self->errors);
  self->jpeg.client_data = self;
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  self->errors.output_message = on_output;
}

static whisker_picture *jpeg_open(const uint8_t *bytes, size_t count, whisker_picture_status *status,
                                  char message[200]) {
  jpeg_picture *self = calloc(1, sizeof *self);
  *status = WHISKER_PICTURE_NO_MEMORY;
  message[0] = 0;
  if (!self) return NULL;
  self->base.start = jpeg_start;
  self->base.read_row = jpeg_read_next;
  self->base.close = jpeg_close;
  self->bytes = bytes;
  self->count = count;
  configure(self);
  if (setjmp(self->failure)) return whisker_picture_refuse(&self->base, status, message);
  jpeg_create_decompress(&self->jpeg);
  self->progress.progress_monitor = on_progress;
  self->jpeg.progress = &self->progress;
  jpeg_set_marker_processor(&self->jpeg, JPEG_APP0 + 1, read_app1);
  read_header(self);
  *status = WHISKER_PICTURE_OK;
  return &self->base;
}

static int jpeg_recognizes(const uint8_t *head, size_t count) {
  return count >= 3 && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF;
}

const whisker_codec whisker_jpeg_codec = {
    .name = "JPEG", .endings = "jpg jpeg jpe jfif", .recognizes = jpeg_recognizes, .open = jpeg_open};
