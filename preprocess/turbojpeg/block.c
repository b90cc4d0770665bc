#include "block.h"

#include <string.h>

enum { N = BLOCK_NOWHERE };

const uint8_t block_place[BLOCK_PLACES] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    [64 ... BLOCK_PLACES - 1] = N,
};

void block_prepare(block_kind *k, int size, const uint16_t *quant) {
  k->size = size;
  k->last = 0;
  for (int i = 0; i < 64; i++) k->quant[block_place[i]] = (int16_t)quant[i];
}
