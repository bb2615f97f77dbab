// Depthwise convolutions: each filter sees one channel. They read more than they compute, so nothing is packed or transposed.

// The columns of an output row that are computed together.
#define DEPTHWISE_COLUMNS 4

INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t taps_in_window(const whisker_convolution *s) { return s->kernel_height * s->kernel_width; }
INLINE int is_depthwise(const whisker_convolution *s) { return s->channels == s->groups; }

// The first output row or column that sees its first input under a tap inside, and the end of those that do. The tap lies
// `shift` after that of the first output.
INLINE int64_t first_inside(int64_t shift, int64_t stride) { return shift < 0 ? (-shift + stride - 1) / stride : 0; }
INLINE int64_t end_inside(int64_t shift, int64_t stride, int64_t extent, int64_t outputs) {
  return extent <= shift ? 0 : smaller(outputs, (extent - shift - 1) / stride + 1);
}

// The taps first_x..<end_x of the rows first_y..<end_y of the kernel.
typedef struct {
  int64_t first_y, end_y, first_x, end_x;
} tap_range;

// Consecutive outputs of a row; `in` is the top left input of the first, which may lie outside.
INLINE void depthwise_outputs(const int columns, const whisker_convolution *s, const tap_range *taps,
                              const float *weights, float bias, const float *in, float *out) {
  for (int64_t l = 0; l < BLOCK; l += LANES) {
    vector sum[DEPTHWISE_COLUMNS];
    UNROLL for (int x = 0; x < columns; x++) sum[x] = broadcast(bias);
    for (int64_t ky = taps->first_y; ky < taps->end_y; ky++)
      for (int64_t kx = taps->first_x; kx < taps->end_x; kx++) {
        vector weight = broadcast(weights[ky * s->kernel_width + kx]);
        const float *at = in + (ky * s->width + kx) * BLOCK + l;
        UNROLL for (int x = 0; x < columns; x++) sum[x] += weight * load(at + x * s->stride * BLOCK);
      }
    UNROLL for (int x = 0; x < columns; x++) store(out + x * s->out_column_stride * BLOCK + l, sum[x]);
  }
}

static void depthwise_forward(const whisker_convolution *s, int64_t first, int64_t end, const float *weights,
                              const float *bias, const float *input, float *output) {
  int64_t window = taps_in_window(s), count;
  // The outputs whose windows lie inside.
  int64_t inner = first_inside(-s->pad_left, s->stride);
  int64_t inner_end = end_inside(s->kernel_width - 1 - s->pad_left, s->stride, s->width, s->out_width);
  for (int64_t f = first; f < end; f++)
    for (int64_t y = 0; y < s->out_height; y++) {
      int64_t top = y * s->stride - s->pad_top;
      const float *row = input + (f / (s->filters / s->groups) * s->height + top) * s->width * BLOCK;
      float *line = output + (s->out_offset + f * s->out_channel_stride + y * s->out_row_stride) * BLOCK;
      for (int64_t x = 0; x < s->out_width; x += count) {
        int64_t left = x * s->stride - s->pad_left;
        const tap_range taps = {larger(0, -top), smaller(s->kernel_height, s->height - top), larger(0, -left),
                                smaller(s->kernel_width, s->width - left)};
        const float *in = row + left * BLOCK, *w = weights + f * window;
        float *out = line + x * s->out_column_stride * BLOCK, start = bias ? bias[f] : 0;
        count = x >= inner && x + DEPTHWISE_COLUMNS <= inner_end ? DEPTHWISE_COLUMNS : 1;
        if (count == 1)
          depthwise_outputs(1, s, &taps, w, start, in, out);
        else
          depthwise_outputs(DEPTHWISE_COLUMNS, s, &taps, w, start, in, out);
      }
    }
}

// The products of a row of the gradient with a row of the input, added to two vectors.
INLINE void depthwise_row(int64_t columns, int64_t stride, const float *gradient, const float *input, vector sum[2]) {
  int64_t x = 0;
  for (; x + 2 <= columns; x += 2)
    UNROLL for (int64_t l = 0; l < BLOCK; l += LANES) {
      sum[0] += load(gradient + x * BLOCK + l) * load(input + x * stride * BLOCK + l);
      sum[1] += load(gradient + (x + 1) * BLOCK + l) * load(input + (x + 1) * stride * BLOCK + l);
    }
  for (; x < columns; x++)
    UNROLL for (int64_t l = 0; l < BLOCK; l += LANES)
      sum[0] += load(gradient + x * BLOCK + l) * load(input + x * stride * BLOCK + l);
}

static void depthwise_weights(const whisker_convolution *s, int64_t first, int64_t end, int64_t blocks,
                              const float *input, const float *gradient, float *weight_gradient) {
  int64_t area = s->height * s->width * BLOCK, map = s->out_height * s->out_width * BLOCK;
  memset(weight_gradient + first * taps_in_window(s), 0, sizeof(float) * (size_t)((end - first) * taps_in_window(s)));
  for (int64_t f = first; f < end; f++)
    for (int64_t b = 0; b < blocks; b++) {
      const float *in = input + (b * s->channels + f / (s->filters / s->groups)) * area;
      const float *from = gradient + (b * s->filters + f) * map;
      for (int64_t ky = 0; ky < s->kernel_height; ky++)
        for (int64_t kx = 0; kx < s->kernel_width; kx++) {
          int64_t below = ky - s->pad_top, after = kx - s->pad_left;
          int64_t x = first_inside(after, s->stride), columns = end_inside(after, s->stride, s->width, s->out_width) - x;
          int64_t y = first_inside(below, s->stride), end_y = end_inside(below, s->stride, s->height, s->out_height);
          vector sum[2] = {0};
          for (; y < end_y; y++)
            depthwise_row(columns, s->stride, from + (y * s->out_width + x) * BLOCK,
                          in + ((y * s->stride + below) * s->width + x * s->stride + after) * BLOCK, sum);
          weight_gradient[f * taps_in_window(s) + ky * s->kernel_width + kx] += sum_of_lanes(sum[0] + sum[1]);
        }
    }
}
