// The decoder for baseline JPEGs: 8 bits, one scan, Huffman codes, grey or YCbCr in
// the usual samplings, which is what cameras write. It decodes straight to rows
// of the scaled picture, equal to TurboJPEG's byte for byte, in about half the
// time, and gives up at anything unusual, at once or midway: TurboJPEG then decodes the
// file, and its result counts.
#ifndef MANGOSENSE_BASELINE_H
#define MANGOSENSE_BASELINE_H

#include <stddef.h>
#include <stdint.h>

#include "speculative.h"

// Tables and rows of samples, reused from photo to photo.
typedef struct baseline baseline;

baseline *baseline_new(void);
void baseline_free(baseline *p);
// baseline_give_back frees what only unusually wide photos need.
void baseline_give_back(baseline *p);

// baseline_start reads what stands before the scan of a file to be decoded at 1/denom.
// width and height are what it must have. It returns how many rows of pixels come
// at once at most; 0: the file is not baseline, or there is no memory. a may decode speculatively
// it in the same file, at the same scale; NULL: none does.
int baseline_start(baseline *p, const speculative *a, const uint8_t *jpeg, size_t size, int width, int height, int denom);

// baseline_rows decodes the next row of blocks, with the scan's end after the last,
// and writes the rows of pixels that are finished by it, of pitch bytes with room
// for a multiple of 16 pixels each. It returns how many; less than 0: it gives up.
int baseline_rows(baseline *p, uint8_t *rgbx, size_t pitch);

// baseline_speculated is how many MCUs of the file so far were taken from the speculative decoder.
int baseline_speculated(const baseline *p);

#endif
