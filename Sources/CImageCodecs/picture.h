#ifndef WHISKER_PICTURE_H
#define WHISKER_PICTURE_H

#include "CImageCodecs.h"

// A picture that is being read. A format's own struct begins with this one.
struct whisker_picture {
  uint32_t width, height;
  const uint8_t *exif;
  size_t exif_count;
  int partial;  // whether the rows that decoded are accepted
  whisker_picture_status status;
  char message[200];
  whisker_picture_status (*start)(whisker_picture *, uint32_t eighths, int gray, whisker_picture_layout *);
  whisker_picture_status (*read_row)(whisker_picture *, uint8_t *row);
  void (*close)(whisker_picture *);
};

// Ends a failed open: returns the status and the message, and closes the picture.
whisker_picture *whisker_picture_refuse(whisker_picture *picture, whisker_picture_status *status, char message[200]);

#endif
