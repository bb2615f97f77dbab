// Conversion of images, ReLU, max-pool and the optimizers' steps. Most are plain loops, which the compiler vectorizes;
// images_to_block and adam_step use vectors explicitly.

typedef uint8_t block_bytes __attribute__((vector_size(BLOCK), aligned(1), may_alias));

// Interleaves the first and the second half of the rows. Four repetitions transpose 16 rows of 16 bytes.
INLINE void zip_rows(const block_bytes in[BLOCK], block_bytes out[BLOCK]) {
  UNROLL for (int i = 0; i < BLOCK / 2; i++) {
    block_bytes a = in[i], b = in[i + BLOCK / 2];
    out[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    out[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
}

INLINE void bytes_to_floats(const uint8_t *values, float *to) {
  for (int64_t l = 0; l < BLOCK; l++) to[l] = (float)values[l] * (1.0f / 255) - 0.5f;
}

static void images_to_block(int64_t pixels, int64_t channels, const uint8_t *const images[], float *block) {
  int64_t size = pixels * channels, i = 0;
  for (; i + BLOCK <= size; i += BLOCK) {
    block_bytes rows[BLOCK], zipped[BLOCK];
    UNROLL for (int l = 0; l < BLOCK; l++) rows[l] = *(const block_bytes *)(images[l] + i);
    zip_rows(rows, zipped);
    zip_rows(zipped, rows);
    zip_rows(rows, zipped);
    zip_rows(zipped, rows);
    for (int64_t k = i; k < i + BLOCK; k++)
      bytes_to_floats((const uint8_t *)&rows[k - i], block + (k % channels * pixels + k / channels) * BLOCK);
  }
  for (; i < size; i++) {
    uint8_t values[BLOCK];
    for (int64_t l = 0; l < BLOCK; l++) values[l] = images[l][i];
    bytes_to_floats(values, block + (i % channels * pixels + i / channels) * BLOCK);
  }
}

static void adam_step(const whisker_adam *adam, int64_t first, int64_t end, const float *gradient) {
  int64_t i = first;
  for (; i + LANES <= end; i += LANES) adam_vector(adam, i, load(gradient + i - first));
  for (; i < end; i++) {
    float g = gradient[i - first];
    float m = adam->mean[i] + (g - adam->mean[i]) * (1 - adam->beta1);
    float v = adam->variance[i] + (g * g - adam->variance[i]) * (1 - adam->beta2);
    adam->mean[i] = m;
    adam->variance[i] = v;
    adam->value[i] = adam->keep * adam->value[i] - adam->rate * m / (__builtin_sqrtf(v) + adam->epsilon);
  }
}

static void sgd_step(int64_t n, float *restrict value, const float *restrict gradient, float *restrict velocity,
                     float rate, float momentum, float keep) {
  for (int64_t i = 0; i < n; i++) {
    velocity[i] = momentum * velocity[i] - rate * gradient[i];
    value[i] = keep * value[i] + velocity[i];
  }
}
