// A second reader of a plain file's scan, in another thread: it begins in the middle
// of the bits, where nobody can know yet which block this is, and reads on to the end.
//
// Huffman codes fall into step by themselves: whoever starts anywhere soon takes the
// same symbols as whoever came from the start. So the reader ahead guesses that an MCU
// begins where it does, and writes down spans of MCUs with the place where each began.
// The reader behind needs no trust: when it comes to the start of an MCU and a span
// begins at that very bit, the span is what it would have read, and it takes the span's
// blocks in place of the bits. What the reader ahead cannot know is the sum of the first
// coefficients before it (block_read_late). Where it is late, or a span does not fit,
// the reader behind reads the bits. Neither ever waits for the other.
//
// Two threads use one ahead: of the functions below, the first group belongs to whoever
// owns both, the second to the reader ahead, the third to the reader behind.
#ifndef MANGOSENSE_AHEAD_H
#define MANGOSENSE_AHEAD_H

#include "scan.h"

// AHEAD_MCUS make a span: under 1 KB of a photo. AHEAD_DENOM is the least denominator
// that it helps with: at 1/1 and 1/2 photos are small.
enum { AHEAD_MCUS = 16, AHEAD_DENOM = 4 };

typedef struct ahead ahead;

typedef struct {
  place start;
  reader end;
  const int16_t *blocks;
} ahead_span;

ahead *ahead_new(void);
void ahead_free(ahead *a);
// ahead_begin forgets the file before; neither reader may be under way.
void ahead_begin(ahead *a);
// ahead_end gives back what only unusually large photos need; neither may be under way.
void ahead_end(ahead *a);

// ahead_run reads until the file's end, or until ahead_stop. It does nothing for files
// that it cannot help with: those that are not plain, have restart markers, or are
// decoded at less than AHEAD_DENOM.
void ahead_run(ahead *a, const uint8_t *jpeg, size_t size, int width, int height, int denom);

// ahead_stop ends ahead_run within a span's time; it does not wait for that.
void ahead_stop(ahead *a);
// ahead_count is how many spans there are by now, ahead_spans the first of them.
int ahead_count(const ahead *a);
const ahead_span *ahead_spans(const ahead *a);
// ahead_from is where in the file ahead_run begins.
size_t ahead_from(const head *h, const uint8_t *jpeg, size_t size);

#endif
