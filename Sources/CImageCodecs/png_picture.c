#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

typedef struct {
  whisker_picture base;
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count, position;
  uint32_t next_row;
  size_t row_size;
  uint8_t *whole;  // all rows, where the picture is interlaced
} png_picture;

// The largest ancillary chunk that is kept, in bytes: EXIF blocks fit, decompression bombs do not.
#define CHUNK_LIMIT (1u << 20)

static const png_byte exif_name[5] = "eXIf";

static void on_error(png_structp png, png_const_charp text) {
  png_picture *self = png_get_error_ptr(png);
  if (self->base.status == WHISKER_PICTURE_OK) self->base.status = WHISKER_PICTURE_CORRUPT;
  strncpy(self->base.message, text, sizeof self->base.message - 1);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  png_picture *self = png_get_io_ptr(png);
  if (count > self->count - self->position) {
    self->base.status = WHISKER_PICTURE_TRUNCATED;
    png_error(png, "the file ends too early");
  }
  memcpy(to, self->bytes + self->position, count);
  self->position += count;
}

// Chunks that do not change the pixels as we read them: not even decompressed.
static void skip_unused_chunks(png_structp png) {
  static const png_byte names[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0hIST\0tIME\0pHYs\0oFFs\0pCAL\0sCAL\0";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / 5));
}

static void configure(png_picture *self) {
  png_set_read_fn(self->png, self, read_bytes);
  // The number of pixels is limited by the caller before anything is allocated for them.
  png_set_user_limits(self->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(self->png, CHUNK_LIMIT);
  png_set_chunk_cache_max(self->png, 16);
  skip_unused_chunks(self->png);
  // As an unknown chunk it is subject to the limits above; the library's own reader for it takes whatever memory the
  // chunk's length asks for, though the file be a hundred bytes long.
  png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_ALWAYS, exif_name, 1);
}

static void find_exif(png_picture *self) {
  png_unknown_chunkp chunks = NULL;
  int count = png_get_unknown_chunks(self->png, self->info, &chunks);
  for (int i = 0; i < count; i++) {
    if (memcmp(chunks[i].name, exif_name, sizeof exif_name)) continue;
    self->base.exif = chunks[i].data;
    self->base.exif_count = chunks[i].size;
    return;
  }
}

static whisker_picture_status png_start(whisker_picture *base, uint32_t eighths, int gray,
                                        whisker_picture_layout *layout) {
  png_picture *self = (png_picture *)base;
  (void)eighths;
  (void)gray;
  if (setjmp(png_jmpbuf(self->png))) return base->status;
  png_set_expand(self->png);
  png_set_scale_16(self->png);
  int passes = png_set_interlace_handling(self->png);
  png_read_update_info(self->png, self->info);
  self->row_size = png_get_rowbytes(self->png, self->info);
  *layout = (whisker_picture_layout){base->width, base->height, png_get_channels(self->png, self->info)};
  if (passes == 1) return base->status;
  self->whole = malloc(self->row_size * base->height);
  if (!self->whole) return base->status = WHISKER_PICTURE_NO_MEMORY;
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < base->height; y++) png_read_row(self->png, self->whole + y * self->row_size, NULL);
  return base->status;
}

static whisker_picture_status png_read_next(whisker_picture *base, uint8_t *row) {
  png_picture *self = (png_picture *)base;
  if (setjmp(png_jmpbuf(self->png))) return base->status;
  if (self->whole)
    memcpy(row, self->whole + self->next_row * self->row_size, self->row_size);
  else
    png_read_row(self->png, row, NULL);
  // The end of the file holds the checksum of the last pixels.
  if (++self->next_row == base->height) png_read_end(self->png, NULL);
  return base->status;
}

static void png_close(whisker_picture *base) {
  png_picture *self = (png_picture *)base;
  png_destroy_read_struct(&self->png, &self->info, NULL);
  free(self->whole);
  free(self);
}

whisker_picture *whisker_png_open(const uint8_t *bytes, size_t count, whisker_picture_status *status,
                                  char message[200]) {
  png_picture *self = calloc(1, sizeof *self);
  *status = WHISKER_PICTURE_NO_MEMORY;
  message[0] = 0;
  if (!self) return NULL;
  self->base.start = png_start;
  self->base.read_row = png_read_next;
  self->base.close = png_close;
  self->bytes = bytes;
  self->count = count;
  self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
  self->info = self->png ? png_create_info_struct(self->png) : NULL;
  if (!self->info) {
    self->base.status = WHISKER_PICTURE_NO_MEMORY;
    return whisker_picture_refuse(&self->base, status, message);
  }
  if (setjmp(png_jmpbuf(self->png))) return whisker_picture_refuse(&self->base, status, message);
  configure(self);
  png_read_info(self->png, self->info);
  self->base.width = png_get_image_width(self->png, self->info);
  self->base.height = png_get_image_height(self->png, self->info);
  find_exif(self);
  *status = WHISKER_PICTURE_OK;
  return &self->base;
}
