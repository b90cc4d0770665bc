#include "resample.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Fixed point: weights sum to 1 << WEIGHT_BITS exactly, so that an even
// surface keeps its level; rows between the passes keep ROW_BITS below the
// point. 255 << ROW_BITS fits int16, its product with a weight fits int32.
enum { PIXEL = 4, LANES = 16, WEIGHT_BITS = 14, ROW_BITS = 6 };

typedef resample_span span;
typedef resample_axis axis;

static int even(int n) { return n + (n & 1); }

static int most_taps(double in, int out) {
  double scale = in > out ? in / out : 1;
  return even((int)ceil(scale) * 2 + 1);
}

// fill_weights fills one axis: out pixels of photo, which lies in in pixels. Taps are made
// even with a weight of 0: both passes take two at once.
static void fill_weights(axis a, int in, double photo, int out) {
  double scale = photo / out, support = scale > 1 ? scale : 1;
  int next = 0;
  for (int i = 0; i < out; i++) {
    double centre = (i + 0.5) * scale, sum = 0;
    int first = (int)(centre - support + 0.5), end = (int)(centre + support + 0.5);
    if (first < 0) first = 0;
    if (end > in) end = in;
    for (int k = first; k < end; k++) {
      double d = fabs((k - centre + 0.5) / support);
      sum += d < 1 ? 1 - d : 0;
    }
    int left = 1 << WEIGHT_BITS, largest = next;
    int16_t *w = a.weights;
    for (int k = first; k < end; k++) {
      double d = fabs((k - centre + 0.5) / support);
      int v = (int)((d < 1 ? 1 - d : 0) / sum * (1 << WEIGHT_BITS) + 0.5);
      w[next + k - first] = (int16_t)v;
      left -= v;
      if (v > w[largest]) largest = next + k - first;
    }
    w[largest] = (int16_t)(w[largest] + left);
    a.spans[i] = (span){first, end - first, next};
    next += end - first;
    if ((end - first) & 1) w[next++] = 0;
  }
}

// down sums the rows of one output row, lane by lane: n is a multiple of LANES.
static void down(const uint8_t *src, size_t pitch, const int16_t *w, int taps, int n,
                 int16_t *row) {
#ifdef __SSE2__
  const __m128i zero = _mm_setzero_si128();
  const __m128i half = _mm_set1_epi32(1 << (WEIGHT_BITS - ROW_BITS - 1));
  for (int i = 0; i < n; i += LANES) {
    __m128i a = half, b = half, c = half, d = half;
    const uint8_t *p = src + i;
    for (int k = 0; k < taps; k += 2, p += 2 * pitch) {
      int pair;
      memcpy(&pair, w + k, sizeof pair);
      __m128i weights = _mm_set1_epi32(pair);
      __m128i upper = _mm_load_si128((const __m128i *)p);
      // The row below the last belongs to a weight of 0 and may not exist.
      __m128i lower = k + 1 < taps ? _mm_load_si128((const __m128i *)(p + pitch)) : zero;
      __m128i low = _mm_unpacklo_epi8(upper, lower), high = _mm_unpackhi_epi8(upper, lower);
      a = _mm_add_epi32(a, _mm_madd_epi16(_mm_unpacklo_epi8(low, zero), weights));
      b = _mm_add_epi32(b, _mm_madd_epi16(_mm_unpackhi_epi8(low, zero), weights));
      c = _mm_add_epi32(c, _mm_madd_epi16(_mm_unpacklo_epi8(high, zero), weights));
      d = _mm_add_epi32(d, _mm_madd_epi16(_mm_unpackhi_epi8(high, zero), weights));
    }
    enum { SHIFT = WEIGHT_BITS - ROW_BITS };
    a = _mm_packs_epi32(_mm_srai_epi32(a, SHIFT), _mm_srai_epi32(b, SHIFT));
    c = _mm_packs_epi32(_mm_srai_epi32(c, SHIFT), _mm_srai_epi32(d, SHIFT));
    _mm_store_si128((__m128i *)(row + i), a);
    _mm_store_si128((__m128i *)(row + i + 8), c);
  }
#else
  // A fixed number of lanes: compilers keep the sums in vector registers.
  for (int i = 0; i < n; i += LANES) {
    int32_t sum[LANES];
    for (int l = 0; l < LANES; l++) sum[l] = 1 << (WEIGHT_BITS - ROW_BITS - 1);
    const uint8_t *p = src + i;
    for (int k = 0; k < taps; k++, p += pitch) {
      int16_t weight = w[k];
      for (int l = 0; l < LANES; l++) sum[l] += (int16_t)p[l] * weight;
    }
    for (int l = 0; l < LANES; l++) row[i + l] = (int16_t)(sum[l] >> (WEIGHT_BITS - ROW_BITS));
  }
#endif
}

