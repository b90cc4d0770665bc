// The loop over a row of blocks is bound by each look waiting for the one before. GCC
// would pack the reader's pointers into one vector register for the rare ways, and
// have the usual one unpack them at each step; and it would zero a block by "rep stos".
#pragma GCC optimize("no-tree-slp-vectorize", "no-tree-loop-distribute-patterns")

#include "baseline.h"

#include <stdlib.h>
#include <string.h>

#include "speculative.h"
#include "colour.h"
#include "scan.h"

enum { ALIGN = 64, KEEP = 512 << 10 };

// One component's samples of a row of MCUs. Row 0 is the last of the MCUs above.
typedef struct {
  uint8_t *rows;
  size_t pitch;
  int width;  // of the component in the picture
  int high;   // rows of an MCU
} strip;

struct baseline {
  scan scan;
  strip strip[3];
  uint8_t *memory;  // of the strips, and of rows between
  size_t memory_size;
  uint8_t *between[2];  // one row of each chroma component as wide as the picture
  uint16_t *sums;

  int width, height;  // of the scaled picture
  int twice_across, twice_down;    // chroma has half the samples
  int smooth_across, smooth_down;  // and gets the others from its neighbours
  reader reader;
  int until_restart, next_restart;
  int y;  // the next row of MCUs

  const speculative *speculative;    // NULL: no speculative decoder
  const uint8_t *watch;  // no span that is still to come begins before this
  int next_span;
  const speculative_span *span;  // the one whose blocks are taken
  const int16_t *taken;    // up to here
  int left;                // MCUs of it
  int base[3];             // added to the DC coefficients of the span
  int speculated_mcus;
};

baseline *baseline_new(void) { return calloc(1, sizeof(baseline)); }

void baseline_free(baseline *p) {
  if (p == NULL) return;
  free(p->memory);
  free(p);
}

void baseline_give_back(baseline *p) {
  if (p->memory_size <= KEEP) return;
  free(p->memory);
  p->memory = NULL;
  p->memory_size = 0;
}

// lay_out finds sizes and sets memory aside, for one row of MCUs.
static int lay_out(baseline *p, int denom) {
  const scan *c = &p->scan;
  const head *h = &c->head;
  int size = 8 / denom;
  p->width = (h->width + denom - 1) / denom;
  p->height = (h->height + denom - 1) / denom;
  p->twice_across = h->h == 2 && !c->larger;
  p->twice_down = h->v == 2 && !c->larger;
  int chroma_width = p->twice_across ? (p->width + 1) / 2 : p->width;
  // libjpeg smooths nothing at 1/8, and nothing narrow that is halved to the right.
  p->smooth_across = p->twice_across && size > 1 && chroma_width > 2;
  p->smooth_down = p->twice_down && size > 1 && (!p->twice_across || p->smooth_across);
  size_t need = 0;
  for (int i = 0; i < h->components; i++) {
    strip *s = &p->strip[i];
    int block = c->kind[i].size;
    s->width = i == 0 ? p->width : chroma_width;
    s->high = block * scan_down(c, i);
    s->pitch = ((size_t)(c->across * block * scan_across(c, i)) + 2 * ALIGN - 1) / ALIGN * ALIGN;
    need += s->pitch * (size_t)(s->high + 1);
  }
  size_t row = p->strip[0].pitch;
  need += 4 * row;
  if (need > p->memory_size) {
    free(p->memory);
    p->memory_size = 0;
    p->memory = aligned_alloc(ALIGN, need);
    if (p->memory == NULL) return 0;
    p->memory_size = need;
  }
  // The ends of rows are read, if only for pixels that nobody sees.
  memset(p->memory, 0, need);
  uint8_t *m = p->memory;
  p->sums = (uint16_t *)m;
  p->between[0] = m + 2 * row;
  p->between[1] = m + 3 * row;
  m += 4 * row;
  for (int i = 0; i < h->components; i++) {
    p->strip[i].rows = m;
    m += p->strip[i].pitch * (size_t)(p->strip[i].high + 1);
  }
  return 1;
}

