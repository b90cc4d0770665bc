// Antialiased triangle resampling of four-byte pixels to three-byte ones,
// turned upright on the way. The rule is that of Pillow's BILINEAR: support
// stretched by the scale, weights normalised, pixel centres at one half.
#ifndef MANGOSENSE_RESAMPLE_H
#define MANGOSENSE_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *pixels;  // RGBX, 16-byte aligned
  size_t pitch;           // bytes a row, a multiple of 16
  int width, height;
  // What of it is photo: a scaled decode rounds its size up, and the last pixels
  // then stand for less than a whole one. At most width and height.
  double photo_width, photo_height;
  int orientation;  // EXIF, 1..8: how the picture must be turned
} resample_picture;

// Memory that grows to the largest picture seen and is reused.
typedef struct {
  void *memory;
  size_t size;
} resample_scratch;

// resample writes out_width × out_height RGB bytes, rows without gaps, upright.
// It answers 0 when there is no memory.
int resample(resample_scratch *s, resample_picture p, int out_width, int out_height,
             uint8_t *out);
void resample_free(resample_scratch *s);

#endif
