package tflite

/*
#include <stdlib.h>
#include <string.h>
#include <tensorflow/lite/c/c_api.h>
#include <tensorflow/lite/c/c_api_opaque.h>

struct plan { int steps, delegated, weighty, failed; };

enum { conv_2d = 3, depthwise_conv_2d = 4, fully_connected = 9 };

// A delegate that takes nothing. The library shows it the plan by which the
// interpreter will run, after the delegates before it have changed that plan.
static TfLiteStatus plan_look(TfLiteOpaqueContext* context, TfLiteOpaqueDelegate* self, void* data) {
	struct plan* p = data;
	TfLiteIntArray* steps = NULL;
	p->steps = p->delegated = p->weighty = 0;
	p->failed = TfLiteOpaqueContextGetExecutionPlan(context, &steps) != kTfLiteOk;
	for (int i = 0; !p->failed && i < steps->size; i++) {
		TfLiteOpaqueNode* node = NULL;
		TfLiteOperator* op = NULL;
		p->failed = TfLiteOpaqueContextGetNodeAndRegistration(context, steps->data[i], &node, &op) != kTfLiteOk;
		if (p->failed) break;
		const char* name = TfLiteOperatorGetCustomName(op);
		p->steps++;
		if (name != NULL && strcmp(name, "TfLiteXNNPackDelegate") == 0) p->delegated++;
		int code = TfLiteOperatorGetBuiltInCode(op);
		if (code == conv_2d || code == depthwise_conv_2d || code == fully_connected) p->weighty++;
	}
	return kTfLiteOk;
}

static TfLiteDelegate* plan_delegate(struct plan* p) {
	TfLiteOpaqueDelegateBuilder b = {0};
	b.data = p;
	b.Prepare = plan_look;
	b.flags = kTfLiteDelegateFlagsAllowDynamicTensors; // else it would plan memory a second time
	return (TfLiteDelegate*)TfLiteOpaqueDelegateCreate(&b);
}

static void plan_delete(TfLiteDelegate* d) { TfLiteOpaqueDelegateDelete((TfLiteOpaqueDelegate*)d); }
*/
import "C"

import "unsafe"

// planReader reads the execution plan of the interpreter that it is added to
// as the last delegate. It must outlive that interpreter.
type planReader struct {
	plan *C.struct_plan
	c    *C.TfLiteDelegate
}

func newPlanReader() *planReader {
	p := (*C.struct_plan)(C.calloc(1, C.sizeof_struct_plan))
	p.failed = 1 // until it has been asked
	c := C.plan_delegate(p)
	if c == nil {
		C.free(unsafe.Pointer(p))
		return nil
	}
	return &planReader{p, c}
}

func (p *planReader) Ptr() unsafe.Pointer { return unsafe.Pointer(p.c) }

func (p *planReader) Delete() {
	C.plan_delete(p.c)
	C.free(unsafe.Pointer(p.plan))
}

// read gives the number of steps that the interpreter takes, and how many of
// them are XNNPACK's. One step of XNNPACK's stands for many operators.
func (p *planReader) read() (steps, delegated int, ok bool) {
	return int(p.plan.steps), int(p.plan.delegated), p.plan.failed == 0
}

// weighty is how many steps are the library's own kernels for operators that
// have weights, and read them from the file each time.
func (p *planReader) weighty() int { return int(p.plan.weighty) }
