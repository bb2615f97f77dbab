// Kernels on maps of single pictures that only copy data, with the same code for every CPU.
#include <string.h>

#include "CKernels.h"

static void clear(float *values, int64_t count) { memset(values, 0, sizeof(float) * (size_t)count); }

void whisker_map_clear_border(const whisker_map_border *s, const whisker_map *map) {
  int64_t left = s->left * s->pixel, right = s->right * s->pixel, row = (s->left + s->width + s->right) * s->pixel;
  for (int64_t b = 0; b < s->blocks; b++) {
    float *corner = map->values + b * map->block - s->top * map->row - left;
    for (int64_t y = 0; y < s->top + s->height + s->bottom; y++, corner += map->row) {
      if (y < s->top || y >= s->top + s->height) {
        clear(corner, row);
      } else {
        clear(corner, left);
        clear(corner + row - right, right);
      }
    }
  }
}

void whisker_map_spread(int64_t count, int64_t channels, const float *values, float *map) {
  for (int64_t i = 0; i < count; i++, map += WHISKER_BLOCK, values += channels) {
    memset(map, 0, sizeof(float) * WHISKER_BLOCK);
    for (int64_t c = 0; c < channels; c++) map[c] = values[c];
  }
}

void whisker_map_flatten(int64_t channels, int64_t height, int64_t width, const whisker_map *map, float *values) {
  for (int64_t c = 0; c < channels; c++)
    for (int64_t y = 0; y < height; y++) {
      const float *row = map->values + c / WHISKER_BLOCK * map->block + y * map->row + c % WHISKER_BLOCK;
      for (int64_t x = 0; x < width; x++) *values++ = row[x * WHISKER_BLOCK];
    }
}

void whisker_map_pack(const whisker_map_filters *s, const float *weights, const double *scale, float *packed) {
  for (int64_t first = 0; first < s->filters; first += WHISKER_BLOCK) {
    // Of each filter of the block: its weights, its factor, and its first channel. Lanes after the last filter see none.
    const float *from[WHISKER_BLOCK];
    double factor[WHISKER_BLOCK];
    int64_t own[WHISKER_BLOCK];
    for (int64_t lane = 0; lane < WHISKER_BLOCK; lane++) {
      int64_t filter = first + lane, exists = filter < s->filters;
      from[lane] = weights + (exists ? filter : 0) * s->channels * s->taps;
      factor[lane] = exists ? scale[filter] : 0;
      own[lane] = exists ? filter / (s->filters / s->groups) * s->channels : INT64_MAX;
    }
    int64_t channel = (s->first_in ? s->first_in[first / WHISKER_BLOCK] : 0) * s->depth;
    for (int64_t b = 0; b < s->blocks; b++, channel += s->depth) {
      int64_t depth = b == s->blocks - 1 ? s->last_depth : s->depth;
      for (int64_t tap = 0; tap < s->taps; tap++)
        for (int64_t c = channel; c < channel + depth; c++, packed += WHISKER_BLOCK)
          for (int64_t lane = 0; lane < WHISKER_BLOCK; lane++) {
            int64_t at = c - own[lane];
            packed[lane] = at >= 0 && at < s->channels ? (float)(factor[lane] * from[lane][at * s->taps + tap]) : 0;
          }
    }
  }
}
