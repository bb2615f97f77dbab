// Batch normalisation of maps, with an activation and an addition after it: each channel over all samples and positions. Sums
// over a block are taken in float, sums of those in double precision, all in a fixed order. Lanes beyond the last sample do not
// count. All kernels take channel by channel, because what one reads is still in the cache for the next.

INLINE mask sample_lanes(int64_t samples, int64_t lane) {
  mask m;
  for (int l = 0; l < LANES; l++) m[l] = lane + l < samples ? -1 : 0;
  return m;
}

// Vectors that are summed side by side. Each always holds the same lanes of a block.
#define NORM_SUMS 4

// Calls body(u, i) for the offset i of every vector of one channel of one block, with u < NORM_SUMS.
#define FOR_EACH_VECTOR(area, body)                                                     \
  do {                                                                                  \
    int64_t values = (area)*BLOCK, i = 0;                                               \
    for (; i + NORM_SUMS * LANES <= values; i += NORM_SUMS * LANES)                     \
      UNROLL for (int u = 0; u < NORM_SUMS; u++) body(u, i + u * LANES);                \
    UNROLL for (int u = 0; u < NORM_SUMS; u++)                                          \
      if (i + u * LANES < values) body(u, i + u * LANES);                               \
  } while (0)

// The sum of those lanes that hold one of so many samples.
INLINE double sum_present(const vector *sum, int64_t samples) {
  vector all = {0};
  UNROLL for (int u = 0; u < NORM_SUMS; u++)
    all += (vector)(sample_lanes(samples, u * LANES % BLOCK) & (mask)sum[u]);
  return sum_of_lanes(all);
}

// The offset of a channel in a block, and the samples of that block.
INLINE int64_t norm_at(const whisker_norm *s, int64_t block, int64_t channel) {
  return (block * s->channels + channel) * s->area * BLOCK;
}

#define NORM_BLOCKS(task) (((task)->count + BLOCK - 1) / BLOCK)

static void norm_moments(const whisker_norm *s, const whisker_norm_task *task, const float *input, double *sums,
                         double *squares) {
  for (int64_t c = task->first; c < task->end; c++) {
    sums[c] = squares[c] = 0;
    for (int64_t b = 0; b < NORM_BLOCKS(task); b++) {
      const float *in = input + norm_at(s, b, c);
      vector sum[NORM_SUMS] = {0};
#define ADD(u, i) sum[u] += load(in + (i))
      FOR_EACH_VECTOR(s->area, ADD);
#undef ADD
      sums[c] += sum_present(sum, task->count - b * BLOCK);
    }
    vector mean = broadcast((float)(sums[c] / (double)(task->count * s->area)));
    for (int64_t b = 0; b < NORM_BLOCKS(task); b++) {
      const float *in = input + norm_at(s, b, c);
      vector sum[NORM_SUMS] = {0};
#define ADD(u, i)                        \
  do {                                   \
    vector d = load(in + (i)) - mean;    \
    sum[u] += d * d;                     \
  } while (0)
      FOR_EACH_VECTOR(s->area, ADD);
#undef ADD
      squares[c] += sum_present(sum, task->count - b * BLOCK);
    }
  }
}

static void norm_forward(const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,
                         const float *input, const float *addend, float *output) {
  vector slope = broadcast(s->slope), limit = broadcast(s->limit);
  for (int64_t c = task->first; c < task->end; c++) {
    vector scale = broadcast(k->scale[c]), shift = broadcast(k->shift[c]);
    for (int64_t b = 0; b < NORM_BLOCKS(task); b++)
      for (int64_t i = norm_at(s, b, c), end = i + s->area * BLOCK; i < end; i += LANES) {
        vector y = load(input + i) * scale + shift;
        y = choose(y > 0, choose(y > limit, limit, y), slope * y);
        store(output + i, addend ? y + load(addend + i) : y);
      }
  }
}

// The gradient before the activation.
INLINE vector norm_gradient(vector input, vector gradient, vector scale, vector shift, vector slope, vector limit) {
  vector y = input * scale + shift;
  return choose(y > 0, (vector)((y < limit) & (mask)gradient), slope * gradient);
}

static void norm_gradient_sums(const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,
                               const float *input, const float *gradient, const whisker_norm_sums *of) {
  vector slope = broadcast(s->slope), limit = broadcast(s->limit);
  for (int64_t c = task->first; c < task->end; c++) {
    vector mean = broadcast(k->mean[c]), scale = broadcast(k->scale[c]), shift = broadcast(k->shift[c]);
    of->sums[c] = of->products[c] = 0;
    for (int64_t b = 0; b < NORM_BLOCKS(task); b++) {
      const float *in = input + norm_at(s, b, c), *from = gradient + norm_at(s, b, c);
      vector sum[NORM_SUMS] = {0}, product[NORM_SUMS] = {0};
#define ADD(u, i)                                                                        \
  do {                                                                                   \
    vector x = load(in + (i)), g = norm_gradient(x, load(from + (i)), scale, shift, slope, limit); \
    sum[u] += g;                                                                         \
    product[u] += g * (x - mean);                                                        \
  } while (0)
      FOR_EACH_VECTOR(s->area, ADD);
#undef ADD
      of->sums[c] += sum_present(sum, task->count - b * BLOCK);
      of->products[c] += sum_present(product, task->count - b * BLOCK);
    }
  }
}

static void norm_backward(const whisker_norm *s, const whisker_norm_task *task, const whisker_norm_factors *k,
                          const float *input, const float *gradient, float *input_gradient) {
  vector slope = broadcast(s->slope), limit = broadcast(s->limit);
  for (int64_t c = task->first; c < task->end; c++) {
    vector scale = broadcast(k->scale[c]), shift = broadcast(k->shift[c]);
    vector factor = broadcast(k->input_factor[c]), offset = broadcast(k->offset[c]);
    for (int64_t b = 0; b < NORM_BLOCKS(task); b++)
      for (int64_t lane = 0; lane < BLOCK; lane += LANES) {
        mask present = sample_lanes(task->count - b * BLOCK, lane);
        for (int64_t i = norm_at(s, b, c) + lane, end = i + s->area * BLOCK; i < end; i += BLOCK) {
          vector x = load(input + i), g = norm_gradient(x, load(gradient + i), scale, shift, slope, limit);
          store(input_gradient + i, (vector)(present & (mask)(g * scale + x * factor + offset)));
        }
      }
  }
}
