#if !__has_include(<png.h>)
#error "libpng's headers are missing: run scripts/setup, or install libpng-dev"
#endif
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bytes.h"
#include "picture.h"
#include "png_chunks.h"

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

typedef struct {
  whisker_picture base;
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count, position;
  uint64_t chunk, next_chunk;  // where the type of the current chunk is, and where the next chunk starts
  size_t row_size;
  uint8_t *whole;  // all rows, where the picture is interlaced
  int pass;
  uint32_t next_row;
  int is_broken;   // whether the data broke off, and the rows before that were accepted
  size_t surplus;  // bytes of compressed data that were read after the last row
  uint32_t end;    // the number of rows that can be read: the height, or less where the data broke off
} png_picture;

// The largest ancillary chunk that is kept, in bytes: larger than any EXIF block, smaller than a decompression bomb.
#define CHUNK_LIMIT (1u << 20)
// The most compressed data that is expanded after the last row, in bytes. An intact file has the end of its stream
// there; without a limit, libpng expands whatever follows.
#define SURPLUS_LIMIT (1u << 16)

static void on_error(png_structp png, png_const_charp text) {
  png_picture *self = png_get_error_ptr(png);
  if (self->base.status == WHISKER_PICTURE_OK) self->base.status = WHISKER_PICTURE_CORRUPT;
  strncpy(self->base.message, text, sizeof self->base.message - 1);
  png_longjmp(png, 1);
}

// libpng has no error number for a failed allocation.
static png_voidp allocate(png_structp png, png_alloc_size_t size) {
  png_picture *self = png_get_mem_ptr(png);
  void *memory = malloc(size);
  if (!memory) self->base.status = WHISKER_PICTURE_NO_MEMORY;
  return memory;
}

static void release(png_structp png, png_voidp memory) {
  (void)png;
  free(memory);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

// Reduces the length in a chunk's header to the bytes that are left in the file: libpng reads pixels by the kilobyte, and
// would get none of the last ones. The truncation is still detected, as the chunk lacks its checksum.
static void shorten_chunk(png_picture *self, uint8_t header[8]) {
  uint64_t length = whisker_big_endian(header), left = self->count - self->position;
  self->chunk = self->position - 4;
  self->next_chunk = self->position + length + 4;
  if (memcmp(header + 4, "IDAT", 4) || length <= left) return;
  for (int i = 0; i < 4; i++) header[i] = (uint8_t)(left >> (24 - 8 * i));
}

static int is_after_rows(const png_picture *self) {
  // libpng counts the rows, or in an interlaced picture the passes. `next_row` counts until the end of the file was read, too.
  png_structp png = self->png;
  int has_rows = png_get_current_row_number(png) == self->base.height || png_get_current_pass_number(png) == 7;
  return has_rows && self->next_row < self->base.height;
}

static int has_surplus(const png_picture *self) { return self->surplus > SURPLUS_LIMIT; }

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  png_picture *self = png_get_io_ptr(png);
  if (is_after_rows(self)) self->surplus += count;
  if (has_surplus(self)) png_error(png, "the data continues after the last row");
  int is_header = self->position == self->next_chunk && count == 8;
  if (count > self->count - self->position) {
    self->base.status = WHISKER_PICTURE_TRUNCATED;
    png_error(png, "the file ends too early");
  }
  memcpy(to, self->bytes + self->position, count);
  self->position += count;
  if (is_header) shorten_chunk(self, to);
}

