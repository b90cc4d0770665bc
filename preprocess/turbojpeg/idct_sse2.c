#include "idct_matrix.h"

#ifdef __SSE2__

#include <emmintrin.h>
#include <string.h>

// two is a pair of constants, as often as there are pairs of coefficients.
static inline __m128i two(int16_t a, int16_t b) {
  return _mm_set1_epi32((int)((uint32_t)(uint16_t)b << 16 | (uint16_t)a));
}

// dequantised loads row i of a block.
static inline __m128i dequantised(const int16_t *block, const int16_t *quant, int i) {
  return _mm_mullo_epi16(_mm_load_si128((const __m128i *)(block + 8 * i)),
                         _mm_load_si128((const __m128i *)(quant + 8 * i)));
}

static inline __m128i absolute(__m128i v) { return _mm_max_epi16(v, _mm_subs_epi16(_mm_setzero_si128(), v)); }

// total is the sum of eight numbers, none negative.
static inline int total(__m128i v) {
  v = _mm_madd_epi16(v, _mm_set1_epi16(1));
  v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
  return _mm_cvtsi128_si32(v) + _mm_cvtsi128_si32(_mm_shuffle_epi32(v, 0x55));
}

static inline int total_of(const __m128i r[8]) {
  __m128i sum = _mm_setzero_si128();
  for (int i = 0; i < 8; i++) sum = _mm_adds_epi16(sum, absolute(r[i]));
  return total(sum);
}

static inline __m128i narrowed(__m128i low, __m128i high, int shift) {
  return _mm_packs_epi32(_mm_srai_epi32(low, shift), _mm_srai_epi32(high, shift));
}

enum { LAST_2 = IDCT_CONST + IDCT_PASS + 3 + 2 };

// two_by_two makes four samples, the last shift and the middle of the range left out, and
// the sum of absolute coefficients. Nothing beyond the bound.
static inline __m128i two_by_two(const int16_t *block, const int16_t *quant, int *sum_of) {
  enum { SHIFT = IDCT_CONST - IDCT_PASS + 2 };
  __m128i r0 = dequantised(block, quant, 0), r1 = dequantised(block, quant, 1), r3 = dequantised(block, quant, 3);
  __m128i r5 = dequantised(block, quant, 5), r7 = dequantised(block, quant, 7);
  __m128i sum = _mm_adds_epi16(_mm_adds_epi16(absolute(r0), absolute(r1)), _mm_adds_epi16(absolute(r3), absolute(r5)));
  sum = _mm_adds_epi16(sum, absolute(r7));
  const __m128i counts = _mm_set_epi16(-1, 0, -1, 0, -1, 0, -1, -1);  // columns 7, 5, 3, 1 and 0
  const __m128i zero = _mm_setzero_si128();
  *sum_of = total(_mm_and_si128(sum, counts));
  if (*sum_of > IDCT_MOST) return zero;
  const __m128i half = _mm_set1_epi32(1 << (SHIFT - 1));
  const __m128i k13 = two(odd_2[0], odd_2[1]), k57 = two(odd_2[2], odd_2[3]);
  __m128i even_l = _mm_add_epi32(_mm_srai_epi32(_mm_unpacklo_epi16(zero, r0), 1), half);
  __m128i even_h = _mm_add_epi32(_mm_srai_epi32(_mm_unpackhi_epi16(zero, r0), 1), half);
  __m128i odd_l = _mm_add_epi32(_mm_madd_epi16(_mm_unpacklo_epi16(r1, r3), k13), _mm_madd_epi16(_mm_unpacklo_epi16(r5, r7), k57));
  __m128i odd_h = _mm_add_epi32(_mm_madd_epi16(_mm_unpackhi_epi16(r1, r3), k13), _mm_madd_epi16(_mm_unpackhi_epi16(r5, r7), k57));
  __m128i upper = narrowed(_mm_add_epi32(even_l, odd_l), _mm_add_epi32(even_h, odd_h), SHIFT);
  __m128i lower = narrowed(_mm_sub_epi32(even_l, odd_l), _mm_sub_epi32(even_h, odd_h), SHIFT);
  // Odd columns of both rows: four sums each, then one.
  const __m128i k = _mm_set_epi16(odd_2[3], 0, odd_2[2], 0, odd_2[1], 0, odd_2[0], 0);
  __m128i u = _mm_madd_epi16(upper, k), l = _mm_madd_epi16(lower, k);
  __m128i odd = _mm_add_epi32(_mm_unpacklo_epi32(u, l), _mm_unpackhi_epi32(u, l));
  odd = _mm_add_epi32(odd, _mm_shuffle_epi32(odd, 0x4e));
  __m128i even = _mm_unpacklo_epi32(_mm_unpacklo_epi16(zero, upper), _mm_unpacklo_epi16(zero, lower));
  even = _mm_add_epi32(_mm_srai_epi32(even, 1), _mm_set1_epi32(1 << (LAST_2 - 1)));
  return _mm_unpacklo_epi32(_mm_add_epi32(even, odd), _mm_sub_epi32(even, odd));
}

