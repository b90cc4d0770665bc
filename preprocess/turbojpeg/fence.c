#include "fence.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <turbojpeg.h>

enum { PIXEL = 4, ALIGN = 64 };

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void say(fence *f, const char *text) {
  snprintf(f->message, sizeof f->message, "%s", text);
}

fence *fence_new(size_t keep) {
#ifdef M_MMAP_THRESHOLD
  // glibc raises this limit to 32 MB after the first large free; coefficient
  // arrays of progressive photos would then stay resident in the heap.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
  fence *f = calloc(1, sizeof *f);
  if (f == NULL) return NULL;
  f->keep = keep;
  f->baseline = baseline_new();
  if (f->baseline == NULL) {
    free(f);
    return NULL;
  }
  return f;
}

void fence_free(fence *f) {
  if (f == NULL) return;
  free(f->picture);
  baseline_free(f->baseline);
  resample_free(&f->scratch);
  free(f);
}

// What all steps of a JPEG's job go by.
typedef struct {
  const uint8_t *jpeg;
  size_t size;
  fence_job job;
  resample_picture picture;
  uint8_t *out;
} work;

static void give_back(fence *f) {
  baseline_give_back(f->baseline);
  if (f->picture_size <= f->keep) return;
  free(f->picture);
  f->picture = NULL;
  f->picture_size = 0;
}

// window_open begins the resampling of a picture of which at most most rows come
// at once. It holds what the next output row is made of, or, if whole, everything.
// Rows that are still needed move up when it is full: with place for twice as many,
// about once each. It returns 0 when there is no memory.
static int window_open(fence *f, window *w, resample_picture p, int most, int whole, const fence_job *job, uint8_t *out) {
  int64_t start = now_ns();
  if (!resample_start(&w->r, &f->scratch, p, job->out_width, job->out_height, out)) return 0;
  f->resize_ns += now_ns() - start;
  size_t used = (size_t)p.width * PIXEL;
  w->pitch = (used + ALIGN - 1) / ALIGN * ALIGN;
  w->width = p.width;
  w->height = p.height;
  w->high = 2 * w->r.taps + most;
  if (w->high > p.height || whole) w->high = p.height;
  w->first = w->end = 0;
  size_t size = w->pitch * (size_t)w->high;
  if (size > f->picture_size) {
    free(f->picture);
    f->picture_size = 0;
    f->picture = aligned_alloc(ALIGN, size);
    if (f->picture == NULL) return 0;
    f->picture_size = size;
  }
  // The rest of each row is read too, if only to be multiplied by 0.
  for (int y = 0; y < w->high; y++) memset(f->picture + (size_t)y * w->pitch + used, 0, w->pitch - used);
  return 1;
}

// window_next is where the next rows go, at most most of them.
static uint8_t *window_next(fence *f, window *w, int most) {
  if (w->high < w->height && w->end - w->first + most > w->high) {
    int needed = resample_needs(&w->r);
    if (needed > w->end) needed = w->end;
    memmove(f->picture, f->picture + (size_t)(needed - w->first) * w->pitch, (size_t)(w->end - needed) * w->pitch);
    w->first = needed;
  }
  return f->picture + (size_t)(w->end - w->first) * w->pitch;
}

// window_add resamples what n more rows complete.
static void window_add(fence *f, window *w, int n) {
  int64_t start = now_ns();
  w->end += n;
  resample_rows(&w->r, f->picture, w->pitch, w->first, w->end);
  f->resize_ns += now_ns() - start;
}

// cmyk_to_rgb converts in place by Pillow's rule. The file's values are taken
// as inverted, which is what Adobe writes and every reader assumes.
static void cmyk_to_rgb(uint8_t *p, size_t pixels) {
  for (size_t i = 0; i < pixels; i++, p += PIXEL) {
    int k = p[3];
    for (int c = 0; c < 3; c++) {
      int t = (255 - p[c]) * k + 128;
      int v = k - (((t >> 8) + t) >> 8);
      p[c] = v < 0 ? 0 : (uint8_t)v;
    }
  }
}

// harmless: bytes between the last scan and the end marker. Every pixel was
// there, and libjpeg-turbo says only its first warning, which this is.
static int harmless(const char *warning) {
  return strstr(warning, "extraneous bytes before marker 0xd9") != NULL;
}