// segment_ends says whether the bits end where they should: within the last byte
// before a marker, which is answered; 0 if not. Fill bytes belong to the marker.
static int segment_ends(reader *r) {
  int left = r->bits - r->made_up;
  if (r->bad || left < 0 || left > 7) return 0;
  while (r->end - r->at > 2 && r->at[0] == 0xff && r->at[1] == 0xff) r->at++;
  return r->end - r->at >= 2 && r->at[0] == 0xff ? r->at[1] : 0;
}

// restart goes on after a restart marker.
static int restart(baseline *p, reader *r) {
  if (segment_ends(r) != 0xd0 + p->next_restart) return 0;
  p->next_restart = (p->next_restart + 1) & 7;
  p->until_restart = p->scan.head.restart;
  *r = (reader){.at = r->at + 2, .end = r->end};
  for (int i = 0; i < 3; i++) p->scan.kind[i].last = 0;
  return 1;
}

// next_span says whether a span begins at the reader's place, at the start of an
// MCU, and if so takes it up. Else it says from where on to ask again.
static int next_span(baseline *p, const reader *r) {
  int count = p->speculative == NULL ? 0 : speculative_count(p->speculative);
  if (p->next_span == count || r->made_up > 0) return 0;
  place here = reader_place(r);
  for (; p->next_span < count; p->next_span++) {
    const speculative_span *s = speculative_spans(p->speculative) + p->next_span;
    // Of two places in one byte the one with more bits left is before the other; none
    // left is all of them.
    int before = s->start.at < here.at || (s->start.at == here.at && ((s->start.bits - 1) & 7) > ((here.bits - 1) & 7));
    if (before) continue;
    if (s->start.at != here.at || s->start.bits != here.bits) {
      p->watch = s->start.at;
      return 0;
    }
    p->next_span++;
    p->span = s;
    p->taken = s->blocks;
    p->left = SPECULATIVE_MCUS;
    for (int i = 0; i < 3; i++) p->base[i] = p->scan.kind[i].last;
    return 1;
  }
  return 0;
}

// take_mcu takes an MCU that was decoded speculatively, and after a span's last one moves the
// reader to its end.
static void take_mcu(baseline *p, reader *r, uint8_t *to[3]) {
  const int16_t *from = p->taken;
  for (int i = 0; i < p->scan.head.components; i++) {
    block_kind *k = &p->scan.kind[i];
    size_t pitch = p->strip[i].pitch;
    for (int b = 0; b < scan_down(&p->scan, i); b++)
      for (int a = 0; a < scan_across(&p->scan, i); a++) {
        k->last = p->base[i] + *from++;
        from = block_add_dc(r, k, from, to[i] + (size_t)(b * k->size) * pitch + (size_t)(a * k->size), pitch);
      }
  }
  p->taken = from;
  p->speculated_mcus++;
  if (--p->left > 0) return;
  int bad = r->bad;
  *r = p->span->end;
  r->bad = bad;
}

// read_row decodes one row of MCUs into the strips.
static int read_row(baseline *p) {
  reader r = p->reader;
  scan *s = &p->scan;
  const int components = s->head.components;
  _Alignas(16) int16_t blocks[2][BLOCK_BUFFER];
  block_pair pair = {.now = blocks[0], .waiting = blocks[1]};
  uint8_t *to[3];
  for (int i = 0; i < components; i++) to[i] = p->strip[i].rows + p->strip[i].pitch;
  for (int x = 0; x < s->across; x++) {
    if (s->head.restart > 0) {
      if (p->until_restart == 0) {
        reader copy = r;
        if (!restart(p, &copy)) return 0;
        r = copy;
      }
      p->until_restart--;
    }
    if (RARE(p->left > 0 || r.at >= p->watch)) {
      reader copy = r;
      int late = p->left > 0 || next_span(p, &copy);
      if (late) take_mcu(p, &copy, to);
      r = copy;
      for (int i = 0; late && i < components; i++) to[i] += scan_across(s, i) * s->kind[i].size;
      if (r.bad) return 0;
      if (late) continue;
    }
    for (int i = 0; i < components; i++) {
      block_kind *k = &s->kind[i];
      size_t pitch = p->strip[i].pitch;
      int across = scan_across(s, i), down = scan_down(s, i);
      for (int b = 0; b < down; b++)
        for (int a = 0; a < across; a++)
          block_read(&r, k, &pair, to[i] + (size_t)(b * k->size) * pitch + (size_t)(a * k->size), pitch);
      to[i] += across * k->size;
    }
    if (r.bad) return 0;
  }
  block_wait(&r, &pair, 0);
  p->reader = r;
  return !r.bad && r.made_up <= r.bits;
}

