// Pooling over windows of any size, stride and padding. Padding is never chosen, and does not count in an average.

typedef struct {
  int64_t top, bottom, left, right;
} window;

INLINE window window_at(const whisker_pool *s, int64_t y, int64_t x) {
  int64_t top = y * s->stride - s->pad_top, left = x * s->stride - s->pad_left;
  return (window){larger(top, 0), smaller(top + s->size_height, s->height), larger(left, 0),
                  smaller(left + s->size_width, s->width)};
}

// The usual pool: windows of 2x2 side by side.
INLINE int is_usual_pool(const whisker_pool *s) {
  return s->size_height == 2 && s->size_width == 2 && s->stride == 2 && s->pad_top == 0 && s->pad_left == 0 &&
         2 * s->out_height <= s->height && 2 * s->out_width <= s->width;
}

static void usual_max_forward(const whisker_pool *s, const float *input, float *output, uint8_t *choice) {
  for (int64_t c = 0; c < s->channels; c++, input += s->height * s->width * BLOCK)
    for (int64_t y = 0; y < s->out_height; y++)
      for (int64_t x = 0; x < s->out_width; x++, output += BLOCK, choice += BLOCK)
        UNROLL for (int64_t l = 0; l < BLOCK; l += LANES) {
          const float *at = input + (2 * y * s->width + 2 * x) * BLOCK + l, *below = at + s->width * BLOCK;
          const vector four[4] = {load(at), load(at + BLOCK), load(below), load(below + BLOCK)};
          choices which;
          store(output + l, largest_of_four(four, &which));
          *(lane_bytes *)(choice + l) = __builtin_convertvector(which, lane_bytes);
        }
}

static void usual_max_backward(const whisker_pool *s, const float *gradient, const uint8_t *choice,
                               float *input_gradient) {
  int64_t area = s->height * s->width * BLOCK;
  if (2 * s->out_height < s->height || 2 * s->out_width < s->width)
    memset(input_gradient, 0, sizeof(float) * (size_t)(s->channels * area));
  for (int64_t c = 0; c < s->channels; c++, input_gradient += area)
    for (int64_t y = 0; y < s->out_height; y++)
      for (int64_t x = 0; x < s->out_width; x++, gradient += BLOCK, choice += BLOCK)
        UNROLL for (int64_t l = 0; l < BLOCK; l += LANES) {
          mask which = __builtin_convertvector(*(const lane_bytes *)(choice + l), mask);
          UNROLL for (int q = 0; q < 4; q++)
            store(input_gradient + ((2 * y + q / 2) * s->width + 2 * x + q % 2) * BLOCK + l,
                  unpooled(load(gradient + l), which, q / 2 * BELOW + q % 2 * RIGHT));
        }
}

// choice: the place of the first largest value in the map. The usual pool keeps bytes instead.
static void window_max_forward(const whisker_pool *s, const float *input, float *output, int32_t *choice) {
  if (is_usual_pool(s)) return usual_max_forward(s, input, output, (uint8_t *)choice);
  for (int64_t c = 0; c < s->channels; c++, input += s->height * s->width * BLOCK)
    for (int64_t y = 0; y < s->out_height; y++)
      for (int64_t x = 0; x < s->out_width; x++, output += BLOCK, choice += BLOCK) {
        window w = window_at(s, y, x);
        int32_t first = (int32_t)(w.top * s->width + w.left);
        memcpy(output, input + (int64_t)first * BLOCK, sizeof(float) * BLOCK);
        for (int l = 0; l < BLOCK; l++) choice[l] = first;
        for (int64_t row = w.top; row < w.bottom; row++)
          for (int64_t column = w.left; column < w.right; column++) {
            int32_t place = (int32_t)(row * s->width + column);
            const float *in = input + (int64_t)place * BLOCK;
            for (int l = 0; l < BLOCK; l++) {
              choice[l] = in[l] > output[l] ? place : choice[l];
              output[l] = in[l] > output[l] ? in[l] : output[l];
            }
          }
      }
}

static void window_max_backward(const whisker_pool *s, const float *gradient, const int32_t *choice,
                                float *input_gradient) {
  if (is_usual_pool(s)) return usual_max_backward(s, gradient, (const uint8_t *)choice, input_gradient);
  memset(input_gradient, 0, sizeof(float) * (size_t)(s->channels * s->height * s->width * BLOCK));
  for (int64_t c = 0; c < s->channels; c++, input_gradient += s->height * s->width * BLOCK)
    for (int64_t i = 0; i < s->out_height * s->out_width; i++, gradient += BLOCK, choice += BLOCK)
      for (int l = 0; l < BLOCK; l++) input_gradient[(int64_t)choice[l] * BLOCK + l] += gradient[l];
}

static void window_average_forward(const whisker_pool *s, const float *input, float *output) {
  for (int64_t c = 0; c < s->channels; c++, input += s->height * s->width * BLOCK)
    for (int64_t y = 0; y < s->out_height; y++)
      for (int64_t x = 0; x < s->out_width; x++, output += BLOCK) {
        window w = window_at(s, y, x);
        float share = 1.0f / (float)((w.bottom - w.top) * (w.right - w.left)), sum[BLOCK] = {0};
        for (int64_t row = w.top; row < w.bottom; row++)
          for (int64_t column = w.left; column < w.right; column++)
            for (int l = 0; l < BLOCK; l++) sum[l] += input[(row * s->width + column) * BLOCK + l];
        for (int l = 0; l < BLOCK; l++) output[l] = sum[l] * share;
      }
}

static void window_average_backward(const whisker_pool *s, const float *gradient, float *input_gradient) {
  memset(input_gradient, 0, sizeof(float) * (size_t)(s->channels * s->height * s->width * BLOCK));
  for (int64_t c = 0; c < s->channels; c++, input_gradient += s->height * s->width * BLOCK)
    for (int64_t y = 0; y < s->out_height; y++)
      for (int64_t x = 0; x < s->out_width; x++, gradient += BLOCK) {
        window w = window_at(s, y, x);
        float share = 1.0f / (float)((w.bottom - w.top) * (w.right - w.left));
        for (int64_t row = w.top; row < w.bottom; row++)
          for (int64_t column = w.left; column < w.right; column++)
            for (int l = 0; l < BLOCK; l++)
              input_gradient[(row * s->width + column) * BLOCK + l] += gradient[l] * share;
      }
}
