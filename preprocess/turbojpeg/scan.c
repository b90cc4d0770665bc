#include "scan.h"

static int max(int a, int b) { return a > b ? a : b; }

// make_tables makes each table that the components ask for, once.
static int make_tables(scan *s) {
  const head *h = &s->head;
  int most = 1;
  for (int i = 0; i < h->components; i++)
    for (int j = 1; j < 64; j++) most = max(most, h->quant[h->component[i].quant][j]);
  for (int i = 0; i < h->components; i++) {
    head_component c = h->component[i];
    block_kind *k = &s->kind[i];
    k->dc = k->ac = NULL;
    k->skip = &s->skip[i];
    for (int j = 0; j < i; j++) {
      if (h->component[j].dc == c.dc) k->dc = s->kind[j].dc;
      // Of components that share a table the first is the smallest.
      if (h->component[j].ac == c.ac) k->ac = s->kind[j].ac, k->skip = s->kind[j].skip;
    }
    if (k->dc == NULL) {
      k->dc = &s->dc[i];
      if (!huffman_make(&s->dc[i], h->dc[c.dc], 1, 0)) return 0;
    }
    if (k->ac == NULL) {
      k->ac = &s->ac[i];
      if (!huffman_make(&s->ac[i], h->ac[c.ac], 0, most)) return 0;
      if (k->size == 1) huffman_make_skip(&s->skip[i], &s->ac[i]);
    }
  }
  return 1;
}

// same_scale: TurboJPEG takes the largest of its scales, in eighths, that fits
// the size it is asked for. In tiny pictures that may be another one.
static int same_scale(int width, int height, int denom) {
  int larger = 8 / denom + 1;
  return denom == 1 || (width * larger + 7) / 8 > (width + denom - 1) / denom ||
         (height * larger + 7) / 8 > (height + denom - 1) / denom;
}

int scan_start(scan *s, const uint8_t *jpeg, size_t size, int width, int height, int denom) {
  head *h = &s->head;
  if (!head_read(h, jpeg, size) || h->width != width || h->height != height) return 0;
  if (!same_scale(width, height, denom)) return 0;
  s->across = (width + 8 * h->h - 1) / (8 * h->h);
  s->down = (height + 8 * h->v - 1) / (8 * h->v);
  s->larger = h->h == 2 && h->v == 2 && denom > 1;
  for (int i = 0; i < h->components; i++)
    block_prepare(&s->kind[i], 8 / denom * (i > 0 && s->larger ? 2 : 1), h->quant[h->component[i].quant]);
  return make_tables(s);
}
