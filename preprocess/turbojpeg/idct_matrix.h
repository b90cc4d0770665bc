// What the implementations of idct.h share.
#ifndef MANGOSENSE_IDCT_MATRIX_H
#define MANGOSENSE_IDCT_MATRIX_H

#include <stdint.h>

#include "idct.h"

// Fixed point: constants have 13 bits below the point, samples between the two
// passes 2.
enum { IDCT_CONST = 13, IDCT_PASS = 2 };

// The constants are those of Loeffler, Ligtenberg and Moschytz' factorisation,
// each rounded to 13 bits as libjpeg rounds it and then multiplied out: sums of
// integers do not care for their order. A row of the matrix is one output, a
// column an odd coefficient (1, 3, 5, 7).
static const int16_t odd_8[4][4] = {
    {11363, 9633, 6437, 2260},
    {9633, -2259, -11362, -6436},
    {6437, -11362, 2261, 9633},
    {2260, -6436, 9633, -11363},
};
// The same for coefficients 2 and 6.
static const int16_t even_8[2][2] = {{10703, 4433}, {4433, -10704}};

// Averages of two neighbours of the eight.
static const int16_t odd_4[2][4] = {{20995, 7373, -4926, -4176}, {8697, -17799, 11893, -1730}};
static const int16_t even_4[2] = {15137, -6270};

// Averages of four.
static const int16_t odd_2[4] = {29692, -10426, 6967, -5906};

// idct_clamp is a sum as idct_2_rest and idct_4_rest return it: all beyond IDCT_MOST are
// alike, and it must fit 16 bits with one more.
static inline int idct_clamp(int sum) { return sum < 65534 ? sum : 65534; }

#endif
