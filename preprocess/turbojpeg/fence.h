// The C side of package turbojpeg: one decoder with the memory it reuses.
// Not safe for two threads at once; keeps no pointer given to it.
#ifndef MANGOSENSE_FENCE_H
#define MANGOSENSE_FENCE_H

#include <stddef.h>
#include <stdint.h>

#include "baseline.h"
#include "resample.h"

// What fence_tensor returns. The Go side turns these into errors.
enum {
  FENCE_OK = 0,
  FENCE_FATAL = 1,    // libjpeg-turbo gave up; message says why
  FENCE_WARNING = 2,  // pixels are missing or guessed; message says why
  FENCE_NO_MEMORY = 3,
  FENCE_OTHER_SIZE = 4,  // the file's size is not the one that was promised
};

// Rows first to end of a picture, on their way to the resampler.
typedef struct {
  resampling r;
  size_t pitch;      // whole vectors a row: the resampler reads them without a tail loop
  int width;         // pixels of four bytes
  int height, high;  // rows of the picture, and how many the buffer holds
  int first, end;
} window;

typedef struct {
  uint8_t *picture;  // the window's rows: some, or the whole picture
  size_t picture_size;
  size_t keep;  // a larger picture is given back after each job
  baseline *baseline;
  resample_scratch scratch;
  window rows;  // of a picture that comes by fence_row

  // Of the last job.
  int64_t decode_ns, resize_ns;
  int by_baseline;       // it was decoded by baseline.c,
  int speculated_mcus;   // and so many of its MCUs by a speculative decoder
  char message[256];
} fence;

typedef struct {
  int width, height;  // of the file, as promised by the caller's own parser
  int denom;          // 1, 2, 4 or 8: decode at 1/denom
  int cmyk;           // the file has four components
  int orientation;    // EXIF, 1..8
  int out_width, out_height;
  const speculative *speculative;  // works on the same file at the same scale; or NULL
  int turbo_only;  // for tests: leave baseline files to libjpeg-turbo too
  int whole;       // for tests: leave the whole picture in the buffer
} fence_job;

fence *fence_new(size_t keep);
void fence_free(fence *f);
int fence_tensor(fence *f, const uint8_t *jpeg, size_t size, fence_job job,
                 uint8_t *out);

// fence_rows begins a picture that comes row by row from the top: size, orientation
// and output of job. FENCE_OK or FENCE_NO_MEMORY.
int fence_rows(fence *f, fence_job job);
// fence_row takes the next row, RGBX, and writes what it completes to out. There
// must be no more rows than the job said.
void fence_row(fence *f, const uint8_t *rgbx, uint8_t *out);
// fence_rows_end gives back what only a large picture needs.
void fence_rows_end(fence *f);

#endif
