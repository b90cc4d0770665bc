// As in baseline.c: see there.
#pragma GCC optimize("no-tree-slp-vectorize", "no-tree-loop-distribute-patterns")

#define _GNU_SOURCE  // for the CPUs that a thread may run on

#include "speculative.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

// PERCENT of the bytes are left to the main decoder alone: less than half, since it also
// finishes the other's blocks. A decoder that slips more often than MOST_SLIPS reads no
// picture. MOST_BYTES bounds the
// memory, KEEP what of it is kept: a photo of 12 MP takes 3 MB of addresses, and half of
// that in memory.
enum { PERCENT = 44, MOST_SLIPS = 4096, MOST_BYTES = 8 << 20, KEEP = 4 << 20 };

struct speculative {
  scan scan;
  speculative_span *spans;
  int16_t *blocks;
  size_t spans_size, blocks_size;  // in bytes
  _Atomic int count;
  _Atomic int stopped;
  int cpu;  // where the main decoder runs
};

speculative *speculative_new(void) { return calloc(1, sizeof(speculative)); }

static void give_back(speculative *a) {
  free(a->spans);
  free(a->blocks);
  a->spans = NULL;
  a->blocks = NULL;
  a->spans_size = a->blocks_size = 0;
}

void speculative_free(speculative *a) {
  if (a == NULL) return;
  give_back(a);
  free(a);
}

void speculative_begin(speculative *a) {
  atomic_store(&a->count, 0);
  atomic_store(&a->stopped, 0);
  a->cpu = sched_getcpu();
}

void speculative_end(speculative *a) {
  if (a->spans_size + a->blocks_size > KEEP) give_back(a);
}

void speculative_stop(speculative *a) { atomic_store_explicit(&a->stopped, 1, memory_order_relaxed); }

int speculative_count(const speculative *a) { return atomic_load_explicit(&a->count, memory_order_acquire); }

const speculative_span *speculative_spans(const speculative *a) { return a->spans; }

size_t speculative_from(const head *h, const uint8_t *jpeg, size_t size) {
  size_t from = h->scan + (size - h->scan) / 100 * PERCENT;
  return from > h->scan && jpeg[from - 1] == 0xff ? from + 1 : from;
}

// numbers is how many an MCU takes at most.
static size_t numbers(const scan *s) {
  size_t n = 0;
  for (int i = 0; i < s->head.components; i++) {
    int size = s->kind[i].size;
    n += (size_t)(scan_across(s, i) * scan_down(s, i) * (size == 1 ? 1 : 2 + size * size));
  }
  return n;
}

// lay_out allocates memory and returns for how many spans; 0: there is none.
static int lay_out(speculative *a) {
  const scan *s = &a->scan;
  size_t each = SPECULATIVE_MCUS * numbers(s) * sizeof(int16_t);
  size_t n = (size_t)s->across * (size_t)s->down / SPECULATIVE_MCUS * (100 - PERCENT + 10) / 100 + 1;
  if (n > MOST_BYTES / each) n = MOST_BYTES / each;
  if (n * each > a->blocks_size || n * sizeof(speculative_span) > a->spans_size) {
    give_back(a);
    a->spans = malloc(n * sizeof(speculative_span));
    a->blocks = malloc(n * each);
    if (a->spans == NULL || a->blocks == NULL) {
      give_back(a);
      return 0;
    }
    a->spans_size = n * sizeof(speculative_span);
    a->blocks_size = n * each;
  }
  return (int)n;
}

// read_span reads one span's MCUs to where to points, and returns what is after them.
static int16_t *read_span(scan *s, reader *from, int16_t *to) {
  reader r = *from;
  _Alignas(16) int16_t blocks[2][BLOCK_BUFFER];
  block_pair pair = {.now = blocks[0], .waiting = blocks[1]};
  for (int i = 0; i < 3; i++) s->kind[i].last = 0;
  for (int m = 0; m < SPECULATIVE_MCUS && !r.bad; m++)
    for (int i = 0; i < s->head.components; i++)
      for (int b = scan_across(s, i) * scan_down(s, i); b > 0; b--) to = block_read_ac(&r, &s->kind[i], &pair, to);
  block_wait(&r, &pair, 1);
  *from = r;
  return to;
}

static void read_on(speculative *a, const uint8_t *jpeg, size_t size, int width, int height, int denom) {
  scan *s = &a->scan;
  if (denom < SPECULATIVE_DENOM || !scan_start(s, jpeg, size, width, height, denom) || s->head.restart > 0) return;
  int n = 0, most = lay_out(a), slips = 0;
  int16_t *to = a->blocks;
  reader r = scan_bits(jpeg, speculative_from(&s->head, jpeg, size), size);
  reader_fill(&r);
  while (n < most && r.made_up == 0 && slips < MOST_SLIPS) {
    if (atomic_load_explicit(&a->stopped, memory_order_relaxed)) return;
    speculative_span *span = &a->spans[n];
    span->start = reader_place(&r);
    span->blocks = to;
    int16_t *end = read_span(s, &r, to);
    if (r.bad) {
      // Out of step: begin again a bit further on.
      slips++;
      r.bad = 0;
      reader_fill(&r);
      reader_take(&r, 1);
      continue;
    }
    if (r.made_up > 0) return;
    span->end = r;
    to = end;
    atomic_store_explicit(&a->count, ++n, memory_order_release);
  }
}

// On two cores the kernel starts one thread in four where its waker runs, and leaves it
// there for milliseconds: both readers would share one core beside an idle one. So this
// thread leaves the other's core to it, and is as before when it is done.
void speculative_run(speculative *a, const uint8_t *jpeg, size_t size, int width, int height, int denom) {
  cpu_set_t before, apart;
  int moved = 0;
  if (a->cpu >= 0 && sched_getaffinity(0, sizeof before, &before) == 0) {
    apart = before;
    CPU_CLR((size_t)a->cpu, &apart);
    moved = CPU_COUNT(&apart) > 0 && sched_setaffinity(0, sizeof apart, &apart) == 0;
  }
  read_on(a, jpeg, size, width, height, denom);
  if (moved) sched_setaffinity(0, sizeof before, &before);
}
