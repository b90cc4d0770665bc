package tflite

/*
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Of the line being written: whether its beginning was seen, and whether it is
// left out. Used under the stream's own lock.
static bool in_line, left_out;

static const char info[] = "INFO: ";

// sieve passes on what C code writes to its standard error, but for the lines
// that begin with INFO.
static ssize_t sieve(void* cookie, const char* text, size_t n) {
	const char* end = text + n;
	for (const char* line = text; line < end;) {
		const char* stop = memchr(line, '\n', end - line);
		const char* next = stop ? stop + 1 : end;
		if (!in_line) left_out = (size_t)(next - line) >= sizeof info - 1 && memcmp(line, info, sizeof info - 1) == 0;
		in_line = stop == NULL;
		while (!left_out && line < next) {
			ssize_t done = write(STDERR_FILENO, line, next - line);
			if (done <= 0) break; // nobody reads it: no reason to stop
			line += done;
		}
		line = next;
	}
	return n;
}

static void leave_out_info(void) {
	static char buffer[4096];
	cookie_io_functions_t functions = {.write = sieve};
	FILE* stream = fopencookie(NULL, "w", functions);
	if (stream == NULL) return; // INFO lines stay
	setvbuf(stream, buffer, _IOLBF, sizeof buffer);
	stderr = stream; // glibc lets programs set it; the descriptor stays as it is
}
*/
import "C"

import "sync"

// leaveOutInfo keeps the library's INFO lines ("Created TensorFlow Lite XNNPACK
// delegate for CPU.") off standard error, where callers look for faults. The
// library has no switch for it that it exports. Its errors and warnings pass, as
// does what Go writes: only C's stream is exchanged, not the descriptor.
var leaveOutInfo = sync.OnceFunc(func() { C.leave_out_info() })
