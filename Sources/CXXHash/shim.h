// All of it in the header: nothing to link with, and nothing that has to be there when the tool runs.
#define XXH_INLINE_ALL
#include <xxhash.h>

// Its own names are macros then, which Swift does not see.
static inline XXH128_hash_t xxhash_of(const void *bytes, size_t count) { return XXH3_128bits(bytes, count); }
