// Inverse cosine transforms of 8 × 8 coefficients to 8 × 8, 4 × 4 and 2 × 2
// samples: libjpeg's accurate ones ("islow" and its reductions), to the bit.
#ifndef MANGOSENSE_IDCT_H
#define MANGOSENSE_IDCT_H

#include <stddef.h>
#include <stdint.h>

// IDCT_MOST bounds the sum of a block's absolute coefficients: below it nothing
// overflows 16 bits between the passes in any implementation, so that all agree.
// A block of 8-bit samples comes nowhere near unless it is pure noise. The first
// coefficient by itself is bounded closer, for 1 × 1.
enum { IDCT_MOST = 5900, IDCT_FLAT_MOST = 4000 };

static inline uint8_t idct_sample(int v) {
  v += 128;
  return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

// idct_flat is the one sample of a block without any but the first coefficient.
static inline uint8_t idct_flat(int dc) { return idct_sample((dc + 4) >> 3); }

// Coefficients and their factors are in rows, 16-byte aligned; products fit 16
// bits. They return 0 when their sum is beyond the bound; rows that a size does
// not look at are left out of it.
int idct_2(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch);
int idct_4(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch);
int idct_8(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch);

// The same of a block whose DC coefficient is not known yet; it stands as 0. What
// comes out row by row, size × size numbers, becomes a sample by idct_add_dc. They return
// the sum of absolute AC coefficients, at most 65534; the caller adds the DC one's.
int idct_2_rest(const int16_t *block, const int16_t *quant, int16_t *out);
int idct_4_rest(const int16_t *block, const int16_t *quant, int16_t *out);

// idct_add_dc is exact: the first coefficient goes through both passes as a whole number
// of eighths of a sample.
static inline uint8_t idct_add_dc(int dc, int rest) { return idct_sample((dc + rest) >> 3); }

#endif
