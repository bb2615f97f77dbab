// Kernels that visit each element once. Plain loops: the compiler vectorises them for the variant's instruction set.

static void relu_forward(int64_t n, const float *input, float *output) {
  for (int64_t i = 0; i < n; i++) output[i] = input[i] > 0 ? input[i] : 0;
}

static void relu_backward(int64_t n, const float *output, const float *gradient, float *input_gradient) {
  for (int64_t i = 0; i < n; i++) input_gradient[i] = output[i] > 0 ? gradient[i] : 0;
}

// Sixteen counters give 128 decisions of 16 bits each. Element e of a chunk takes half e / 64 of word e / 16 % 4 of
// counter e % 16, an order that needs no shuffling of lanes.
#define DROPOUT_LANES 16
#define DROPOUT_CHUNK (DROPOUT_LANES * 8)

INLINE void dropout_words(uint64_t key, const uint32_t counter[4], uint32_t words[4][DROPOUT_LANES]) {
  uint32_t c0[DROPOUT_LANES], c1[DROPOUT_LANES], c2[DROPOUT_LANES], c3[DROPOUT_LANES];
  for (int l = 0; l < DROPOUT_LANES; l++) {
    c0[l] = counter[0] + (uint32_t)l;
    c1[l] = counter[1];
    c2[l] = counter[2];
    c3[l] = counter[3];
  }
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < PHILOX_ROUNDS; round++, k0 += PHILOX_W0, k1 += PHILOX_W1)
    for (int l = 0; l < DROPOUT_LANES; l++) {
      uint64_t p0 = (uint64_t)PHILOX_M0 * c0[l], p1 = (uint64_t)PHILOX_M1 * c2[l];
      c0[l] = (uint32_t)(p1 >> 32) ^ c1[l] ^ k0;
      c2[l] = (uint32_t)(p0 >> 32) ^ c3[l] ^ k1;
      c1[l] = (uint32_t)p1;
      c3[l] = (uint32_t)p0;
    }
  memcpy(words[0], c0, sizeof c0);
  memcpy(words[1], c1, sizeof c1);
  memcpy(words[2], c2, sizeof c2);
  memcpy(words[3], c3, sizeof c3);
}

static void dropout(uint64_t seed, uint32_t step, uint32_t layer, uint32_t row, uint32_t threshold, int64_t n,
                    const float *input, float *output) {
  const float scale = 65536.0f / (float)(65536 - threshold);
  uint32_t counter[4] = {0, row, step, PHILOX_PURPOSE_DROPOUT << 16 | layer};
  for (int64_t start = 0; start < n; start += DROPOUT_CHUNK, counter[0] += DROPOUT_LANES) {
    uint32_t words[4][DROPOUT_LANES];
    float factor[DROPOUT_CHUNK];
    dropout_words(seed, counter, words);
    for (int w = 0; w < 4; w++)
      for (int l = 0; l < DROPOUT_LANES; l++) {
        factor[w * DROPOUT_LANES + l] = (words[w][l] & 0xFFFF) < threshold ? 0 : scale;
        factor[64 + w * DROPOUT_LANES + l] = (words[w][l] >> 16) < threshold ? 0 : scale;
      }
    int64_t count = smaller(DROPOUT_CHUNK, n - start);
    for (int64_t i = 0; i < count; i++) output[start + i] = input[start + i] * factor[i];
  }
}

static void bytes_to_floats(int64_t pixels, int64_t channels, const uint8_t *input, float *output) {
  for (int64_t c = 0; c < channels; c++)
    for (int64_t i = 0; i < pixels; i++) output[c * pixels + i] = (float)input[i * channels + c] * (1.0f / 255) - 0.5f;
}

static void sum_rows(int64_t rows, int64_t n, const float *parts, int64_t stride, float *sums) {
  memcpy(sums, parts, sizeof(float) * (size_t)n);
  for (int64_t r = 1; r < rows; r++)
    for (int64_t i = 0; i < n; i++) sums[i] += parts[r * stride + i];
}

static void adam(int64_t n, float *restrict value, const float *restrict gradient, float *restrict mean,
                 float *restrict variance, float rate, float beta1, float beta2, float epsilon) {
  for (int64_t i = 0; i < n; i++) {
    float g = gradient[i];
    float m = mean[i] + (g - mean[i]) * (1 - beta1);
    float v = variance[i] + (g * g - variance[i]) * (1 - beta2);
    mean[i] = m;
    variance[i] = v;
    value[i] -= rate * m / (__builtin_sqrtf(v) + epsilon);
  }
}

static void sgd(int64_t n, float *restrict value, const float *restrict gradient, float *restrict velocity,
                float rate, float momentum) {
  for (int64_t i = 0; i < n; i++) {
    velocity[i] = momentum * velocity[i] - rate * gradient[i];
    value[i] += velocity[i];
  }
}
