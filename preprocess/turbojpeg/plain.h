// The decoder for plain JPEGs: 8 bits, one scan, Huffman codes, grey or YCbCr in
// the usual samplings, which is what cameras write. It decodes straight to the
// scaled picture, equal to TurboJPEG's byte for byte, in about half the time, and
// gives up at anything unusual: then TurboJPEG has its turn, and its word.
#ifndef MANGOSENSE_PLAIN_H
#define MANGOSENSE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

// Tables and rows of samples, reused from photo to photo.
typedef struct plain plain;

plain *plain_new(void);
void plain_free(plain *p);
// plain_give_back frees what only unusually wide photos need.
void plain_give_back(plain *p);

// plain_decode answers 1 when it decoded the whole file at 1/denom into rgbx,
// rows of pitch bytes with room for a multiple of 16 pixels; else 0, and rgbx
// holds anything. width and height are what the file must have.
int plain_decode(plain *p, const uint8_t *jpeg, size_t size, int width, int height, int denom, uint8_t *rgbx,
                 size_t pitch);

#endif
