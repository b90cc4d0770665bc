#include "idct_matrix.h"

#ifdef __ARM_NEON

#include <arm_neon.h>
#include <string.h>

// rounded is v / 2^shift in 16 bits, rounded to a whole number, with keep bits of what
// lies below one.
static inline int16x4_t rounded(int32x4_t v, int shift, int keep) {
  if (keep == 0) return vqmovn_s32(vrshlq_s32(v, vdupq_n_s32(-shift)));
  v = vaddq_s32(v, vdupq_n_s32(1 << (shift - 1)));
  return vqmovn_s32(vshlq_s32(v, vdupq_n_s32(keep - shift)));
}

static inline int16x8_t dequantised(const int16_t *block, const int16_t *quant, int i) {
  return vmulq_s16(vld1q_s16(block + 8 * i), vld1q_s16(quant + 8 * i));
}

// total is the sum of absolute values in the columns that count.
static inline int total(const int16x8_t r[8], int16x8_t counts) {
  int32x4_t sum = vdupq_n_s32(0);
  for (int i = 0; i < 8; i++) sum = vpadalq_s16(sum, vqabsq_s16(vandq_s16(r[i], counts)));
  int32_t all[4];
  vst1q_s32(all, sum);
  return all[0] + all[1] + all[2] + all[3];
}

// odd sums up four odd coefficients.
static inline int32x4_t odd(const int16x4_t c[8], const int16_t k[4]) {
  int32x4_t v = vmull_n_s16(c[1], k[0]);
  v = vmlal_n_s16(v, c[3], k[1]);
  v = vmlal_n_s16(v, c[5], k[2]);
  return vmlal_n_s16(v, c[7], k[3]);
}

static inline void two_of(const int16x4_t c[8], int shift, int keep, int16x4_t out[2]) {
  int32x4_t even = vshll_n_s16(c[0], IDCT_CONST + 2), o = odd(c, odd_2);
  out[0] = rounded(vaddq_s32(even, o), shift, keep);
  out[1] = rounded(vsubq_s32(even, o), shift, keep);
}

static inline void four_of(const int16x4_t c[8], int shift, int keep, int16x4_t out[4]) {
  int32x4_t base = vshll_n_s16(c[0], IDCT_CONST + 1);
  int32x4_t even = vmlal_n_s16(vmull_n_s16(c[2], even_4[0]), c[6], even_4[1]);
  int32x4_t sum = vaddq_s32(base, even), difference = vsubq_s32(base, even);
  int32x4_t outer = odd(c, odd_4[0]), inner = odd(c, odd_4[1]);
  out[0] = rounded(vaddq_s32(sum, outer), shift, keep);
  out[3] = rounded(vsubq_s32(sum, outer), shift, keep);
  out[1] = rounded(vaddq_s32(difference, inner), shift, keep);
  out[2] = rounded(vsubq_s32(difference, inner), shift, keep);
}

static inline void eight_of(const int16x4_t c[8], int shift, int16x4_t out[8]) {
  int32x4_t s = vshll_n_s16(vadd_s16(c[0], c[4]), IDCT_CONST);
  int32x4_t d = vshll_n_s16(vsub_s16(c[0], c[4]), IDCT_CONST);
  int32x4_t e0 = vmlal_n_s16(vmull_n_s16(c[2], even_8[0][0]), c[6], even_8[0][1]);
  int32x4_t e1 = vmlal_n_s16(vmull_n_s16(c[2], even_8[1][0]), c[6], even_8[1][1]);
  int32x4_t even[4] = {vaddq_s32(s, e0), vaddq_s32(d, e1), vsubq_s32(d, e1), vsubq_s32(s, e0)};
  for (int i = 0; i < 4; i++) {
    int32x4_t o = odd(c, odd_8[i]);
    out[i] = rounded(vaddq_s32(even[i], o), shift, 0);
    out[7 - i] = rounded(vsubq_s32(even[i], o), shift, 0);
  }
}

// halves splits rows into their left and right columns.
static inline void halves(const int16x8_t r[8], int16x4_t left[8], int16x4_t right[8]) {
  for (int i = 0; i < 8; i++) left[i] = vget_low_s16(r[i]), right[i] = vget_high_s16(r[i]);
}

// transpose turns four rows into four columns.
static inline void transpose(const int16x4_t r[4], int16x4_t c[4]) {
  int16x4x2_t a = vtrn_s16(r[0], r[1]), b = vtrn_s16(r[2], r[3]);
  for (int i = 0; i < 2; i++) {
    int32x2x2_t t = vtrn_s32(vreinterpret_s32_s16(a.val[i]), vreinterpret_s32_s16(b.val[i]));
    c[i] = vreinterpret_s16_s32(t.val[0]);
    c[i + 2] = vreinterpret_s16_s32(t.val[1]);
  }
}

