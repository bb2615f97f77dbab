// Inference of single pictures: part of CKernels.h. The lanes of a vector hold channels.
//
// A map is [blocks, rows, columns, B]: a block holds B channels, and those of a pixel are contiguous. Lanes after the last
// channel are zero. Maps that are padded have a border of zeros in memory; everything else is found by the two strides.
#ifndef WHISKER_CKERNELS_PICTURE_H
#define WHISKER_CKERNELS_PICTURE_H

#include <stdint.h>

// A map in memory: a pixel of its first block, and the floats from one row and from one block to the next.
typedef struct {
  float *values;
  int64_t row, block;
} whisker_map;

// The rows first_row..<end_row of the blocks first_block..<end_block of an output.
typedef struct {
  int64_t first_block, end_block, first_row, end_row;
} whisker_map_task;

// What the sum of a kernel becomes: after(before(sum) + addend). An activation is SiLU, hard swish, or else multiplies values
// below zero by `slope`, which is from 0 to 1, and limits them to `limit`. A slope of 1 leaves all values as they are, and then
// the limit must be infinite.
typedef struct {
  int32_t kind;  // WHISKER_SILU, WHISKER_HARD_SWISH, or any other
  float slope, limit;
} whisker_map_activation;
typedef struct {
  whisker_map_activation before, after;
} whisker_map_ending;

// A convolution, also of a vector as a map of one pixel. The input of a window's tap is `depth` contiguous floats in each of
// `blocks` blocks, `last_depth` in the last.
typedef struct {
  int64_t blocks, depth, last_depth;
  int64_t kernel_height, kernel_width, stride;
  int64_t pixel;            // floats from one input pixel to the next: B, or fewer for a picture of few channels
  int64_t width;            // of the output
  int64_t filters;          // the lanes after them have weights and biases of zero
  const float *weights;     // [output blocks, blocks, kernel_height, kernel_width, depth, B], shorter by depth - last_depth
  const float *bias;        // [output blocks, B]
  const int32_t *first_in;  // the first input block of each output block, for groups; NULL if it is always 0
  whisker_map_ending ending;
} whisker_map_convolution;
// `input` points to the first value of the first window. The addend may be NULL. The order of a sum is block, row, column,
// channel.
void whisker_map_convolve(const whisker_map_convolution *s, const whisker_map_task *task, const whisker_map *input,
                          const whisker_map *addend, const whisker_map *output);

// Filters [filters, channels, taps] of `channels` of a group each, for convolutions with these input blocks.
typedef struct {
  int64_t filters, channels, taps, groups;
  int64_t blocks, depth, last_depth;
  const int32_t *first_in;
} whisker_map_filters;
// packed[output blocks, blocks, taps, depth, B] = weights * scale[filters], and zero for other channels than a filter sees.
void whisker_map_pack(const whisker_map_filters *s, const float *weights, const double *scale, float *packed);

// A convolution in which each filter sees one channel, its own.
typedef struct {
  int64_t kernel_height, kernel_width, stride;
  int64_t width;         // of the output
  const float *weights;  // [blocks, kernel_height, kernel_width, B]
  const float *bias;     // [blocks, B]
  whisker_map_ending ending;
} whisker_map_depthwise;
// `input` points to the first value of the first window, in the block task->first_block.
void whisker_map_convolve_depthwise(const whisker_map_depthwise *s, const whisker_map_task *task,
                                    const whisker_map *input, const whisker_map *addend, const whisker_map *output);

// output = ending(input * scale + offset), with scale[blocks, B] and offset[blocks, B].
typedef struct {
  int64_t width;
  const float *scale, *offset;
  whisker_map_ending ending;
} whisker_map_affine;
void whisker_map_scale(const whisker_map_affine *s, const whisker_map_task *task, const whisker_map *input,
                       const whisker_map *addend, const whisker_map *output);

// The size of a map and of its border of zeros.
typedef struct {
  int64_t blocks, height, width;
  int64_t top, left, bottom, right;
  int64_t pixel;  // floats of a pixel
} whisker_map_border;
// Writes the border; the map's values are those of the pixel (0, 0).
void whisker_map_clear_border(const whisker_map_border *s, const whisker_map *map);

// values[count] = pixels * scale + offset, with scale[48] and offset[48] that repeat.
#define WHISKER_PIXEL_FACTORS 48
void whisker_map_pixels(int64_t count, const uint8_t *pixels, const float *scale, const float *offset, float *values);
// The values of `count` pixels of up to B channels, as the pixels of a map.
void whisker_map_spread(int64_t count, int64_t channels, const float *values, float *map);
// values[channels, height, width] of a map.
void whisker_map_flatten(int64_t channels, int64_t height, int64_t width, const whisker_map *map, float *values);

#endif
