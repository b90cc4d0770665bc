// Runs the fence over files, without Go: for Valgrind and the sanitizers. Every
// scale, turn and a few output sizes; whole, and cut off at some places; with and
// without the decoder for baseline files and the speculative decoder of it, whose answers must
// not differ.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "../fence.h"

static unsigned long sum, good, bad, by_baseline, speculated, differing;

static void try(fence *f, speculative *a, const uint8_t *file, size_t size, int w, int h, int cmyk) {
  for (int denom = 1; denom <= 8; denom *= 2) {
    for (int orientation = 1; orientation <= 8; orientation += 1 + 2 * (denom > 1)) {
      int ow = 16 + 9 * orientation, oh = 40;
      uint8_t *out = malloc((size_t)(ow * oh * 3)), *other = malloc((size_t)(ow * oh * 3));
      fence_job job = {.width = w, .height = h, .denom = denom, .cmyk = cmyk, .orientation = orientation,
                       .out_width = ow, .out_height = oh, .turbo_only = 1};
      int by_turbo = fence_tensor(f, file, size, job, other);
      job.turbo_only = 0;
      int status = fence_tensor(f, file, size, job, out);
      by_baseline += (unsigned long)f->by_baseline;
      uint8_t *third = malloc((size_t)(ow * oh * 3));
      speculative_begin(a);
      speculative_run(a, file, size, w, h, denom);
      job.speculative = a;
      int with = fence_tensor(f, file, size, job, third);
      speculated += (unsigned long)f->speculated_mcus;
      speculative_end(a);
      if (with != status || (with == FENCE_OK && memcmp(out, third, (size_t)(ow * oh * 3)) != 0)) differing++;
      free(third);
      if (status != by_turbo || (status == FENCE_OK && memcmp(out, other, (size_t)(ow * oh * 3)) != 0)) differing++;
      free(other);
      if (status == FENCE_OK) {
        good++;
        for (int i = 0; i < ow * oh * 3; i++) {
          sum = sum * 31 + out[i];
          if (out[i] & 1) sum++;  // a branch: Valgrind asks whether the byte was set
        }
      } else {
        bad++;
      }
      free(out);
    }
  }
}

int main(int argc, char **argv) {
  fence *f = fence_new(1 << 20);
  speculative *a = speculative_new();
  for (int i = 1; i < argc; i++) {
    FILE *in = fopen(argv[i], "rb");
    if (in == NULL) return 2;
    static uint8_t all[1 << 20];
    size_t size = fread(all, 1, sizeof all, in);
    fclose(in);
    int w = 0, h = 0, sampling = 0, colours = 0;
    tjhandle tj = tjInitDecompress();
    tjDecompressHeader3(tj, all, size, &w, &h, &sampling, &colours);
    tjDestroy(tj);
    if (w < 1 || h < 1 || (long)w * h > 200000) continue;
    int cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
    for (int part = 4; part >= 1; part--) {
      size_t n = size * (size_t)part / 4;
      uint8_t *file = malloc(n);  // its own block: reading past its end shows
      memcpy(file, all, n);
      try(f, a, file, n, w, h, cmyk);
      free(file);
    }
  }
  speculative_free(a);
  fence_free(f);
  printf("%lu decoded, %lu of them by our own decoder, %lu MCUs speculatively, %lu refused, %lu differing, sum %lu\n", good, by_baseline, speculated, bad,
         differing, sum);
  return good == 0 || by_baseline == 0 || speculated == 0 || differing > 0;
}