// samples makes eight samples of numbers round 0.
static inline uint8x8_t samples(int16x4_t low, int16x4_t high) {
  return vadd_u8(vreinterpret_u8_s8(vqmovn_s16(vcombine_s16(low, high))), vdup_n_u8(128));
}

// two_by_two makes four samples in pairs of two, with keep bits of what lies below one
// and the middle of the range left out, and returns the sum of absolute coefficients.
static inline int two_by_two(const int16_t *block, const int16_t *quant, int keep, int16x4_t out[2]) {
  static const int16_t columns[8] = {-1, -1, 0, -1, 0, -1, 0, -1};
  int16x8_t r[8];
  for (int i = 0; i < 8; i++) r[i] = i > 0 && i % 2 == 0 ? vdupq_n_s16(0) : dequantised(block, quant, i);
  int16x4_t left[8], right[8], l[4], h[4], c[8];
  halves(r, left, right);
  two_of(left, IDCT_CONST - IDCT_PASS + 2, 0, l);
  two_of(right, IDCT_CONST - IDCT_PASS + 2, 0, h);
  l[2] = l[3] = h[2] = h[3] = vdup_n_s16(0);
  transpose(l, c);
  transpose(h, c + 4);
  int16x4_t o[2];
  two_of(c, IDCT_CONST + IDCT_PASS + 3 + 2, keep, o);
  // The two rows side by side, in pairs.
  int16x4x2_t z = vzip_s16(o[0], o[1]);
  out[0] = z.val[0];
  out[1] = z.val[1];
  return total(r, vld1q_s16(columns));
}

int idct_2(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  int16x4_t pairs[2];
  if (two_by_two(block, quant, 0, pairs) > IDCT_MOST) return 0;
  uint8_t all[8];
  vst1_u8(all, samples(pairs[0], pairs[1]));
  memcpy(out, all, 2);
  memcpy(out + pitch, all + 2, 2);
  return 1;
}

int idct_2_rest(const int16_t *block, const int16_t *quant, int16_t *out) {
  int16x4_t pairs[2];
  int sum = two_by_two(block, quant, 3, pairs);
  vst1_s16(out, pairs[0]);
  return idct_clamp(sum);
}

// four_by_four is the same for four rows of four samples.
static inline int four_by_four(const int16_t *block, const int16_t *quant, int keep, int16x4_t out[4]) {
  int16x8_t r[8];
  for (int i = 0; i < 8; i++) r[i] = i == 4 ? vdupq_n_s16(0) : dequantised(block, quant, i);
  int16x4_t left[8], right[8], l[4], h[4], c[8], o[4];
  halves(r, left, right);
  four_of(left, IDCT_CONST - IDCT_PASS + 1, 0, l);
  four_of(right, IDCT_CONST - IDCT_PASS + 1, 0, h);
  transpose(l, c);
  transpose(h, c + 4);
  four_of(c, IDCT_CONST + IDCT_PASS + 3 + 1, keep, o);
  transpose(o, out);
  return total(r, vdupq_n_s16(-1));
}

int idct_4(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  int16x4_t rows[4];
  if (four_by_four(block, quant, 0, rows) > IDCT_MOST) return 0;
  uint8_t all[16];
  vst1_u8(all, samples(rows[0], rows[1]));
  vst1_u8(all + 8, samples(rows[2], rows[3]));
  for (int i = 0; i < 4; i++) memcpy(out + (size_t)i * pitch, all + 4 * i, 4);
  return 1;
}

int idct_4_rest(const int16_t *block, const int16_t *quant, int16_t *out) {
  int16x4_t rows[4];
  int sum = four_by_four(block, quant, 3, rows);
  for (int i = 0; i < 4; i++) vst1_s16(out + 4 * i, rows[i]);
  return idct_clamp(sum);
}

// pass transforms and transposes: of eight rows in halves it makes eight rows of
// outputs in halves.
static inline void pass(int16x4_t left[8], int16x4_t right[8], int shift) {
  int16x4_t l[8], h[8];
  eight_of(left, shift, l);
  eight_of(right, shift, h);
  transpose(l, left);
  transpose(h, left + 4);
  transpose(l + 4, right);
  transpose(h + 4, right + 4);
}

int idct_8(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  int16x8_t r[8];
  for (int i = 0; i < 8; i++) r[i] = dequantised(block, quant, i);
  if (total(r, vdupq_n_s16(-1)) > IDCT_MOST) return 0;
  int16x4_t left[8], right[8];
  halves(r, left, right);
  pass(left, right, IDCT_CONST - IDCT_PASS);
  pass(left, right, IDCT_CONST + IDCT_PASS + 3);
  for (int i = 0; i < 8; i++) vst1_u8(out + (size_t)i * pitch, samples(left[i], right[i]));
  return 1;
}

#endif
