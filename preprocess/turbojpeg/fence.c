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

// room makes the picture buffer at least size bytes large; its content is lost.
static int room(fence *f, size_t size) {
  if (size <= f->picture_size) return 1;
  free(f->picture);
  f->picture_size = 0;
  size = (size + ALIGN - 1) / ALIGN * ALIGN;
  f->picture = aligned_alloc(ALIGN, size);
  if (f->picture == NULL) return 0;
  f->picture_size = size;
  return 1;
}

static void give_back(fence *f) {
  plain_give_back(f->plain);
  if (f->picture_size <= f->keep) return;
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

static int decode_by(tjhandle tj, fence *f, const uint8_t *jpeg, size_t size,
                     const fence_job *job, int w, int h, size_t pitch) {
  int fw = 0, fh = 0, sampling = 0, colours = 0;
  // Its result is not looked at: it is -1 for samplings that TurboJPEG has no
  // name for, although such files decode. The sizes say whether it read them.
  int rc = tjDecompressHeader3(tj, jpeg, size, &fw, &fh, &sampling, &colours);
  if (rc != 0 && (fw == 0 || fh == 0)) {
    say(f, tjGetErrorStr2(tj));
    return FENCE_FATAL;
  }
  if (fw != job->width || fh != job->height) return FENCE_OTHER_SIZE;

  rc = tjDecompress2(tj, jpeg, size, f->picture, w, (int)pitch, h,
                     job->cmyk ? TJPF_CMYK : TJPF_RGBX, TJFLAG_LIMITSCANS);
  if (rc == 0) return FENCE_OK;
  say(f, tjGetErrorStr2(tj));
  if (tjGetErrorCode(tj) != TJERR_WARNING) return FENCE_FATAL;
  return harmless(f->message) ? FENCE_OK : FENCE_WARNING;
}

static int decode(fence *f, const uint8_t *jpeg, size_t size, const fence_job *job,
                  int w, int h, size_t pitch) {
  f->plainly = !job->cmyk && !job->turbo_only &&
               plain_decode(f->plain, jpeg, size, job->width, job->height, job->denom, f->picture, pitch);
  if (f->plainly) return FENCE_OK;
  // A handle keeps the tables of the file before: one without its own would be
  // decoded by a stranger's. A new one costs microseconds.
  tjhandle tj = tjInitDecompress();
  if (tj == NULL) return FENCE_NO_MEMORY;
  int status = decode_by(tj, f, jpeg, size, job, w, h, pitch);
  tjDestroy(tj);
  return status;
}

int fence_tensor(fence *f, const uint8_t *jpeg, size_t size, fence_job job,
                 uint8_t *out) {
  f->decode_ns = f->resize_ns = 0;
  f->message[0] = 0;
  int64_t start = now_ns();
  tjscalingfactor scale = {1, job.denom};
  int w = TJSCALED(job.width, scale), h = TJSCALED(job.height, scale);
  // Whole vectors a row: the resampler reads them without a tail loop.
  size_t pitch = ((size_t)w * PIXEL + ALIGN - 1) / ALIGN * ALIGN;
  if (!room(f, pitch * (size_t)h)) return FENCE_NO_MEMORY;

  // The rest of each row is read too, if only to be multiplied by 0.
  for (int y = 0; y < h; y++)
    memset(f->picture + (size_t)y * pitch + (size_t)w * PIXEL, 0, pitch - (size_t)w * PIXEL);
  int status = decode(f, jpeg, size, &job, w, h, pitch);
  if (status == FENCE_OK && job.cmyk) cmyk_to_rgb(f->picture, pitch / PIXEL * (size_t)h);
  int64_t decoded = now_ns();
  f->decode_ns = decoded - start;
  if (status == FENCE_OK) {
    resample_picture p = {f->picture, pitch, w, h, (double)job.width / job.denom,
                          (double)job.height / job.denom, job.orientation};
    if (!resample(&f->scratch, p, job.out_width, job.out_height, out)) status = FENCE_NO_MEMORY;
    f->resize_ns = now_ns() - decoded;
  }
  give_back(f);
  return status;
}
