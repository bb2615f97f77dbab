// The 128-bit XXH3 hash with seed 0, by Yann Collet (specification: doc/xxhash_spec.md in xxHash's repository). The results
// equal those of xxh128sum.
#include "CKernels.h"

#include <string.h>

typedef unsigned __int128 u128;
// Eight accumulators, or a stripe of the input.
typedef uint64_t stripe __attribute__((vector_size(64)));

enum { STRIPE = 64, SECRET = 192, STRIPES_PER_BLOCK = 16, BLOCK = STRIPE * STRIPES_PER_BLOCK };

static const uint64_t prime32_1 = 0x9E3779B1, prime32_2 = 0x85EBCA77, prime32_3 = 0xC2B2AE3D;
static const uint64_t prime64_1 = 0x9E3779B185EBCA87, prime64_2 = 0xC2B2AE3D27D4EB4F;
static const uint64_t prime64_3 = 0x165667B19E3779F9, prime64_4 = 0x85EBCA77C2B2AE63;
static const uint64_t prime64_5 = 0x27D4EB2F165667C5;
static const uint64_t mix_1 = 0x165667919E3779F9, mix_2 = 0x9FB21C651E98DF25;

static const uint8_t secret[SECRET] = {
  0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
  0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
  0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
  0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
  0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
  0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
  0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
  0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
  0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
  0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
  0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
  0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
};

// Reads a little-endian number.
static inline uint64_t read64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  v = __builtin_bswap64(v);
#endif
  return v;
}

static inline uint32_t read32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  v = __builtin_bswap32(v);
#endif
  return v;
}

