/* The XNNPACK delegate of TensorFlow Lite 2.17.1: fast kernels for float and
 * 8-bit models, which TensorFlow Lite uses for 8-bit ones only when asked. */
#ifndef MANGOSENSE_TENSORFLOW_LITE_XNNPACK_DELEGATE_H_
#define MANGOSENSE_TENSORFLOW_LITE_XNNPACK_DELEGATE_H_

#include "../../c/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Holds packed weights, for any number of delegates of one model. */
typedef struct TfLiteXNNPackDelegateWeightsCache
    TfLiteXNNPackDelegateWeightsCache;

/* Always from …OptionsDefault, which writes as many bytes as the library's
 * version has; the tail is room for a later one that has more. */
typedef struct {
  int32_t num_threads;
  uint32_t flags;
  TfLiteXNNPackDelegateWeightsCache* weights_cache;
  bool handle_variable_ops;
  const char* experimental_weight_cache_file_path;
  uint64_t reserved[12];
} TfLiteXNNPackDelegateOptions;

TfLiteXNNPackDelegateOptions TfLiteXNNPackDelegateOptionsDefault(void);
TfLiteDelegate* TfLiteXNNPackDelegateCreate(
    const TfLiteXNNPackDelegateOptions* options);
void TfLiteXNNPackDelegateDelete(TfLiteDelegate* delegate);

TfLiteXNNPackDelegateWeightsCache*
TfLiteXNNPackDelegateWeightsCacheCreateWithSize(size_t size);
bool TfLiteXNNPackDelegateWeightsCacheFinalizeSoft(
    TfLiteXNNPackDelegateWeightsCache* cache);
bool TfLiteXNNPackDelegateWeightsCacheFinalizeHard(
    TfLiteXNNPackDelegateWeightsCache* cache);
void TfLiteXNNPackDelegateWeightsCacheDelete(
    TfLiteXNNPackDelegateWeightsCache* cache);

#ifdef __cplusplus
}
#endif

#endif
