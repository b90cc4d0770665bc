// Rows of samples to rows of pixels, as libjpeg-turbo makes them, to the bit.
#ifndef MANGOSENSE_COLOUR_H
#define MANGOSENSE_COLOUR_H

#include <stdint.h>

// Rows are read and written in whole groups of COLOUR_LANES.
enum { COLOUR_LANES = 16 };

void colour_ycc(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgbx, int n);
void colour_grey(const uint8_t *y, uint8_t *rgbx, int n);

// Twice as many samples of n: each twice, and by a triangle over its neighbours.
void colour_double(const uint8_t *in, uint8_t *out, int n);
void colour_double_smoothly(const uint8_t *in, uint8_t *out, int n);
// The same between two rows, three quarters near; sums has room for n.
void colour_double_both(const uint8_t *near, const uint8_t *far, uint16_t *sums, uint8_t *out, int n);
// The row between two, three quarters near; bias is 1 above the near row and 2
// below it.
void colour_between(const uint8_t *near, const uint8_t *far, uint8_t *out, int n, int bias);

#endif
