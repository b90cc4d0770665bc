// Speculative decoder of a baseline file's scan, in a thread of its own: it starts in
// the middle of the bits, at an unknown block, and decodes to the end.
//
// Huffman codes are self-synchronizing: decoding that starts anywhere soon yields the
// same symbols as decoding from the start. So the speculative decoder assumes that an
// MCU starts where it does, and records spans of MCUs with the bit at which each starts.
// When the main decoder reaches the start of an MCU at that very bit, the span is what
// it would decode itself, and it takes the span's blocks. The speculative decoder does
// not know the DC predictions; the main decoder adds them (block_add_dc). On a miss, the
// main decoder decodes the span itself. Neither ever waits for the other.
//
// Two threads share one speculative: of the functions below, the first group belongs to
// the owner of both, the second to the speculative decoder, the third to the main one.
#ifndef MANGOSENSE_SPECULATIVE_H
#define MANGOSENSE_SPECULATIVE_H

#include "scan.h"

// SPECULATIVE_MCUS make a span: under 1 KB of a photo. SPECULATIVE_DENOM is the least denominator
// that it helps with: at 1/1 and 1/2 photos are small.
enum { SPECULATIVE_MCUS = 16, SPECULATIVE_DENOM = 4 };

typedef struct speculative speculative;

typedef struct {
  place start;
  reader end;
  const int16_t *blocks;
} speculative_span;

speculative *speculative_new(void);
void speculative_free(speculative *a);
// speculative_begin forgets the file before; neither reader may be under way.
void speculative_begin(speculative *a);
// speculative_end gives back what only unusually large photos need; neither may be under way.
void speculative_end(speculative *a);

// speculative_run reads until the file's end, or until speculative_stop. It does nothing for files
// that it cannot help with: those that are not baseline, have restart markers, or are
// decoded at less than SPECULATIVE_DENOM.
void speculative_run(speculative *a, const uint8_t *jpeg, size_t size, int width, int height, int denom);

// speculative_stop ends speculative_run within a span's time; it does not wait for that.
void speculative_stop(speculative *a);
// speculative_count is how many spans there are by now, speculative_spans the first of them.
int speculative_count(const speculative *a);
const speculative_span *speculative_spans(const speculative *a);
// speculative_from is where in the file speculative_run begins.
size_t speculative_from(const head *h, const uint8_t *jpeg, size_t size);

#endif
