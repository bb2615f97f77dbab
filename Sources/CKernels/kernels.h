// The table of kernels that each instruction-set variant fills in.
#ifndef WHISKER_KERNELS_H
#define WHISKER_KERNELS_H

#include "CKernels.h"

typedef struct {
  const char *name;
  int64_t (*gemm_panels)(const whisker_gemm *);
  void (*gemm_run)(const whisker_gemm *, int64_t, int64_t);
  int64_t (*conv_pool_layout_size)(const whisker_conv *);
  void (*conv_pool_layout)(const whisker_conv *, const float *, float *);
  int64_t (*conv_pool_choice_size)(const whisker_conv *);
  int64_t (*conv_pool_scratch_size)(const whisker_conv *);
  void (*conv_pool_forward)(const whisker_conv *, const float *, const float *, const float *, float *, uint8_t *,
                            float *);
  void (*conv_pool_backward)(const whisker_conv *, const float *, const float *, const uint8_t *, const float *,
                             float *, float *, float *, float *);
  void (*relu_forward)(int64_t, const float *, float *);
  void (*relu_backward)(int64_t, const float *, const float *, float *);
  void (*dropout)(uint64_t, uint32_t, uint32_t, uint32_t, uint32_t, int64_t, const float *, float *);
  void (*bytes_to_floats)(int64_t, int64_t, const uint8_t *, float *);
  void (*sum_rows)(int64_t, int64_t, const float *, int64_t, float *);
  void (*adam)(int64_t, float *, const float *, float *, float *, float, float, float, float);
  void (*sgd)(int64_t, float *, const float *, float *, float, float);
} kernel_table;

extern const kernel_table whisker_portable_kernels;
#if defined(__x86_64__)
extern const kernel_table whisker_avx2_kernels;
extern const kernel_table whisker_avx512_kernels;
#endif

#endif
