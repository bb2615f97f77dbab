#ifndef CIW_OUTPUT_H
#define CIW_OUTPUT_H

#include "CImageWriters.h"

// Makes `out` empty, without releasing anything.
void ciw_output_clear(ciw_output *out);

// Appends bytes; returns 0 and leaves `out` as it was when memory runs out.
int ciw_output_append(ciw_output *out, const uint8_t *bytes, size_t count);

// Keeps `message`, cut to fit.
void ciw_output_explain(ciw_output *out, const char *message);

// Releases the bytes but keeps the message; returns `status`.
ciw_status ciw_output_fail(ciw_output *out, ciw_status status);

#endif
