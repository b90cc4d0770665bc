// The decoder for plain JPEGs: 8 bits, one scan, Huffman codes, grey or YCbCr in
// the usual samplings, which is what cameras write. It decodes straight to rows
// of the scaled picture, equal to TurboJPEG's byte for byte, in about half the
// time, and gives up at anything unusual, at once or midway: then TurboJPEG has its
// turn, and its word.
#ifndef MANGOSENSE_PLAIN_H
#define MANGOSENSE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "ahead.h"

// Tables and rows of samples, reused from photo to photo.
typedef struct plain plain;

plain *plain_new(void);
void plain_free(plain *p);
// plain_give_back frees what only unusually wide photos need.
void plain_give_back(plain *p);

// plain_start reads what stands before the scan of a file to be decoded at 1/denom.
// width and height are what it must have. It answers how many rows of pixels come
// at once at most; 0: the file is not plain, or there is no memory. a may read ahead of
// it in the same file, at the same scale; NULL: nobody does.
int plain_start(plain *p, const ahead *a, const uint8_t *jpeg, size_t size, int width, int height, int denom);

// plain_rows decodes the next row of blocks, with the scan's end behind the last,
// and writes the rows of pixels that are finished by it, of pitch bytes with room
// for a multiple of 16 pixels each. It answers how many; less than 0: it gives up.
int plain_rows(plain *p, uint8_t *rgbx, size_t pitch);

// plain_ahead is how many MCUs of the file so far were taken from the reader ahead.
int plain_ahead(const plain *p);

#endif
