#include "idct_matrix.h"

// For machines without a form of their own, and for the tests of the others.
#if !defined(__SSE2__) && !defined(__ARM_NEON)

#include <stdlib.h>

// dequantise returns the sum of absolute values; a size of 2 leaves out the even rows
// and columns but 0, one of 4 row 4.
static int dequantise(const int16_t *block, const int16_t *quant, int size, int out[8][8]) {
  int sum = 0;
  for (int y = 0; y < 8; y++) {
    for (int x = 0; x < 8; x++) {
      int out_of = size == 2 ? (x > 0 && x % 2 == 0) || (y > 0 && y % 2 == 0) : size == 4 && y == 4;
      out[y][x] = out_of ? 0 : block[8 * y + x] * quant[8 * y + x];
      sum += abs(out[y][x]);
    }
  }
  return sum;
}

// Each of these rounds to a whole number, with keep bits of what lies below one.
static void two_of(const int *c, int shift, int keep, int *out) {
  int even = c[0] * (1 << (IDCT_CONST + 2)) + (1 << (shift - 1));
  int odd = c[1] * odd_2[0] + c[3] * odd_2[1] + c[5] * odd_2[2] + c[7] * odd_2[3];
  out[0] = (even + odd) >> (shift - keep);
  out[1] = (even - odd) >> (shift - keep);
}

static void four_of(const int *c, int shift, int keep, int *out) {
  int base = c[0] * (1 << (IDCT_CONST + 1)) + (1 << (shift - 1));
  int even = c[2] * even_4[0] + c[6] * even_4[1], odd[2];
  for (int i = 0; i < 2; i++)
    odd[i] = c[1] * odd_4[i][0] + c[3] * odd_4[i][1] + c[5] * odd_4[i][2] + c[7] * odd_4[i][3];
  out[0] = (base + even + odd[0]) >> (shift - keep);
  out[3] = (base + even - odd[0]) >> (shift - keep);
  out[1] = (base - even + odd[1]) >> (shift - keep);
  out[2] = (base - even - odd[1]) >> (shift - keep);
}

static void eight_of(const int *c, int shift, int keep, int *out) {
  int half = 1 << (shift - 1);
  int s = (c[0] + c[4]) * (1 << IDCT_CONST) + half, d = (c[0] - c[4]) * (1 << IDCT_CONST) + half;
  int e0 = c[2] * even_8[0][0] + c[6] * even_8[0][1], e1 = c[2] * even_8[1][0] + c[6] * even_8[1][1];
  int even[4] = {s + e0, d + e1, d - e1, s - e0};
  for (int i = 0; i < 4; i++) {
    int odd = c[1] * odd_8[i][0] + c[3] * odd_8[i][1] + c[5] * odd_8[i][2] + c[7] * odd_8[i][3];
    out[i] = (even[i] + odd) >> (shift - keep);
    out[7 - i] = (even[i] - odd) >> (shift - keep);
  }
}

typedef void (*passing)(const int *, int, int, int *);

// idct makes both passes, and the sum of absolute coefficients: of makes size outputs
// of eight coefficients.
static int idct(const int16_t *block, const int16_t *quant, int size, passing of, int keep, int out[8][8]) {
  // Averages of two or four keep the sum's bits.
  int more = size == 2 ? 2 : size == 4 ? 1 : 0;
  int c[8][8], between[8][8], in[8], o[8], sum = dequantise(block, quant, size, c);
  if (sum > IDCT_MOST) return sum;
  for (int x = 0; x < 8; x++) {
    for (int y = 0; y < 8; y++) in[y] = c[y][x];
    of(in, IDCT_CONST - IDCT_PASS + more, 0, o);
    for (int y = 0; y < size; y++) between[y][x] = o[y];
  }
  for (int y = 0; y < size; y++) of(between[y], IDCT_CONST + IDCT_PASS + 3 + more, keep, out[y]);
  return sum;
}

static int sampled(const int16_t *block, const int16_t *quant, int size, passing of, uint8_t *out, size_t pitch) {
  int v[8][8];
  if (idct(block, quant, size, of, 0, v) > IDCT_MOST) return 0;
  for (int y = 0; y < size; y++)
    for (int x = 0; x < size; x++) out[(size_t)y * pitch + (size_t)x] = idct_sample(v[y][x]);
  return 1;
}

static int rest(const int16_t *block, const int16_t *quant, int size, passing of, int16_t *out) {
  int v[8][8] = {0}, sum = idct(block, quant, size, of, 3, v);
  for (int i = 0; i < size * size; i++) out[i] = (int16_t)v[i / size][i % size];
  return idct_clamp(sum);
}

int idct_2(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  return sampled(block, quant, 2, two_of, out, pitch);
}

int idct_4(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  return sampled(block, quant, 4, four_of, out, pitch);
}

int idct_8(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  return sampled(block, quant, 8, eight_of, out, pitch);
}

int idct_2_rest(const int16_t *block, const int16_t *quant, int16_t *out) {
  return rest(block, quant, 2, two_of, out);
}

int idct_4_rest(const int16_t *block, const int16_t *quant, int16_t *out) {
  return rest(block, quant, 4, four_of, out);
}

#endif
