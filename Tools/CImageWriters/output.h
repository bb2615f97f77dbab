#ifndef CIW_OUTPUT_H
#define CIW_OUTPUT_H

#include "CImageWriters.h"

// Initializes `out` as empty.
void ciw_output_clear(ciw_output *out);

// Appends bytes. If there is not enough memory, returns 0 and leaves `out` unchanged.
int ciw_output_append(ciw_output *out, const uint8_t *bytes, size_t count);

// Stores `message`, truncated if necessary.
void ciw_output_explain(ciw_output *out, const char *message);

// Releases the bytes but keeps the message; returns `status`.
ciw_status ciw_output_fail(ciw_output *out, ciw_status status);

#endif
