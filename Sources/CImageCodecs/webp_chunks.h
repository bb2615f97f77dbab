#ifndef WHISKER_WEBP_CHUNKS_H
#define WHISKER_WEBP_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

// The parts of a WebP file that are used: its only picture, or the first frame of an animation.
typedef struct {
  const uint8_t *image;  // the chunks of the picture, from ALPH, VP8 or VP8L on; NULL where there is none
  size_t image_count;    // the bytes of them that are there
  const uint8_t *exif;   // NULL where there is none
  size_t exif_count;
  int is_extended;  // whether a VP8X chunk gives the canvas and says whether it has alpha
  uint32_t canvas_width, canvas_height;
  int has_alpha;
  int is_animated;  // whether the frame's place on the canvas follows
  uint32_t x, y, width, height;
  int is_cut_short;  // whether the file ends before its last chunk does
} whisker_webp_chunks;

// Finds them in a file that starts with the 12 bytes of a RIFF header, in time linear in the number of chunks.
whisker_webp_chunks whisker_webp_find_chunks(const uint8_t *bytes, size_t count);

#endif
