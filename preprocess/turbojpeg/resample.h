// Antialiased triangle resampling of four-byte pixels to three-byte ones,
// rotated upright on the way. The rule is that of Pillow's BILINEAR: support
// stretched by the scale, weights normalised, pixel centres at one half.
//
// Rows may come in portions: each output row is made as soon as the last row that
// it is made of is there, the same whatever the portions.
#ifndef MANGOSENSE_RESAMPLE_H
#define MANGOSENSE_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  int width, height;
  // What of it is photo: a scaled decode rounds its size up, and the last pixels
  // then stand for less than a whole one. At most width and height.
  double photo_width, photo_height;
  int orientation;  // EXIF, 1..8: how the picture must be rotated
} resample_picture;

// Memory that grows to the largest picture seen and is reused.
typedef struct {
  void *memory;
  size_t size;
} resample_scratch;

// One output pixel of one axis: the first source pixel and where its weights lie.
typedef struct {
  int first, taps, weights;
} resample_span;

typedef struct {
  resample_span *spans;
  int16_t *weights;
} resample_axis;

// One picture under way. Sizes and steps are those of the picture as stored.
typedef struct {
  int taps;           // rows that one output row is made of, at most
  int next;           // output row
  int width, height;  // of the output
  int lanes;          // bytes of a row, whole vectors
  int16_t *row;
  resample_axis across, down;
  uint8_t *out;
  ptrdiff_t base, right, below;
} resampling;

// resample_start begins a picture of which out becomes out_width × out_height RGB
// bytes, rows without gaps, upright. It returns 0 when there is no memory.
int resample_start(resampling *r, resample_scratch *s, resample_picture p, int out_width, int out_height,
                   uint8_t *out);
// resample_rows makes what needs no row of the picture from end on. Rows from first
// on lie at pixels: RGBX, 16-byte aligned, pitch bytes each, a multiple of 16.
void resample_rows(resampling *r, const uint8_t *pixels, size_t pitch, int first, int end);
// resample_needs is the first row that is still needed; after the last output row
// it is beyond any.
int resample_needs(const resampling *r);
void resample_free(resample_scratch *s);

#endif
