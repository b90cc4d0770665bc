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
  f->plain = plain_new();
  if (f->plain == NULL) {
    free(f);
    return NULL;
  }
  return f;
}

void fence_free(fence *f) {
  if (f == NULL) return;
  free(f->picture);
  plain_free(f->plain);
  resample_free(&f->scratch);
  free(f);
}

// What all steps of a job go by.
typedef struct {
  const uint8_t *jpeg;
  size_t size;
  fence_job job;
  resample_picture picture;
  // Whole vectors a row: the resampler reads them without a tail loop.
  size_t pitch;
  uint8_t *out;
} work;

// room makes place for so many rows in the picture buffer; its content is lost.
static int room(fence *f, const work *k, int rows) {
  size_t size = k->pitch * (size_t)rows, used = (size_t)k->picture.width * PIXEL;
  if (size > f->picture_size) {
    free(f->picture);
    f->picture_size = 0;
    f->picture = aligned_alloc(ALIGN, size);
    if (f->picture == NULL) return 0;
    f->picture_size = size;
  }
  // The rest of each row is read too, if only to be multiplied by 0.
  for (int y = 0; y < rows; y++) memset(f->picture + (size_t)y * k->pitch + used, 0, k->pitch - used);
  return 1;
}

static void give_back(fence *f, const work *k) {
  plain_give_back(f->plain);
  if (f->picture_size <= f->keep || k->job.whole) return;
  free(f->picture);
  f->picture = NULL;
  f->picture_size = 0;
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

static int decode_by(tjhandle tj, fence *f, const work *k) {
  int fw = 0, fh = 0, sampling = 0, colours = 0;
  // Its result is not looked at: it is -1 for samplings that TurboJPEG has no
  // name for, although such files decode. The sizes say whether it read them.
  int rc = tjDecompressHeader3(tj, k->jpeg, k->size, &fw, &fh, &sampling, &colours);
  if (rc != 0 && (fw == 0 || fh == 0)) {
    say(f, tjGetErrorStr2(tj));
    return FENCE_FATAL;
  }
  if (fw != k->job.width || fh != k->job.height) return FENCE_OTHER_SIZE;

  rc = tjDecompress2(tj, k->jpeg, k->size, f->picture, k->picture.width, (int)k->pitch, k->picture.height,
                     k->job.cmyk ? TJPF_CMYK : TJPF_RGBX, TJFLAG_LIMITSCANS);
  if (rc == 0) return FENCE_OK;
  say(f, tjGetErrorStr2(tj));
  if (tjGetErrorCode(tj) != TJERR_WARNING) return FENCE_FATAL;
  return harmless(f->message) ? FENCE_OK : FENCE_WARNING;
}

// begin starts the resampling; 0: there is no memory.
static int begin(fence *f, const work *k, resampling *r) {
  int64_t start = now_ns();
  int ok = resample_start(r, &f->scratch, k->picture, k->job.out_width, k->job.out_height, k->out);
  f->resize_ns += now_ns() - start;
  return ok;
}

// resample makes what the rows first to end of the picture buffer allow.
static void resample(fence *f, const work *k, resampling *r, int first, int end) {
  int64_t start = now_ns();
  resample_rows(r, f->picture, k->pitch, first, end);
  f->resize_ns += now_ns() - start;
}

// wholly decodes by libjpeg-turbo, the whole picture before any of it is resampled.
static int wholly(fence *f, const work *k) {
  if (!room(f, k, k->picture.height)) return FENCE_NO_MEMORY;
  // A handle keeps the tables of the file before: one without its own would be
  // decoded by a stranger's. A new one costs microseconds.
  tjhandle tj = tjInitDecompress();
  if (tj == NULL) return FENCE_NO_MEMORY;
  int status = decode_by(tj, f, k);
  tjDestroy(tj);
  if (status != FENCE_OK) return status;
  if (k->job.cmyk) cmyk_to_rgb(f->picture, k->pitch / PIXEL * (size_t)k->picture.height);
  resampling r;
  if (!begin(f, k, &r)) return FENCE_NO_MEMORY;
  resample(f, k, &r, 0, k->picture.height);
  return FENCE_OK;
}

// plainly decodes by the decoder for plain files, row by row into a window that
// holds what the next output row is made of. It answers 0 when that gives up; out
// then holds anything.
static int plainly(fence *f, const work *k) {
  int most = plain_start(f->plain, k->job.ahead, k->jpeg, k->size, k->job.width, k->job.height, k->job.denom);
  resampling r;
  if (most == 0 || !begin(f, k, &r)) return 0;
  // Rows that are still needed move up when the window is full: with room for
  // twice as many, about once each.
  int height = k->picture.height, high = 2 * r.taps + most;
  if (high > height || k->job.whole) high = height;
  if (!room(f, k, high)) return 0;
  for (int first = 0, end = 0; end < height;) {
    if (high < height && end - first + most > high) {
      int needed = resample_needs(&r);
      if (needed > end) needed = end;
      memmove(f->picture, f->picture + (size_t)(needed - first) * k->pitch, (size_t)(end - needed) * k->pitch);
      first = needed;
    }
    int n = plain_rows(f->plain, f->picture + (size_t)(end - first) * k->pitch, k->pitch);
    if (n < 0) return 0;
    end += n;
    resample(f, k, &r, first, end);
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
      {w, h, (double)job.width / job.denom, (double)job.height / job.denom, job.orientation},
      ((size_t)w * PIXEL + ALIGN - 1) / ALIGN * ALIGN, out,
  };
  f->plainly = !job.cmyk && !job.turbo_only && plainly(f, &k);
  f->mcus_ahead = f->plainly ? plain_ahead(f->plain) : 0;
  int status = f->plainly ? FENCE_OK : wholly(f, &k);
  f->decode_ns = now_ns() - start - f->resize_ns;
  give_back(f, &k);
  return status;
}
