// Kernels for the distribution of values, with the same code for every CPU.
#include "CKernels.h"

// Some CPUs have fused multiply-add always, others never.
#pragma STDC FP_CONTRACT OFF

// The number of values per iteration: enough to fill a vector, and for independent counters.
#define LANES 8

void whisker_extent(int64_t n, const float *values, float *least, float *most, double *sum, double *squares) {
  float low[LANES], high[LANES], sums[LANES] = {0}, products[LANES] = {0};
  for (int i = 0; i < LANES; i++) low[i] = *least, high[i] = *most;
  int64_t start = 0;
  for (; start + LANES <= n; start += LANES)
    for (int i = 0; i < LANES; i++) {
      float value = values[start + i];
      low[i] = value < low[i] ? value : low[i];
      high[i] = value > high[i] ? value : high[i];
      sums[i] += value;
      products[i] += value * value;
    }
  for (; start < n; start++) {
    float value = values[start];
    low[0] = value < low[0] ? value : low[0];
    high[0] = value > high[0] ? value : high[0];
    sums[0] += value;
    products[0] += value * value;
  }
  for (int i = 0; i < LANES; i++) {
    *least = low[i] < *least ? low[i] : *least;
    *most = high[i] > *most ? high[i] : *most;
    *sum += sums[i];
    *squares += products[i];
  }
}

void whisker_histogram(int64_t n, const float *values, float low, float scale, int64_t buckets, uint32_t *counts) {
  float last = (float)(buckets - 1);
  int64_t start = 0;
  for (; start + LANES <= n; start += LANES) {
    int32_t place[LANES];
    for (int i = 0; i < LANES; i++) {
      float at = (values[start + i] - low) * scale;
      at = at < last ? at : last;
      place[i] = (int32_t)(at > 0 ? at : 0);
    }
    for (int i = 0; i < LANES; i++) counts[i * buckets + place[i]]++;
  }
  for (; start < n; start++) {
    float at = (values[start] - low) * scale;
    at = at < last ? at : last;
    counts[(int32_t)(at > 0 ? at : 0)]++;
  }
}