int idct_2(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  int sum;
  __m128i v = _mm_srai_epi32(two_by_two(block, quant, &sum), LAST_2);
  if (sum > IDCT_MOST) return 0;
  v = _mm_packs_epi32(v, v);
  uint32_t pixels = (uint32_t)_mm_cvtsi128_si32(_mm_packs_epi16(v, v)) ^ 0x80808080u;
  uint16_t above = (uint16_t)pixels, below = (uint16_t)(pixels >> 16);
  memcpy(out, &above, 2);
  memcpy(out + pitch, &below, 2);
  return 1;
}

int idct_2_rest(const int16_t *block, const int16_t *quant, int16_t *out) {
  int sum;
  __m128i v = _mm_srai_epi32(two_by_two(block, quant, &sum), LAST_2 - 3);
  _mm_storel_epi64((__m128i *)out, _mm_packs_epi32(v, v));
  return idct_clamp(sum);
}

// four_of makes four outputs of one axis of coefficients 0 (alone in the upper half of each
// number), 1 and 3, 2 and 6, 5 and 7 (side by side).
static inline void four_of(__m128i c0, __m128i c13, __m128i c26, __m128i c57, int shift, __m128i out[4]) {
  __m128i half = _mm_set1_epi32(1 << (shift - 1));
  __m128i base = _mm_add_epi32(_mm_srai_epi32(c0, 16 - (IDCT_CONST + 1)), half);
  __m128i even = _mm_madd_epi16(c26, two(even_4[0], even_4[1]));
  __m128i outer = _mm_add_epi32(_mm_madd_epi16(c13, two(odd_4[0][0], odd_4[0][1])),
                                _mm_madd_epi16(c57, two(odd_4[0][2], odd_4[0][3])));
  __m128i inner = _mm_add_epi32(_mm_madd_epi16(c13, two(odd_4[1][0], odd_4[1][1])),
                                _mm_madd_epi16(c57, two(odd_4[1][2], odd_4[1][3])));
  __m128i sum = _mm_add_epi32(base, even), difference = _mm_sub_epi32(base, even);
  out[0] = _mm_add_epi32(sum, outer);
  out[3] = _mm_sub_epi32(sum, outer);
  out[1] = _mm_add_epi32(difference, inner);
  out[2] = _mm_sub_epi32(difference, inner);
}

// four_by_four makes four rows of four samples, two a register, less bits to the right
// than they need; and the sum of absolute coefficients. Nothing beyond the bound.
static inline int four_by_four(const int16_t *block, const int16_t *quant, int less, __m128i out[2]) {
  enum { SHIFT = IDCT_CONST - IDCT_PASS + 1, LAST = IDCT_CONST + IDCT_PASS + 3 + 1 };
  __m128i r[8], low[4], high[4], row[4];
  const __m128i zero = _mm_setzero_si128();
  for (int i = 0; i < 8; i++) r[i] = dequantised(block, quant, i);
  r[4] = zero;  // does not count
  int sum = total_of(r);
  if (sum > IDCT_MOST) return sum;
  four_of(_mm_unpacklo_epi16(zero, r[0]), _mm_unpacklo_epi16(r[1], r[3]), _mm_unpacklo_epi16(r[2], r[6]),
          _mm_unpacklo_epi16(r[5], r[7]), SHIFT, low);
  four_of(_mm_unpackhi_epi16(zero, r[0]), _mm_unpackhi_epi16(r[1], r[3]), _mm_unpackhi_epi16(r[2], r[6]),
          _mm_unpackhi_epi16(r[5], r[7]), SHIFT, high);
  for (int i = 0; i < 4; i++) row[i] = narrowed(low[i], high[i], SHIFT);
  // Columns, two a register, four rows each.
  __m128i a = _mm_unpacklo_epi16(row[0], row[1]), b = _mm_unpacklo_epi16(row[2], row[3]);
  __m128i c = _mm_unpackhi_epi16(row[0], row[1]), d = _mm_unpackhi_epi16(row[2], row[3]);
  __m128i c01 = _mm_unpacklo_epi32(a, b), c23 = _mm_unpackhi_epi32(a, b);
  __m128i c45 = _mm_unpacklo_epi32(c, d), c67 = _mm_unpackhi_epi32(c, d);
  __m128i o[4];
  four_of(_mm_unpacklo_epi16(zero, c01), _mm_unpackhi_epi16(c01, c23), _mm_unpacklo_epi16(c23, c67),
          _mm_unpackhi_epi16(c45, c67), LAST, o);
  __m128i x = narrowed(o[0], o[2], LAST - less), y = narrowed(o[1], o[3], LAST - less);
  __m128i u = _mm_unpacklo_epi16(x, y), v = _mm_unpackhi_epi16(x, y);
  out[0] = _mm_unpacklo_epi32(u, v);
  out[1] = _mm_unpackhi_epi32(u, v);
  return sum;
}