// chroma gives one row of a chroma component as wide as the picture, for row at
// of the picture. first is the row of the component that the strip begins with.
static const uint8_t *chroma(baseline *p, int i, int at, int first) {
  const strip *s = &p->strip[i];
  int mine = p->twice_down ? at / 2 : at;
  const uint8_t *near = s->rows + s->pitch * (size_t)(1 + mine - first);
  uint8_t *out = p->between[i - 1];
  if (p->smooth_down) {
    int below = at & 1, other = below ? mine + 1 : mine - 1;
    if (other < 0 || other >= (p->height + 1) / 2) other = mine;
    const uint8_t *far = s->rows + s->pitch * (size_t)(1 + other - first);
    if (p->smooth_across) colour_double_both(near, far, p->sums, out, s->width);
    else colour_between(near, far, out, s->width, below ? 2 : 1);
    return out;
  }
  if (p->smooth_across) colour_double_smoothly(near, out, s->width);
  else if (p->twice_across) colour_double(near, out, s->width);
  else return near;
  return out;
}

// write_rows makes pixels of row y of MCUs and returns how many rows. One that
// needs chroma of the MCUs below waits for them.
static int write_rows(baseline *p, int y, uint8_t *rgbx, size_t pitch) {
  int first = y * p->strip[0].high, begin = first, end = first + p->strip[0].high;
  if (p->smooth_down && y > 0) begin--;
  if (p->smooth_down) end--;
  if (y == p->scan.down - 1) end = p->height;
  for (int at = begin; at < end; at++, rgbx += pitch) {
    const uint8_t *luma = p->strip[0].rows + p->strip[0].pitch * (size_t)(1 + at - first);
    if (p->scan.head.components == 1) {
      colour_grey(luma, rgbx, p->width);
    } else {
      int chroma_first = y * p->strip[1].high;
      colour_ycc(luma, chroma(p, 1, at, chroma_first), chroma(p, 2, at, chroma_first), rgbx, p->width);
    }
  }
  for (int i = 0; p->smooth_down && i < p->scan.head.components; i++) {
    strip *s = &p->strip[i];
    memcpy(s->rows, s->rows + s->pitch * (size_t)s->high, s->pitch);
  }
  return end - begin;
}

int baseline_start(baseline *p, const speculative *a, const uint8_t *jpeg, size_t size, int width, int height, int denom) {
  if (!scan_start(&p->scan, jpeg, size, width, height, denom) || !lay_out(p, denom)) return 0;
  p->reader = scan_bits(jpeg, p->scan.head.scan, size);
  p->until_restart = p->scan.head.restart;
  p->next_restart = 0;
  p->y = 0;
  p->speculative = a;
  p->watch = jpeg + (a != NULL ? speculative_from(&p->scan.head, jpeg, size) : size);
  p->next_span = p->left = p->speculated_mcus = 0;
  // The row that waited comes on top.
  return p->strip[0].high + p->smooth_down;
}

int baseline_speculated(const baseline *p) { return p->speculated_mcus; }

int baseline_rows(baseline *p, uint8_t *rgbx, size_t pitch) {
  if (p->y == p->scan.down || !read_row(p)) return -1;
  int n = write_rows(p, p->y++, rgbx, pitch);
  return p->y < p->scan.down || segment_ends(&p->reader) == 0xd9 ? n : -1;
}
