#if !__has_include(<webp/decode.h>)
#error "libwebp's headers are missing: run scripts/setup, or install libwebp-dev"
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "picture.h"
#include "webp_chunks.h"

typedef struct {
  whisker_picture base;
  whisker_webp_chunks chunks;
  uint32_t channels;
  int is_gray;                        // whether rows without alpha are converted to gray
  uint32_t left, top, width, height;  // the place on the canvas
  uint32_t next_row;                  // of the canvas
  uint32_t decoded;                   // the number of rows of the picture that decoded
  uint8_t *pixels;                    // [height, width, channels]
} webp_picture;

// The number of portions in which the data of a picture is decoded of which a part is accepted.
enum { PORTIONS = 64 };

static whisker_picture_status fail(webp_picture *self, whisker_picture_status status, const char *text) {
  snprintf(self->base.message, sizeof self->base.message, "%s", text);
  return self->base.status = status;
}

// A file of which nothing is missing has data that leads nowhere, where the decoder asks for more.
static whisker_picture_status fail_to_decode(webp_picture *self, VP8StatusCode code) {
  int is_cut_short = self->chunks.is_cut_short;
  switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return fail(self, WHISKER_PICTURE_NO_MEMORY, "");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return fail(self, WHISKER_PICTURE_UNSUPPORTED, "a feature that libwebp does not support");
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return fail(self, is_cut_short ? WHISKER_PICTURE_TRUNCATED : WHISKER_PICTURE_CORRUPT,
                  is_cut_short ? "the file ends too early" : "its data ends too early");
    default:
      return fail(self, WHISKER_PICTURE_CORRUPT, "its data cannot be decoded");
  }
}

static void describe_output(const webp_picture *self, WebPDecBuffer *output) {
  size_t row_size = (size_t)self->width * self->channels;
  output->colorspace = self->channels == 4 ? MODE_RGBA : MODE_RGB;
  output->is_external_memory = 1;
  output->u.RGBA.rgba = self->pixels;
  output->u.RGBA.stride = (int)row_size;
  output->u.RGBA.size = row_size * self->height;
}

// Decodes the picture as a whole: libwebp writes into memory of its full size. Its own scaling would need less, but is no
// faster, and not as good: on 200 photos at 28 to 128 pixels it was 0.7 to 0.9 from exact averages in the mean, and up to 28.
//
// Where a part is accepted, the data is given in portions: after an error, libwebp does not report how many rows there were.
static VP8StatusCode decode(webp_picture *self) {
  WebPDecBuffer output;
  if (!WebPInitDecBuffer(&output)) return VP8_STATUS_INVALID_PARAM;
  describe_output(self, &output);
  WebPIDecoder *decoder = WebPINewDecoder(&output);
  if (!decoder) return VP8_STATUS_OUT_OF_MEMORY;
  size_t count = self->chunks.image_count, portion = self->base.partial ? count / PORTIONS + 1 : count, end = 0;
  VP8StatusCode code = VP8_STATUS_SUSPENDED;
  while (code == VP8_STATUS_SUSPENDED && end < count) {
    end = count - end < portion ? count : end + portion;
    code = WebPIUpdate(decoder, self->chunks.image, end);
    int rows = 0;
    if (WebPIDecGetRGB(decoder, &rows, NULL, NULL, NULL) && rows > 0) self->decoded = (uint32_t)rows;
  }
  WebPIDelete(decoder);
  return code;
}

// Compiled for AVX2 as well: the conversion would otherwise cost a fifth of the decoding. Not under the thread sanitizer: the
// dynamic linker chooses the variant before the sanitizer's runtime has started.
#if defined(__x86_64__) && __has_attribute(target_clones) && !__has_feature(thread_sanitizer)
#define FOR_AVX2 __attribute__((target_clones("avx2", "default")))
#else
#define FOR_AVX2
#endif

// The luma of BT.601 in 65536ths.
FOR_AVX2 static void to_gray(const uint8_t *rgb, uint32_t count, uint8_t *gray) {
  for (uint32_t x = 0; x < count; x++, rgb += 3)
    gray[x] = (uint8_t)((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 32768u) >> 16);
}

static uint32_t row_channels(const webp_picture *self) { return self->is_gray ? 1 : self->channels; }