int idct_4(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  __m128i rows[2];
  if (four_by_four(block, quant, 0, rows) > IDCT_MOST) return 0;
  uint8_t all[16];
  _mm_storeu_si128((__m128i *)all, _mm_xor_si128(_mm_packs_epi16(rows[0], rows[1]), _mm_set1_epi8((char)0x80)));
  for (int i = 0; i < 4; i++) memcpy(out + (size_t)i * pitch, all + 4 * i, 4);
  return 1;
}

int idct_4_rest(const int16_t *block, const int16_t *quant, int16_t *out) {
  __m128i rows[2] = {_mm_setzero_si128(), _mm_setzero_si128()};
  int sum = four_by_four(block, quant, 3, rows);
  _mm_storeu_si128((__m128i *)out, rows[0]);
  _mm_storeu_si128((__m128i *)(out + 8), rows[1]);
  return idct_clamp(sum);
}

// eight_of makes eight outputs of one axis, four lanes each.
static inline void eight_of(__m128i sum04, __m128i difference04, __m128i c26, __m128i c13, __m128i c57, int shift,
                            __m128i out[8]) {
  __m128i half = _mm_set1_epi32(1 << (shift - 1));
  __m128i s = _mm_add_epi32(_mm_srai_epi32(sum04, 16 - IDCT_CONST), half);
  __m128i d = _mm_add_epi32(_mm_srai_epi32(difference04, 16 - IDCT_CONST), half);
  __m128i e0 = _mm_madd_epi16(c26, two(even_8[0][0], even_8[0][1]));
  __m128i e1 = _mm_madd_epi16(c26, two(even_8[1][0], even_8[1][1]));
  __m128i even[4] = {_mm_add_epi32(s, e0), _mm_add_epi32(d, e1), _mm_sub_epi32(d, e1), _mm_sub_epi32(s, e0)};
  for (int i = 0; i < 4; i++) {
    __m128i odd = _mm_add_epi32(_mm_madd_epi16(c13, two(odd_8[i][0], odd_8[i][1])),
                                _mm_madd_epi16(c57, two(odd_8[i][2], odd_8[i][3])));
    out[i] = _mm_add_epi32(even[i], odd);
    out[7 - i] = _mm_sub_epi32(even[i], odd);
  }
}

// pass makes of eight rows of coefficients eight rows of outputs.
static inline void pass(__m128i r[8], int shift) {
  const __m128i zero = _mm_setzero_si128();
  __m128i sum = _mm_add_epi16(r[0], r[4]), difference = _mm_sub_epi16(r[0], r[4]), low[8], high[8];
  eight_of(_mm_unpacklo_epi16(zero, sum), _mm_unpacklo_epi16(zero, difference), _mm_unpacklo_epi16(r[2], r[6]),
           _mm_unpacklo_epi16(r[1], r[3]), _mm_unpacklo_epi16(r[5], r[7]), shift, low);
  eight_of(_mm_unpackhi_epi16(zero, sum), _mm_unpackhi_epi16(zero, difference), _mm_unpackhi_epi16(r[2], r[6]),
           _mm_unpackhi_epi16(r[1], r[3]), _mm_unpackhi_epi16(r[5], r[7]), shift, high);
  for (int i = 0; i < 8; i++) r[i] = narrowed(low[i], high[i], shift);
}

static inline void transpose(__m128i r[8]) {
  __m128i a[8], b[8];
  for (int i = 0; i < 4; i++) {
    a[2 * i] = _mm_unpacklo_epi16(r[i], r[i + 4]);
    a[2 * i + 1] = _mm_unpackhi_epi16(r[i], r[i + 4]);
  }
  for (int i = 0; i < 4; i++) {
    b[2 * i] = _mm_unpacklo_epi16(a[i], a[i + 4]);
    b[2 * i + 1] = _mm_unpackhi_epi16(a[i], a[i + 4]);
  }
  for (int i = 0; i < 4; i++) {
    r[2 * i] = _mm_unpacklo_epi16(b[i], b[i + 4]);
    r[2 * i + 1] = _mm_unpackhi_epi16(b[i], b[i + 4]);
  }
}

int idct_8(const int16_t *block, const int16_t *quant, uint8_t *out, size_t pitch) {
  __m128i r[8];
  for (int i = 0; i < 8; i++) r[i] = dequantised(block, quant, i);
  if (total_of(r) > IDCT_MOST) return 0;
  pass(r, IDCT_CONST - IDCT_PASS);
  transpose(r);
  pass(r, IDCT_CONST + IDCT_PASS + 3);
  transpose(r);
  for (int i = 0; i < 8; i++) {
    __m128i v = _mm_xor_si128(_mm_packs_epi16(r[i], r[i]), _mm_set1_epi8((char)0x80));
    _mm_storel_epi64((__m128i *)(out + (size_t)i * pitch), v);
  }
  return 1;
}

#endif