static int decode_by(tjhandle tj, fence *f, const work *k, size_t pitch) {
  int fw = 0, fh = 0, sampling = 0, colours = 0;
  // Its result is not looked at: it is -1 for samplings that TurboJPEG has no
  // name for, although such files decode. The sizes say whether it read them.
  int rc = tjDecompressHeader3(tj, k->jpeg, k->size, &fw, &fh, &sampling, &colours);
  if (rc != 0 && (fw == 0 || fh == 0)) {
    say(f, tjGetErrorStr2(tj));
    return FENCE_FATAL;
  }
  if (fw != k->job.width || fh != k->job.height) return FENCE_OTHER_SIZE;

  rc = tjDecompress2(tj, k->jpeg, k->size, f->picture, k->picture.width, (int)pitch, k->picture.height,
                     k->job.cmyk ? TJPF_CMYK : TJPF_RGBX, TJFLAG_LIMITSCANS);
  if (rc == 0) return FENCE_OK;
  say(f, tjGetErrorStr2(tj));
  if (tjGetErrorCode(tj) != TJERR_WARNING) return FENCE_FATAL;
  return harmless(f->message) ? FENCE_OK : FENCE_WARNING;
}

// wholly decodes by libjpeg-turbo, the whole picture before any of it is resampled.
static int wholly(fence *f, const work *k) {
  window w;
  if (!window_open(f, &w, k->picture, k->picture.height, 1, &k->job, k->out)) return FENCE_NO_MEMORY;
  // A handle keeps the tables of the file before: one without its own would be
  // decoded by a stranger's. A new one costs microseconds.
  tjhandle tj = tjInitDecompress();
  if (tj == NULL) return FENCE_NO_MEMORY;
  int status = decode_by(tj, f, k, w.pitch);
  tjDestroy(tj);
  if (status != FENCE_OK) return status;
  if (k->job.cmyk) cmyk_to_rgb(f->picture, w.pitch / PIXEL * (size_t)k->picture.height);
  window_add(f, &w, k->picture.height);
  return FENCE_OK;
}

// by_baseline decodes by the decoder for baseline files, row by row. It returns 0 when
// that gives up; out then holds anything.
static int by_baseline(fence *f, const work *k) {
  int most = baseline_start(f->baseline, k->job.speculative, k->jpeg, k->size, k->job.width, k->job.height, k->job.denom);
  window w;
  if (most == 0 || !window_open(f, &w, k->picture, most, k->job.whole, &k->job, k->out)) return 0;
  while (w.end < w.height) {
    int n = baseline_rows(f->baseline, window_next(f, &w, most), w.pitch);
    if (n < 0) return 0;
    window_add(f, &w, n);
  }
  return 1;
}

int fence_tensor(fence *f, const uint8_t *jpeg, size_t size, fence_job job,
                 uint8_t *out) {
  int64_t start = now_ns();
  f->decode_ns = f->resize_ns = 0;
  f->message[0] = 0;
  tjscalingfactor scale = {1, job.denom};
  int w = TJSCALED(job.width, scale), h = TJSCALED(job.height, scale);
  work k = {
      jpeg, size, job,
      {w, h, (double)job.width / job.denom, (double)job.height / job.denom, job.orientation}, out,
  };
  f->by_baseline = !job.cmyk && !job.turbo_only && by_baseline(f, &k);
  f->speculated_mcus = f->by_baseline ? baseline_speculated(f->baseline) : 0;
  int status = f->by_baseline ? FENCE_OK : wholly(f, &k);
  f->decode_ns = now_ns() - start - f->resize_ns;
  if (!job.whole) give_back(f);
  return status;
}

int fence_rows(fence *f, fence_job job) {
  f->resize_ns = 0;
  resample_picture p = {job.width, job.height, job.width, job.height, job.orientation};
  return window_open(f, &f->rows, p, 1, 0, &job, NULL) ? FENCE_OK : FENCE_NO_MEMORY;
}

void fence_row(fence *f, const uint8_t *rgbx, uint8_t *out) {
  window *w = &f->rows;
  memcpy(window_next(f, w, 1), rgbx, (size_t)w->width * PIXEL);
  w->r.out = out;
  window_add(f, w, 1);
  w->r.out = NULL;  // it is the caller's
}

void fence_rows_end(fence *f) { give_back(f); }
