/* The experimental calls of TensorFlow Lite that go-tflite v1.0.5 mentions. The
 * tflite room calls none of them, but go-tflite compiles as a whole. */
#ifndef MANGOSENSE_TENSORFLOW_LITE_C_C_API_EXPERIMENTAL_H_
#define MANGOSENSE_TENSORFLOW_LITE_C_C_API_EXPERIMENTAL_H_

#include "c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An open set of numbers: go-tflite brings its own list. */
typedef int TfLiteBuiltinOperator;

TfLiteStatus TfLiteInterpreterResetVariableTensors(
    TfLiteInterpreter* interpreter);
void TfLiteInterpreterOptionsAddBuiltinOp(
    TfLiteInterpreterOptions* options, TfLiteBuiltinOperator op,
    const TfLiteRegistration* registration, int32_t min_version,
    int32_t max_version);
void TfLiteInterpreterOptionsAddCustomOp(
    TfLiteInterpreterOptions* options, const char* name,
    const TfLiteRegistration* registration, int32_t min_version,
    int32_t max_version);
void TfLiteInterpreterOptionsSetUseNNAPI(TfLiteInterpreterOptions* options,
                                         bool enable);

#ifdef __cplusplus
}
#endif

#endif