// Chunks that do not change the pixels are not even decompressed. EXIF blocks are found without libpng, which finds those
// after the pixels too late, and allocates whatever their length asks for.
static void skip_unused_chunks(png_structp png) {
  static const png_byte names[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0hIST\0tIME\0pHYs\0oFFs\0pCAL\0sCAL\0eXIf\0";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / 5));
}

static void configure(png_picture *self) {
  png_set_read_fn(self->png, self, read_bytes);
  // The number of pixels is limited by the caller before anything is allocated for them.
  png_set_user_limits(self->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(self->png, CHUNK_LIMIT);
  png_set_chunk_cache_max(self->png, 16);
  // Some encoders announce a smaller window than they use.
  png_set_option(self->png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
  skip_unused_chunks(self->png);
}

static void find_exif(png_picture *self) {
  whisker_png_chunk chunk = whisker_png_find_chunk(self->bytes, self->count, "eXIf", "IEND", CHUNK_LIMIT);
  if (!chunk.is_intact) return;
  self->base.exif = chunk.data;
  self->base.exif_count = chunk.length;
}

// libpng ignores a damaged transparency chunk, and reads on.
static int has_damaged_transparency(const png_picture *self) {
  whisker_png_chunk chunk = whisker_png_find_chunk(self->bytes, self->count, "tRNS", "IDAT", CHUNK_LIMIT);
  return chunk.data && !chunk.is_intact;
}

// Ends a picture whose data broke off: a failure, unless the rows above are accepted.
static whisker_picture_status break_off(png_picture *self) {
  uint32_t reached = self->pass > 0 ? self->base.height : self->next_row;
  if (!self->base.partial || reached == 0) return self->base.status;
  self->is_broken = 1;
  self->end = reached;
  return self->base.status = WHISKER_PICTURE_OK;
}

// All rows are there, and the data after them was not expanded. The chunk's checksum shows whether it is intact.
static whisker_picture_status leave_surplus(png_picture *self) {
  self->next_row = self->base.height;
  self->is_broken = 1;
  self->base.status = WHISKER_PICTURE_OK;
  if (self->base.partial) return self->base.status;
  if (self->next_chunk > self->count) return self->base.status = WHISKER_PICTURE_TRUNCATED;
  const uint8_t *chunk = self->bytes + self->chunk, *end = self->bytes + self->next_chunk - 4;
  uLong sum = crc32_z(crc32(0, NULL, 0), chunk, (size_t)(end - chunk));
  return self->base.status = sum == whisker_big_endian(end) ? WHISKER_PICTURE_OK : WHISKER_PICTURE_CORRUPT;
}

static whisker_picture_status fail(png_picture *self) {
  return has_surplus(self) ? leave_surplus(self) : break_off(self);
}

static whisker_picture_status read_passes(png_picture *self, int passes) {
  if (setjmp(png_jmpbuf(self->png))) return fail(self);
  for (self->pass = 0; self->pass < passes; self->pass++)
    for (self->next_row = 0; self->next_row < self->base.height; self->next_row++) {
      uint8_t *row = self->whole + self->next_row * self->row_size;
      // A row for display also fills the blocks that later passes refine, in case these are missing.
      if (self->base.partial)
        png_read_row(self->png, NULL, row);
      else
        png_read_row(self->png, row, NULL);
    }
  return self->base.status;
}

static whisker_picture_status png_start(whisker_picture *base, uint32_t eighths, int gray,
                                        whisker_picture_layout *layout) {
  png_picture *self = (png_picture *)base;
  (void)eighths;
  (void)gray;
  if (setjmp(png_jmpbuf(self->png))) return base->status;
  if (!base->partial && has_damaged_transparency(self)) png_error(self->png, "tRNS: CRC error");
  png_set_expand(self->png);
  png_set_scale_16(self->png);
  int passes = png_set_interlace_handling(self->png);
  png_read_update_info(self->png, self->info);
  self->row_size = png_get_rowbytes(self->png, self->info);
  *layout = (whisker_picture_layout){base->width, base->height, png_get_channels(self->png, self->info), 8};
  self->end = base->height;
  if (passes == 1) return base->status;
  self->whole = calloc(base->height, self->row_size);
  if (!self->whole) return base->status = WHISKER_PICTURE_NO_MEMORY;
  whisker_picture_status status = read_passes(self, passes);
  self->next_row = 0;
  return status;
}

static whisker_picture_status png_read_next(whisker_picture *base, uint8_t *row) {
  png_picture *self = (png_picture *)base;
  if (self->next_row == self->end) return WHISKER_PICTURE_ENDED;
  if (setjmp(png_jmpbuf(self->png))) {
    // With the last row, libpng also reads the chunks after the pixels.
    if (!self->whole) self->next_row = png_get_current_row_number(self->png);
    if (fail(self) != WHISKER_PICTURE_OK) return base->status;
    return self->next_row == base->height ? WHISKER_PICTURE_OK : WHISKER_PICTURE_ENDED;
  }
  if (self->whole)
    memcpy(row, self->whole + self->next_row * self->row_size, self->row_size);
  else
    png_read_row(self->png, row, NULL);
  // The end of the file holds the checksum of the last pixels.
  if (++self->next_row == base->height && !self->is_broken) png_read_end(self->png, NULL);
  return base->status;
}

static void png_close(whisker_picture *base) {
  png_picture *self = (png_picture *)base;
  png_destroy_read_struct(&self->png, &self->info, NULL);
  free(self->whole);
  free(self);
}

static whisker_picture *png_open(const uint8_t *bytes, size_t count, whisker_picture_status *status,
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
  self->next_chunk = sizeof signature;
  self->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, self, on_error, on_warning, self, allocate, release);
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

static int png_recognizes(const uint8_t *head, size_t count) {
  return count >= sizeof signature && !memcmp(head, signature, sizeof signature);
}

const whisker_codec whisker_png_codec = {
    .name = "PNG", .endings = "png", .recognizes = png_recognizes, .open = png_open};