static whisker_picture_status webp_start(whisker_picture *base, uint32_t eighths, int gray,
                                         whisker_picture_layout *layout) {
  webp_picture *self = (webp_picture *)base;
  (void)eighths;
  self->is_gray = gray && self->channels == 3;
  *layout = (whisker_picture_layout){base->width, base->height, row_channels(self), 8};
  if (self->chunks.is_cut_short && !base->partial) return fail_to_decode(self, VP8_STATUS_NOT_ENOUGH_DATA);
  self->pixels = malloc((size_t)self->width * self->height * self->channels);
  if (!self->pixels) return fail(self, WHISKER_PICTURE_NO_MEMORY, "");
  VP8StatusCode code = decode(self);
  if (code == VP8_STATUS_OK) {
    self->decoded = self->height;
  } else if (code == VP8_STATUS_OUT_OF_MEMORY || !base->partial || self->decoded == 0) {
    return fail_to_decode(self, code);
  }
  return WHISKER_PICTURE_OK;
}

static whisker_picture_status webp_read_next(whisker_picture *base, uint8_t *row) {
  webp_picture *self = (webp_picture *)base;
  uint32_t y = self->next_row++ - self->top;  // of the picture; large above it
  size_t row_size = (size_t)self->width * self->channels;
  if (y < self->height && y >= self->decoded) {
    self->next_row--;
    return WHISKER_PICTURE_ENDED;
  }
  // The canvas around the frame is transparent or, without alpha, black.
  uint32_t channels = row_channels(self);
  if (y >= self->height || self->width < base->width) memset(row, 0, (size_t)base->width * channels);
  if (y >= self->height) return WHISKER_PICTURE_OK;
  uint8_t *target = row + (size_t)self->left * channels;
  if (self->is_gray)
    to_gray(self->pixels + y * row_size, self->width, target);
  else
    memcpy(target, self->pixels + y * row_size, row_size);
  return WHISKER_PICTURE_OK;
}

static void webp_close(whisker_picture *base) {
  webp_picture *self = (webp_picture *)base;
  free(self->pixels);
  free(self);
}

// Whether the picture has the size that the file announces, and lies on the canvas.
static int has_its_size(const webp_picture *self) {
  const whisker_webp_chunks *chunks = &self->chunks;
  if (!chunks->is_extended) return !chunks->is_animated;
  uint64_t right = (uint64_t)self->left + self->width, bottom = (uint64_t)self->top + self->height;
  if (!chunks->is_animated) return right == chunks->canvas_width && bottom == chunks->canvas_height;
  return self->width == chunks->width && self->height == chunks->height && right <= chunks->canvas_width &&
         bottom <= chunks->canvas_height;
}

static whisker_picture_status read_header(webp_picture *self) {
  const whisker_webp_chunks *chunks = &self->chunks;
  WebPBitstreamFeatures features;
  if (!chunks->image) {
    if (chunks->is_cut_short) return fail_to_decode(self, VP8_STATUS_NOT_ENOUGH_DATA);
    return fail(self, WHISKER_PICTURE_CORRUPT, "it holds no picture");
  }
  VP8StatusCode code = WebPGetFeatures(chunks->image, chunks->image_count, &features);
  if (code != VP8_STATUS_OK) return fail_to_decode(self, code);
  self->width = (uint32_t)features.width;
  self->height = (uint32_t)features.height;
  self->left = chunks->is_animated ? chunks->x : 0;
  self->top = chunks->is_animated ? chunks->y : 0;
  if (!has_its_size(self)) return fail(self, WHISKER_PICTURE_CORRUPT, "its sizes contradict each other");
  self->channels = (chunks->is_animated ? chunks->has_alpha : features.has_alpha) ? 4 : 3;
  self->base.width = chunks->is_animated ? chunks->canvas_width : self->width;
  self->base.height = chunks->is_animated ? chunks->canvas_height : self->height;
  self->base.exif = chunks->exif;
  self->base.exif_count = chunks->exif_count;
  return WHISKER_PICTURE_OK;
}

static whisker_picture *webp_open(const uint8_t *bytes, size_t count, whisker_picture_status *status,
                                  char message[200]) {
  webp_picture *self = calloc(1, sizeof *self);
  *status = WHISKER_PICTURE_NO_MEMORY;
  message[0] = 0;
  if (!self) return NULL;
  self->base.start = webp_start;
  self->base.read_row = webp_read_next;
  self->base.close = webp_close;
  self->chunks = whisker_webp_find_chunks(bytes, count);
  if (read_header(self) != WHISKER_PICTURE_OK) return whisker_picture_refuse(&self->base, status, message);
  *status = WHISKER_PICTURE_OK;
  return &self->base;
}

static int webp_recognizes(const uint8_t *head, size_t count) {
  return count >= 12 && !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WEBP", 4);
}

const whisker_codec whisker_webp_codec = {
    .name = "WebP", .endings = "webp", .recognizes = webp_recognizes, .open = webp_open};
