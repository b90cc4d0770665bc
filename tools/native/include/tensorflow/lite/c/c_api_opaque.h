/* The calls by which a delegate looks at a graph without knowing the layout of
 * the library's structures. The tflite room reads the execution plan with them,
 * to prove that XNNPACK took the graph. */
#ifndef MANGOSENSE_TENSORFLOW_LITE_C_C_API_OPAQUE_H_
#define MANGOSENSE_TENSORFLOW_LITE_C_C_API_OPAQUE_H_

#include "common.h"

#ifdef __cplusplus
extern "C" {
#endif

TfLiteOpaqueDelegate* TfLiteOpaqueDelegateCreate(
    const TfLiteOpaqueDelegateBuilder* builder);
void TfLiteOpaqueDelegateDelete(TfLiteOpaqueDelegate* delegate);

TfLiteStatus TfLiteOpaqueContextGetExecutionPlan(
    TfLiteOpaqueContext* context, TfLiteIntArray** execution_plan);
TfLiteStatus TfLiteOpaqueContextGetNodeAndRegistration(
    TfLiteOpaqueContext* context, int node_index, TfLiteOpaqueNode** node,
    TfLiteOperator** registration);
const char* TfLiteOperatorGetCustomName(const TfLiteOperator* registration);
/* The kind by its number in the file format (an enum of the library's). */
int TfLiteOperatorGetBuiltInCode(const TfLiteOperator* registration);

#ifdef __cplusplus
}
#endif

#endif
