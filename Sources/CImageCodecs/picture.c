#include "picture.h"

#include <string.h>

// The codecs. A new format is a file that defines a codec, and its two lines here.
extern const whisker_codec whisker_png_codec;
extern const whisker_codec whisker_jpeg_codec;
extern const whisker_codec whisker_webp_codec;

static const whisker_codec *const codecs[] = {
    &whisker_png_codec,
    &whisker_jpeg_codec,
    &whisker_webp_codec,
};

const whisker_codec *whisker_codec_at(size_t index) {
  return index < sizeof codecs / sizeof *codecs ? codecs[index] : NULL;
}

whisker_picture *whisker_picture_refuse(whisker_picture *picture, whisker_picture_status *status, char message[200]) {
  *status = picture->status;
  memcpy(message, picture->message, sizeof picture->message);
  picture->close(picture);
  return NULL;
}

void whisker_picture_close(whisker_picture *picture) { picture->close(picture); }

uint32_t whisker_picture_width(const whisker_picture *picture) { return picture->width; }

uint32_t whisker_picture_height(const whisker_picture *picture) { return picture->height; }

const uint8_t *whisker_picture_exif(const whisker_picture *picture, size_t *count) {
  *count = picture->exif_count;
  return picture->exif;
}

whisker_picture_status whisker_picture_start(whisker_picture *picture, uint32_t eighths, int gray, int partial,
                                             whisker_picture_layout *layout) {
  picture->partial = partial;
  return picture->start(picture, eighths, gray, layout);
}

whisker_picture_status whisker_picture_read_row(whisker_picture *picture, uint8_t *row) {
  return picture->read_row(picture, row);
}

const char *whisker_picture_message(const whisker_picture *picture) { return picture->message; }