// across sums the pixels of one output pixel and rounds it to a level.
static void across(const int16_t *row, const int16_t *w, int taps, uint8_t *out) {
  enum { SHIFT = WEIGHT_BITS + ROW_BITS };
#ifdef __SSE2__
  __m128i sum = _mm_set1_epi32(1 << (SHIFT - 1));
  for (int k = 0; k < taps; k += 2) {
    int pair;
    memcpy(&pair, w + k, sizeof pair);
    __m128i two = _mm_loadu_si128((const __m128i *)(row + k * PIXEL));
    two = _mm_unpacklo_epi16(two, _mm_unpackhi_epi64(two, two));
    sum = _mm_add_epi32(sum, _mm_madd_epi16(two, _mm_set1_epi32(pair)));
  }
  sum = _mm_srai_epi32(sum, SHIFT);
  sum = _mm_packs_epi32(sum, sum);
  int v = _mm_cvtsi128_si32(_mm_packus_epi16(sum, sum));
  out[0] = (uint8_t)v;
  out[1] = (uint8_t)(v >> 8);
  out[2] = (uint8_t)(v >> 16);
#else
  int32_t sum[PIXEL];
  for (int c = 0; c < PIXEL; c++) sum[c] = 1 << (SHIFT - 1);
  for (int k = 0; k < taps; k++)
    for (int c = 0; c < PIXEL; c++) sum[c] += (int32_t)row[k * PIXEL + c] * w[k];
  for (int c = 0; c < 3; c++) out[c] = (uint8_t)(sum[c] >> SHIFT);
#endif
}

// rotation says where the stored picture's first pixel lands in the upright
// output, and how far a step to the right and a step down lead from there.
static void rotation(int orientation, int width, int height, ptrdiff_t *base, ptrdiff_t *right,
                   ptrdiff_t *below) {
  ptrdiff_t x = 3, y = (ptrdiff_t)width * 3;
  ptrdiff_t last_x = (width - 1) * x, last_y = (height - 1) * y;
  switch (orientation) {
    case 2: *base = last_x, *right = -x, *below = y; break;
    case 3: *base = last_x + last_y, *right = -x, *below = -y; break;
    case 4: *base = last_y, *right = x, *below = -y; break;
    case 5: *base = 0, *right = y, *below = x; break;
    case 6: *base = last_x, *right = y, *below = -x; break;
    case 7: *base = last_x + last_y, *right = -y, *below = -x; break;
    case 8: *base = last_y, *right = -y, *below = x; break;
    default: *base = 0, *right = x, *below = y;
  }
}

static size_t rounded(size_t n) { return (n + 63) / 64 * 64; }

int resample_start(resampling *r, resample_scratch *s, resample_picture p, int out_width, int out_height,
                   uint8_t *out) {
  int quarter = p.orientation >= 5;
  int ow = quarter ? out_height : out_width, oh = quarter ? out_width : out_height;
  int lanes = (p.width * PIXEL + LANES - 1) / LANES * LANES;
  *r = (resampling){.lanes = lanes, .width = ow, .height = oh, .taps = most_taps(p.photo_height, oh), .out = out};

  // One block for everything: row, then the two axes.
  size_t row_size = rounded(((size_t)lanes + PIXEL) * sizeof(int16_t));
  size_t xs = rounded((size_t)ow * sizeof(span)), ys = rounded((size_t)oh * sizeof(span));
  size_t xw = rounded((size_t)ow * (size_t)most_taps(p.photo_width, ow) * sizeof(int16_t));
  size_t yw = rounded((size_t)oh * (size_t)r->taps * sizeof(int16_t));
  size_t size = row_size + xs + ys + xw + yw;
  if (size > s->size) {
    free(s->memory);
    s->size = 0;
    s->memory = aligned_alloc(64, size);
    if (s->memory == NULL) return 0;
    s->size = size;
  }
  uint8_t *m = s->memory;
  r->row = (int16_t *)m;
  r->across = (axis){(span *)(m + row_size), (int16_t *)(m + row_size + xs + ys)};
  r->down = (axis){(span *)(m + row_size + xs), (int16_t *)(m + row_size + xs + ys + xw)};
  fill_weights(r->across, p.width, p.photo_width, ow);
  fill_weights(r->down, p.height, p.photo_height, oh);
  // The pixel beside the last one is read with a weight of 0.
  memset(r->row + lanes, 0, PIXEL * sizeof(int16_t));
  rotation(p.orientation, out_width, out_height, &r->base, &r->right, &r->below);
  return 1;
}

void resample_rows(resampling *r, const uint8_t *pixels, size_t pitch, int first, int end) {
  // A copy: what is written to out could be anything in *r, for all that a compiler knows.
  const resampling k = *r;
  int next = k.next;
  for (; next < k.height; next++) {
    span v = k.down.spans[next];
    if (v.first + v.taps > end) break;
    down(pixels + (size_t)(v.first - first) * pitch, pitch, k.down.weights + v.weights, v.taps, k.lanes, k.row);
    uint8_t *to = k.out + k.base + next * k.below;
    for (int i = 0; i < k.width; i++, to += k.right) {
      span h = k.across.spans[i];
      across(k.row + (size_t)h.first * PIXEL, k.across.weights + h.weights, h.taps, to);
    }
  }
  r->next = next;
}

int resample_needs(const resampling *r) {
  return r->next < r->height ? r->down.spans[r->next].first : INT_MAX;
}

void resample_free(resample_scratch *s) {
  free(s->memory);
  s->memory = NULL;
  s->size = 0;
}
