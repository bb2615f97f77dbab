// Pictures in memory, read row by row as 8-bit samples. The libraries' longjmp stays inside: every call returns a status,
// and a failure carries the library's message.
#ifndef WHISKER_CIMAGECODECS_H
#define WHISKER_CIMAGECODECS_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
  WHISKER_PICTURE_OK = 0,
  WHISKER_PICTURE_CORRUPT,
  WHISKER_PICTURE_TRUNCATED,
  WHISKER_PICTURE_NO_MEMORY,
  WHISKER_PICTURE_UNSUPPORTED,
  // This row and those below it could not be decoded: no failure where partial pictures are accepted.
  WHISKER_PICTURE_ENDED,
} whisker_picture_status;

typedef struct whisker_picture whisker_picture;

// A picture format and its decoder.
typedef struct {
  const char *name;     // as it is printed: "PNG"
  const char *endings;  // of its files' names, in small letters, with blanks between them
  // Whether a file that starts with `head`, up to 512 bytes, is of this format.
  int (*recognizes)(const uint8_t *head, size_t count);
  // Reads the header. The bytes stay the caller's and must outlive the picture. On failure NULL, with the status and a
  // message. Nothing whose size depends on the picture's may be allocated yet: the caller checks the size first.
  whisker_picture *(*open)(const uint8_t *bytes, size_t count, whisker_picture_status *status, char message[200]);
} whisker_codec;

// The codec at `index`, counted from 0; NULL after the last.
const whisker_codec *whisker_codec_at(size_t index);

void whisker_picture_close(whisker_picture *picture);

// The size in pixels as stored, before scaling and orientation.
uint32_t whisker_picture_width(const whisker_picture *picture);
uint32_t whisker_picture_height(const whisker_picture *picture);
// The EXIF block (from the TIFF header on), or NULL.
const uint8_t *whisker_picture_exif(const whisker_picture *picture, size_t *count);

typedef struct {
  uint32_t width, height;
  uint32_t channels;  // 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha; interleaved
  uint32_t eighths;   // the scale of the rows, in eighths of the stored size
} whisker_picture_layout;

// Prepares to read rows. A format that can be scaled while it is decoded (JPEG) is decoded at eighths / 8 of its size (1-8),
// and straight to gray where `gray` is set and its colour space allows, as is a WebP without alpha; other formats ignore both. An
// interlaced PNG and a WebP are decoded here as a whole, a JPEG of several scans as far as its coefficients.
//
// Where `partial` is set, damage is no failure once there is a row above it (in a JPEG, a row of blocks; in an
// interlaced PNG, a row of the first pass). The rest of a JPEG is then as libjpeg fills it. In a PNG or a
// WebP the rows below have ended, or, in an interlaced PNG, are as coarse as the passes before.
whisker_picture_status whisker_picture_start(whisker_picture *picture, uint32_t eighths, int gray, int partial,
                                             whisker_picture_layout *layout);
// Reads the next row, width * channels bytes. With the last row come failures of the picture as a whole.
whisker_picture_status whisker_picture_read_row(whisker_picture *picture, uint8_t *row);
// The message of the last failure.
const char *whisker_picture_message(const whisker_picture *picture);

#endif
