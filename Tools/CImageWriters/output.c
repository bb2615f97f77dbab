#include "output.h"

#include <stdlib.h>
#include <string.h>

void ciw_output_clear(ciw_output *out) { memset(out, 0, sizeof *out); }

void ciw_output_free(ciw_output *out) {
  free(out->bytes);
  ciw_output_clear(out);
}

int ciw_output_append(ciw_output *out, const uint8_t *bytes, size_t count) {
  if (count == 0) return 1;
  if (count > out->capacity - out->count) {
    if (count > SIZE_MAX / 2 - out->count) return 0;
    size_t capacity = (out->count + count) * 2;
    uint8_t *grown = realloc(out->bytes, capacity);
    if (!grown) return 0;
    out->bytes = grown;
    out->capacity = capacity;
  }
  memcpy(out->bytes + out->count, bytes, count);
  out->count += count;
  return 1;
}

void ciw_output_explain(ciw_output *out, const char *message) {
  size_t length = strlen(message);
  if (length >= sizeof out->message) length = sizeof out->message - 1;
  memcpy(out->message, message, length);
  out->message[length] = 0;
}

ciw_status ciw_output_fail(ciw_output *out, ciw_status status) {
  free(out->bytes);
  out->bytes = NULL;
  out->count = out->capacity = 0;
  return status;
}
