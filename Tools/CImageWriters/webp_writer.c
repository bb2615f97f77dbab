#if !__has_include(<webp/encode.h>)
#error "libwebp's headers are missing: run scripts/setup, or install libwebp-dev"
#endif
#include <webp/encode.h>

#include "output.h"

static int write_bytes(const uint8_t *bytes, size_t count, const WebPPicture *picture) {
  return ciw_output_append(picture->custom_ptr, bytes, count);
}

ciw_status ciw_webp_encode(const ciw_webp_options *options, const uint8_t *pixels, ciw_output *out) {
  ciw_output_clear(out);
  WebPConfig config;
  WebPPicture picture;
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) {
    ciw_output_explain(out, "libwebp is of another version than its headers");
    return CIW_ENCODER_FAILED;
  }
  config.quality = options->quality;
  config.lossless = options->lossless;
  // Colours under transparent pixels are kept.
  config.exact = 1;
  picture.use_argb = options->lossless;
  picture.width = (int)options->width;
  picture.height = (int)options->height;
  picture.writer = write_bytes;
  picture.custom_ptr = out;
  int stride = picture.width * (options->has_alpha ? 4 : 3);
  int is_imported = options->has_alpha ? WebPPictureImportRGBA(&picture, pixels, stride)
                                       : WebPPictureImportRGB(&picture, pixels, stride);
  int is_encoded = is_imported && WebPEncode(&config, &picture);
  WebPEncodingError code = picture.error_code;
  WebPPictureFree(&picture);
  if (is_encoded) return CIW_OK;
  int lacks_memory = !is_imported || code == VP8_ENC_ERROR_OUT_OF_MEMORY || code == VP8_ENC_ERROR_BAD_WRITE;
  ciw_output_explain(out, lacks_memory ? "out of memory" : "libwebp refuses the picture");
  return ciw_output_fail(out, lacks_memory ? CIW_OUT_OF_MEMORY : CIW_ENCODER_FAILED);
}
