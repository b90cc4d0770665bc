#include "head.h"

#include <string.h>

// Markers.
enum {
  SOF0 = 0xc0, SOF1 = 0xc1, DHT = 0xc4, SOS = 0xda, DQT = 0xdb, DRI = 0xdd,
  APP0 = 0xe0, APP14 = 0xee, APP15 = 0xef, COM = 0xfe,
};

// What has been seen beside the head's own fields.
typedef struct {
  int frame, jfif, adobe;
  uint8_t ids[3], quant[3];
} seen;

static int word(const uint8_t *p) { return p[0] << 8 | p[1]; }

static int read_quant(head *h, const uint8_t *p, int n) {
  while (n > 0) {
    int wide = p[0] >> 4, which = p[0] & 15, need = 1 + 64 * (1 + wide);
    if (wide > 1 || which > 3 || n < need) return 0;
    for (int i = 0; i < 64; i++) {
      int q = wide ? word(p + 1 + 2 * i) : p[1 + i];
      if (q < 1 || q > 255) return 0;  // 255 times 7 bits and a sign fit 16
      h->quant[which][i] = (uint16_t)q;
    }
    p += need;
    n -= need;
  }
  return 1;
}

static int read_huffman(head *h, const uint8_t *p, int n) {
  while (n > 0) {
    if (n < 17) return 0;
    int ac = p[0] >> 4, which = p[0] & 15, symbols = 0;
    for (int i = 0; i < 16; i++) symbols += p[1 + i];
    if (ac > 1 || which > 3 || symbols > 256 || n < 17 + symbols) return 0;
    (ac ? h->ac : h->dc)[which] = (head_table){p + 1, p + 17, symbols};
    p += 17 + symbols;
    n -= 17 + symbols;
  }
  return 1;
}

static int read_frame(head *h, seen *s, const uint8_t *p, int n) {
  if (s->frame || n < 6 || p[0] != 8) return 0;
  s->frame = 1;
  h->height = word(p + 1);
  h->width = word(p + 3);
  h->components = p[5];
  if (h->components != 1 && h->components != 3) return 0;
  if (n != 6 + 3 * h->components || h->width < 1 || h->height < 1) return 0;
  for (int i = 0; i < h->components; i++) {
    const uint8_t *c = p + 6 + 3 * i;
    int across = c[1] >> 4, down = c[1] & 15;
    s->ids[i] = c[0];
    s->quant[i] = c[2];
    if (c[2] > 3) return 0;
    for (int j = 0; j < i; j++)
      if (s->ids[j] == c[0]) return 0;
    if (i == 0) {
      if (across < 1 || across > 2 || down < 1 || down > 2) return 0;
      // A single component's blocks follow each other whatever its sampling.
      h->h = h->components == 1 ? 1 : across;
      h->v = h->components == 1 ? 1 : down;
    } else if (across != 1 || down != 1) {
      return 0;
    }
  }
  return 1;
}

static int read_scan(head *h, const seen *s, const uint8_t *p, int n) {
  if (!s->frame || n != 4 + 2 * h->components || p[0] != h->components) return 0;
  for (int i = 0; i < h->components; i++) {
    const uint8_t *c = p + 1 + 2 * i;
    int dc = c[1] >> 4, ac = c[1] & 15;
    if (c[0] != s->ids[i] || dc > 3 || ac > 3) return 0;
    if (h->dc[dc].counts == NULL || h->ac[ac].counts == NULL || h->quant[s->quant[i]][0] == 0) return 0;
    h->component[i] = (head_component){s->quant[i], dc, ac};
  }
  const uint8_t *end = p + 1 + 2 * h->components;
  if (end[0] != 0 || end[1] != 63 || end[2] != 0) return 0;
  // Adobe's mark says RGB or, where nothing else is said, by these names.
  return h->components == 1 || s->jfif || s->adobe || s->ids[0] != 'R' || s->ids[1] != 'G' || s->ids[2] != 'B';
}

static int read_segment(head *h, seen *s, int marker, const uint8_t *p, int n) {
  switch (marker) {
    case SOF0:
    case SOF1: return read_frame(h, s, p, n);
    case DHT: return read_huffman(h, p, n);
    case DQT: return read_quant(h, p, n);
    case DRI:
      h->restart = n == 2 ? word(p) : 0;
      return n == 2;
    case APP0:
      if (n >= 14 && memcmp(p, "JFIF", 5) == 0) {
        s->jfif = 1;
        return p[5] == 1;  // of another version libjpeg warns
      }
      return 1;
    case APP14:
      if (n >= 12 && memcmp(p, "Adobe", 5) == 0) {
        s->adobe = 1;
        return p[11] == 1;
      }
      return 1;
    default: return marker == COM || (marker > APP0 && marker <= APP15);
  }
}

int head_read(head *h, const uint8_t *jpeg, size_t size) {
  memset(h, 0, sizeof *h);
  seen s = {0};
  if (size < 2 || jpeg[0] != 0xff || jpeg[1] != 0xd8) return 0;
  for (size_t at = 2;;) {
    if (size - at < 4 || jpeg[at] != 0xff) return 0;
    int marker = jpeg[at + 1], n = word(jpeg + at + 2) - 2;
    at += 4;
    if (n < 0 || size - at < (size_t)n) return 0;
    const uint8_t *p = jpeg + at;
    at += (size_t)n;
    if (marker == SOS) {
      h->scan = at;
      return read_scan(h, &s, p, n);
    }
    if (!read_segment(h, &s, marker, p, n)) return 0;
  }
}
