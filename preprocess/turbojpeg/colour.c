#include "colour.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { PIXEL = 4 };

// 1.402, 0.34414, 0.71414 and 1.772 with 16 bits below the point.
enum { R_CR = 91881, G_CB = 22554, G_CR = 46802, B_CB = 116130, ONE = 65536, HALF = 32768 };

#ifdef __SSE2__

// rounded is v · f / 65536, rounded: v has 9 bits.
static inline __m128i rounded(__m128i v, int f) {
  v = _mm_mulhi_epi16(_mm_add_epi16(v, v), _mm_set1_epi16((short)f));
  return _mm_srai_epi16(_mm_add_epi16(v, _mm_set1_epi16(1)), 1);
}

static inline __m128i green(__m128i cb, __m128i cr) {
  // What is more than one is taken off whole.
  const __m128i f = _mm_set1_epi32((int)((uint32_t)(ONE - G_CR) << 16 | (uint16_t)-G_CB));
  const __m128i half = _mm_set1_epi32(HALF);
  __m128i low = _mm_add_epi32(_mm_madd_epi16(_mm_unpacklo_epi16(cb, cr), f), half);
  __m128i high = _mm_add_epi32(_mm_madd_epi16(_mm_unpackhi_epi16(cb, cr), f), half);
  return _mm_sub_epi16(_mm_packs_epi32(_mm_srai_epi32(low, 16), _mm_srai_epi32(high, 16)), cr);
}

void colour_ycc(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgbx, int n) {
  const __m128i zero = _mm_setzero_si128(), centre = _mm_set1_epi16(128), full = _mm_set1_epi8(-1);
  for (int i = 0; i < n; i += COLOUR_LANES, rgbx += PIXEL * COLOUR_LANES) {
    __m128i yy = _mm_loadu_si128((const __m128i *)(y + i));
    __m128i bb = _mm_loadu_si128((const __m128i *)(cb + i));
    __m128i rr = _mm_loadu_si128((const __m128i *)(cr + i));
    __m128i r[2], g[2], b[2];
    for (int k = 0; k < 2; k++) {
      __m128i l = k == 0 ? _mm_unpacklo_epi8(yy, zero) : _mm_unpackhi_epi8(yy, zero);
      __m128i u = _mm_sub_epi16(k == 0 ? _mm_unpacklo_epi8(bb, zero) : _mm_unpackhi_epi8(bb, zero), centre);
      __m128i v = _mm_sub_epi16(k == 0 ? _mm_unpacklo_epi8(rr, zero) : _mm_unpackhi_epi8(rr, zero), centre);
      r[k] = _mm_add_epi16(l, _mm_add_epi16(v, rounded(v, R_CR - ONE)));
      g[k] = _mm_add_epi16(l, green(u, v));
      b[k] = _mm_add_epi16(l, _mm_add_epi16(_mm_add_epi16(u, u), rounded(u, B_CB - 2 * ONE)));
    }
    __m128i red = _mm_packus_epi16(r[0], r[1]), grn = _mm_packus_epi16(g[0], g[1]), blu = _mm_packus_epi16(b[0], b[1]);
    __m128i rg = _mm_unpacklo_epi8(red, grn), bx = _mm_unpacklo_epi8(blu, full);
    __m128i *to = (__m128i *)rgbx;
    _mm_storeu_si128(to, _mm_unpacklo_epi16(rg, bx));
    _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(rg, bx));
    rg = _mm_unpackhi_epi8(red, grn), bx = _mm_unpackhi_epi8(blu, full);
    _mm_storeu_si128(to + 2, _mm_unpacklo_epi16(rg, bx));
    _mm_storeu_si128(to + 3, _mm_unpackhi_epi16(rg, bx));
  }
}

#else

static inline uint8_t level(int v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }

void colour_ycc(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgbx, int n) {
  for (int i = 0; i < n; i++, rgbx += PIXEL) {
    int l = y[i], u = cb[i] - 128, v = cr[i] - 128;
    rgbx[0] = level(l + ((R_CR * v + HALF) >> 16));
    rgbx[1] = level(l + ((-G_CB * u - G_CR * v + HALF) >> 16));
    rgbx[2] = level(l + ((B_CB * u + HALF) >> 16));
    rgbx[3] = 255;
  }
}

#endif

void colour_grey(const uint8_t *y, uint8_t *rgbx, int n) {
  for (int i = 0; i < n; i++, rgbx += PIXEL) {
    rgbx[0] = rgbx[1] = rgbx[2] = y[i];
    rgbx[3] = 255;
  }
}

void colour_double(const uint8_t *in, uint8_t *out, int n) {
  for (int i = 0; i < n; i++) out[2 * i] = out[2 * i + 1] = in[i];
}

void colour_double_smoothly(const uint8_t *in, uint8_t *out, int n) {
  out[0] = in[0];
  out[2 * n - 1] = in[n - 1];
  for (int i = 0; i + 1 < n; i++) {
    int a = in[i], b = in[i + 1];
    out[2 * i + 1] = (uint8_t)((3 * a + b + 2) >> 2);
    out[2 * i + 2] = (uint8_t)((a + 3 * b + 1) >> 2);
  }
}

void colour_double_both(const uint8_t *near, const uint8_t *far, uint16_t *sums, uint8_t *out, int n) {
  for (int i = 0; i < n; i++) sums[i] = (uint16_t)(3 * near[i] + far[i]);
  out[0] = (uint8_t)((4 * sums[0] + 8) >> 4);
  out[2 * n - 1] = (uint8_t)((4 * sums[n - 1] + 7) >> 4);
  for (int i = 0; i + 1 < n; i++) {
    int a = sums[i], b = sums[i + 1];
    out[2 * i + 1] = (uint8_t)((3 * a + b + 7) >> 4);
    out[2 * i + 2] = (uint8_t)((a + 3 * b + 8) >> 4);
  }
}

void colour_between(const uint8_t *near, const uint8_t *far, uint8_t *out, int n, int bias) {
  for (int i = 0; i < n; i++) out[i] = (uint8_t)((3 * near[i] + far[i] + bias) >> 2);
}
