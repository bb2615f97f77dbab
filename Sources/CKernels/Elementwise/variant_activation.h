// Activations: each value by itself.

// e^x to about 2e-7 of it, between the largest and the smallest normal number: 2^n * 2^f with f from -1/2 to 1/2, by a
// polynomial of degree 6 (its coefficients are those of the Taylor series of 2^f).
INLINE float exponential(float x) {
  float t = x * 1.44269504f;
  t = t < -126 ? -126 : t > 126 ? 126 : t;
  float n = __builtin_rintf(t), f = t - n;
  float p = 1.5403531e-4f;
  p = p * f + 1.3333558e-3f;
  p = p * f + 9.6181291e-3f;
  p = p * f + 5.5504109e-2f;
  p = p * f + 2.4022651e-1f;
  p = p * f + 6.9314718e-1f;
  p = p * f + 1.0f;
  union {
    int32_t bits;
    float value;
  } power = {.bits = ((int32_t)n + 127) << 23};
  return p * power.value;
}

INLINE float logistic(float x) { return 1 / (1 + exponential(-x)); }
INLINE float clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

static void activation_forward(whisker_activation kind, float slope, int64_t n, const float *input, float *output) {
  switch (kind) {
    case WHISKER_RELU:
      for (int64_t i = 0; i < n; i++) output[i] = input[i] > 0 ? input[i] : 0;
      break;
    case WHISKER_RELU6:
      for (int64_t i = 0; i < n; i++) output[i] = clamp(input[i], 0, 6);
      break;
    case WHISKER_LEAKY_RELU:
      for (int64_t i = 0; i < n; i++) output[i] = input[i] > 0 ? input[i] : slope * input[i];
      break;
    case WHISKER_SILU:
      for (int64_t i = 0; i < n; i++) output[i] = input[i] * logistic(input[i]);
      break;
    case WHISKER_HARD_SWISH:
      for (int64_t i = 0; i < n; i++) output[i] = input[i] * clamp(input[i] + 3, 0, 6) * (1.0f / 6);
      break;
  }
}

static void activation_backward(whisker_activation kind, float slope, int64_t n, const float *input,
                                const float *gradient, float *input_gradient) {
  switch (kind) {
    case WHISKER_RELU:
      for (int64_t i = 0; i < n; i++) input_gradient[i] = input[i] > 0 ? gradient[i] : 0;
      break;
    case WHISKER_RELU6:
      for (int64_t i = 0; i < n; i++) input_gradient[i] = input[i] > 0 && input[i] < 6 ? gradient[i] : 0;
      break;
    case WHISKER_LEAKY_RELU:
      for (int64_t i = 0; i < n; i++) input_gradient[i] = input[i] > 0 ? gradient[i] : slope * gradient[i];
      break;
    case WHISKER_SILU:
      for (int64_t i = 0; i < n; i++) {
        float p = logistic(input[i]);
        input_gradient[i] = gradient[i] * p * (1 + input[i] * (1 - p));
      }
      break;
    case WHISKER_HARD_SWISH:
      for (int64_t i = 0; i < n; i++) {
        float x = input[i], slope_here = x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) * (1.0f / 6);
        input_gradient[i] = gradient[i] * slope_here;
      }
      break;
  }
}

static void add(int64_t n, const float *one, const float *other, float *sum) {
  for (int64_t i = 0; i < n; i++) sum[i] = one[i] + other[i];
}
