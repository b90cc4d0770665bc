package tflite

/*
#include <malloc.h>

static void give_back(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

// trim hands the C library's freed memory back to the system. Building a pool
// frees megabytes of working memory, and Go runs the build on whatever threads
// it likes: glibc keeps such memory for each of them, for ever.
func trim() { C.give_back() }
