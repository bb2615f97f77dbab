// Area averaging of the rows of a picture. Without fused multiply-add, so that the pixels do not depend on the CPU.
#define NO_CONTRACTION _Pragma("STDC FP_CONTRACT OFF")

typedef uint8_t lane_pixels __attribute__((vector_size(LANES), aligned(1), may_alias));

static void area_add(int64_t count, const float *row, float weight, float *line) {
  NO_CONTRACTION
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) store(line + i, load(line + i) + load(row + i) * weight);
  for (; i < count; i++) line[i] += row[i] * weight;
}

static void area_add_bytes(int64_t count, const uint8_t *row, float weight, float *line) {
  NO_CONTRACTION
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    vector values = __builtin_convertvector(*(const lane_pixels *)(row + i), vector);
    store(line + i, load(line + i) + values * weight);
  }
  for (; i < count; i++) line[i] += (float)row[i] * weight;
}

static void area_columns(int64_t count, int64_t terms, int64_t step, const int32_t *restrict first,
                         const float *restrict weights, const float *restrict line, float *restrict sums) {
  NO_CONTRACTION
  for (int64_t c = 0; c < count; c++) sums[c] = line[first[c]] * weights[c];
  for (int64_t t = 1; t < terms; t++) {
    const float *at = line + t * step, *weight = weights + t * count;
    for (int64_t c = 0; c < count; c++) sums[c] += at[first[c]] * weight[c];
  }
}

static void area_round(int64_t count, const float *sums, float area, uint8_t *pixels) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    vector value = load(sums + i) / area + 0.5f;
    value = __builtin_elementwise_min(__builtin_elementwise_max(value, broadcast(0)), broadcast(255));
    *(lane_pixels *)(pixels + i) = __builtin_convertvector(value, lane_pixels);
  }
  for (; i < count; i++) {
    float value = sums[i] / area + 0.5f;
    pixels[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
  }
}