static inline uint64_t folded(uint64_t a, uint64_t b) {
  u128 product = (u128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t avalanche(uint64_t h) {
  h = (h ^ h >> 37) * mix_1;
  return h ^ h >> 32;
}

// The avalanche function of XXH64, for the shortest inputs.
static inline uint64_t avalanche64(uint64_t h) {
  h = (h ^ h >> 33) * prime64_2;
  h = (h ^ h >> 29) * prime64_3;
  return h ^ h >> 32;
}

static whisker_hash hash_0(void) {
  return (whisker_hash){
      .low = avalanche64(read64(secret + 64) ^ read64(secret + 72)),
      .high = avalanche64(read64(secret + 80) ^ read64(secret + 88))};
}

static whisker_hash hash_1_to_3(const uint8_t *in, size_t n) {
  uint32_t low = (uint32_t)in[0] << 16 | (uint32_t)in[n >> 1] << 24 | in[n - 1] | (uint32_t)n << 8;
  uint32_t swapped = __builtin_bswap32(low), high = swapped << 13 | swapped >> 19;
  return (whisker_hash){
      .low = avalanche64(low ^ (uint64_t)(read32(secret) ^ read32(secret + 4))),
      .high = avalanche64(high ^ (uint64_t)(read32(secret + 8) ^ read32(secret + 12)))};
}

static whisker_hash hash_4_to_8(const uint8_t *in, size_t n) {
  uint64_t both = read32(in) + ((uint64_t)read32(in + n - 4) << 32);
  u128 product = (u128)(both ^ read64(secret + 16) ^ read64(secret + 24)) * (prime64_1 + (n << 2));
  uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64) + (low << 1);
  low ^= high >> 3;
  low = (low ^ low >> 35) * mix_2;
  return (whisker_hash){.low = low ^ low >> 28, .high = avalanche(high)};
}

static whisker_hash hash_9_to_16(const uint8_t *in, size_t n) {
  uint64_t first = read64(in), last = read64(in + n - 8);
  u128 product = (u128)(first ^ last ^ read64(secret + 32) ^ read64(secret + 40)) * prime64_1;
  uint64_t low = (uint64_t)product + ((uint64_t)(n - 1) << 54), high = (uint64_t)(product >> 64);
  last ^= read64(secret + 48) ^ read64(secret + 56);
  high += last + (uint64_t)(uint32_t)last * (prime32_2 - 1);
  low ^= __builtin_bswap64(high);
  product = (u128)low * prime64_2;
  return (whisker_hash){
      .low = avalanche((uint64_t)product),
      .high = avalanche((uint64_t)(product >> 64) + high * prime64_2)};
}

static inline uint64_t mixed_16(const uint8_t *in, const uint8_t *key) {
  return folded(read64(in) ^ read64(key), read64(in + 8) ^ read64(key + 8));
}

static inline void mix_32(whisker_hash *sum, const uint8_t *a, const uint8_t *b, const uint8_t *key) {
  sum->low = (sum->low + mixed_16(a, key)) ^ (read64(b) + read64(b + 8));
  sum->high = (sum->high + mixed_16(b, key + 16)) ^ (read64(a) + read64(a + 8));
}

static whisker_hash finished(whisker_hash sum, size_t n) {
  return (whisker_hash){
      .low = avalanche(sum.low + sum.high),
      .high = 0 - avalanche(sum.low * prime64_1 + sum.high * prime64_4 + n * prime64_2)};
}

static whisker_hash hash_17_to_128(const uint8_t *in, size_t n) {
  whisker_hash sum = {.low = n * prime64_1};
  for (size_t i = (n - 1) / 32; i > 0; i--) mix_32(&sum, in + 16 * i, in + n - 16 * (i + 1), secret + 32 * i);
  mix_32(&sum, in, in + n - 16, secret);
  return finished(sum, n);
}

static whisker_hash hash_129_to_240(const uint8_t *in, size_t n) {
  whisker_hash sum = {.low = n * prime64_1};
  for (size_t i = 0; i < 128; i += 32) mix_32(&sum, in + i, in + i + 16, secret + i);
  sum = (whisker_hash){.low = avalanche(sum.low), .high = avalanche(sum.high)};
  for (size_t i = 128; i + 32 <= n; i += 32) mix_32(&sum, in + i, in + i + 16, secret + 3 + i - 128);
  mix_32(&sum, in + n - 16, in + n - 32, secret + 103);
  return finished(sum, n);
}

// Vectors are passed by address, because their calling convention depends on the instruction set.
static inline void read_stripe(const uint8_t *p, stripe *v) {
  memcpy(v, p, sizeof *v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  for (int i = 0; i < 8; i++) (*v)[i] = __builtin_bswap64((*v)[i]);
#endif
}

static inline void accumulate(stripe *sum, const uint8_t *in, const uint8_t *key) {
  stripe data, keyed;
  read_stripe(in, &data);
  read_stripe(key, &keyed);
  keyed ^= data;
  *sum += __builtin_shufflevector(data, data, 1, 0, 3, 2, 5, 4, 7, 6) + (keyed & 0xFFFFFFFF) * (keyed >> 32);
}

static uint64_t merged(const stripe *sum, const uint8_t *key, uint64_t start) {
  for (int i = 0; i < 4; i++)
    start += folded((*sum)[2 * i] ^ read64(key + 16 * i), (*sum)[2 * i + 1] ^ read64(key + 16 * i + 8));
  return avalanche(start);
}

static whisker_hash hash_long(const uint8_t *in, size_t n) {
  const uint8_t *last = in + n - STRIPE, *end = secret + SECRET - STRIPE;
  stripe sum = {prime32_3, prime64_1, prime64_2, prime64_3, prime64_4, prime32_2, prime64_5, prime32_1}, scramble;
  size_t blocks = (n - 1) / BLOCK, stripes = (n - 1) % BLOCK / STRIPE;
  read_stripe(end, &scramble);
  for (size_t block = 0; block < blocks; block++, in += BLOCK) {
    for (int i = 0; i < STRIPES_PER_BLOCK; i++) accumulate(&sum, in + i * STRIPE, secret + 8 * i);
    sum = (sum ^ sum >> 47 ^ scramble) * prime32_1;
  }
  for (size_t i = 0; i < stripes; i++) accumulate(&sum, in + i * STRIPE, secret + 8 * i);
  accumulate(&sum, last, end - 7);
  return (whisker_hash){
      .low = merged(&sum, secret + 11, n * prime64_1), .high = merged(&sum, end - 11, ~(n * prime64_2))};
}

whisker_hash whisker_hash_of(const void *bytes, size_t count) {
  if (count == 0) return hash_0();
  if (count <= 3) return hash_1_to_3(bytes, count);
  if (count <= 8) return hash_4_to_8(bytes, count);
  if (count <= 16) return hash_9_to_16(bytes, count);
  if (count <= 128) return hash_17_to_128(bytes, count);
  if (count <= 240) return hash_129_to_240(bytes, count);
  return hash_long(bytes, count);
}
