package tflite

/*
#include <tensorflow/lite/c/c_api.h>
#include <tensorflow/lite/delegates/xnnpack/xnnpack_delegate.h>

// Options go in and out by value here, so that Go need not know their length.
static TfLiteDelegate* xnnpack_new(int32_t threads, TfLiteXNNPackDelegateWeightsCache* cache) {
	TfLiteXNNPackDelegateOptions o = TfLiteXNNPackDelegateOptionsDefault();
	o.num_threads = threads;
	o.weights_cache = cache;
	return TfLiteXNNPackDelegateCreate(&o);
}
*/
import "C"

import "unsafe"

// xnnpack is the delegate of one interpreter. It must outlive the interpreter.
//
// go-tflite has one too, but that asks the linker for libraries which are part
// of ours already, and it knows no weights cache.
type xnnpack struct{ c *C.TfLiteDelegate }

func newXNNPACK(threads int, cache *weightsCache) *xnnpack {
	if threads == 1 {
		threads = 0 // no pool of threads: the caller's own computes
	}
	var c *C.TfLiteXNNPackDelegateWeightsCache
	if cache != nil {
		c = cache.c
	}
	d := C.xnnpack_new(C.int32_t(threads), c)
	if d == nil {
		return nil
	}
	return &xnnpack{d}
}

// Ptr and Delete make it a delegate for go-tflite.
func (x *xnnpack) Ptr() unsafe.Pointer { return unsafe.Pointer(x.c) }

func (x *xnnpack) Delete() { C.TfLiteXNNPackDelegateDelete(x.c) }

// weightsCache holds the weights in the order in which the kernels read them,
// once for all interpreters of a model. It must outlive their delegates.
type weightsCache struct {
	c *C.TfLiteXNNPackDelegateWeightsCache
}

// newWeightsCache sets address space aside for a model file of n bytes. The
// kernels keep pointers into it from the first packed weight on, so it must
// never have to move: the library's own default, which grows, crashes.
// Untouched address space costs no memory, and finalize gives the rest back.
func newWeightsCache(n int) *weightsCache {
	size := max(16<<20, 4*n)
	c := C.TfLiteXNNPackDelegateWeightsCacheCreateWithSize(C.size_t(size))
	if c == nil {
		return nil
	}
	return &weightsCache{c}
}

// finalize closes the cache for further weights, and must come between the first
// interpreter's AllocateTensors and the first Invoke. With more to come it leaves
// the room in which a later interpreter packs one operator's weights at a time to
// find that they are there already.
func (w *weightsCache) finalize(more bool) bool {
	if more {
		return bool(C.TfLiteXNNPackDelegateWeightsCacheFinalizeSoft(w.c))
	}
	return bool(C.TfLiteXNNPackDelegateWeightsCacheFinalizeHard(w.c))
}

func (w *weightsCache) Delete() { C.TfLiteXNNPackDelegateWeightsCacheDelete(w.c) }
