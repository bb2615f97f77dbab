#include "webp_chunks.h"

#include <string.h>

#include "bytes.h"

// The sizes of the RIFF header, of a chunk's name and length, and of the fields of VP8X and ANMF.
enum { RIFF_HEADER = 12, HEAD = 8, CANVAS = 10, FRAME = 16 };
enum { ALPHA_FLAG = 0x10 };

typedef struct {
  const uint8_t *head, *data;
  uint32_t length;  // as the chunk says
  size_t present;   // the bytes of the data that are there
} chunk;

// Whether a chunk starts at `at`, which moves behind it. A chunk of odd length is followed by a byte that does not count.
static int next_chunk(const uint8_t *bytes, size_t count, size_t *at, chunk *found) {
  if (*at >= count || count - *at < HEAD) return 0;
  found->head = bytes + *at;
  found->data = found->head + HEAD;
  found->length = whisker_little_endian(found->head + 4);
  size_t left = count - *at - HEAD;
  found->present = found->length < left ? found->length : left;
  *at += HEAD + found->present;
  if (found->length % 2 && *at < count) *at += 1;
  return 1;
}

static int is_called(const chunk *found, const char *name) { return !memcmp(found->head, name, 4); }

// Notes the chunks of a picture: the transparency of a lossy one stands before its colours.
static void add_image(whisker_webp_chunks *chunks, const chunk *found, const uint8_t **alpha) {
  if (chunks->image) return;
  if (is_called(found, "ALPH") && !*alpha) *alpha = found->head;
  if (!is_called(found, "VP8 ") && !is_called(found, "VP8L")) return;
  chunks->image = *alpha ? *alpha : found->head;
  chunks->image_count = (size_t)(found->data + found->present - chunks->image);
}

static void add_frame(whisker_webp_chunks *chunks, const chunk *found) {
  if (chunks->is_animated || found->present < FRAME) return;
  const uint8_t *frame = found->data, *alpha = NULL;
  chunks->is_animated = 1;
  chunks->x = 2 * whisker_little_endian_24(frame);
  chunks->y = 2 * whisker_little_endian_24(frame + 3);
  chunks->width = 1 + whisker_little_endian_24(frame + 6);
  chunks->height = 1 + whisker_little_endian_24(frame + 9);
  chunk part;
  size_t at = FRAME;
  while (next_chunk(frame, found->present, &at, &part)) add_image(chunks, &part, &alpha);
}

static void add_canvas(whisker_webp_chunks *chunks, const chunk *found) {
  if (chunks->is_extended || found->present < CANVAS) return;
  chunks->is_extended = 1;
  chunks->has_alpha = (found->data[0] & ALPHA_FLAG) != 0;
  chunks->canvas_width = 1 + whisker_little_endian_24(found->data + 4);
  chunks->canvas_height = 1 + whisker_little_endian_24(found->data + 7);
}

whisker_webp_chunks whisker_webp_find_chunks(const uint8_t *bytes, size_t count) {
  whisker_webp_chunks chunks = {0};
  const uint8_t *alpha = NULL;
  // The file's length without its first 8 bytes. What follows is no part of it.
  uint64_t end = 8 + (uint64_t)whisker_little_endian(bytes + 4);
  size_t at = RIFF_HEADER, last = end < count ? (size_t)end : count;
  chunk found;
  while (next_chunk(bytes, last, &at, &found)) {
    if (found.present < found.length) chunks.is_cut_short = 1;
    if (is_called(&found, "VP8X")) add_canvas(&chunks, &found);
    if (is_called(&found, "ANMF") && !chunks.image) add_frame(&chunks, &found);
    if (is_called(&found, "EXIF") && !chunks.exif && found.present == found.length) {
      chunks.exif = found.data;
      chunks.exif_count = found.length;
    }
    if (!chunks.is_animated) add_image(&chunks, &found, &alpha);
  }
  // Some encoders leave out the byte that fills up an odd last chunk.
  if (end > (uint64_t)count + 1) chunks.is_cut_short = 1;
  return chunks;
}
