// Blocks of coefficients out of the bits and into samples, at the four sizes to
// which a block can shrink. All of it is inlined into the loop over a row of
// blocks, which keeps the reader in registers.
#ifndef MANGOSENSE_BLOCK_H
#define MANGOSENSE_BLOCK_H

#include <stdlib.h>

#include "huffman.h"
#include "idct.h"

// A symbol at coefficient 62 may move by 16 and then by PAST_END.
enum { BLOCK_PLACES = 62 + 16 + PAST_END + 1, BLOCK_NOWHERE = 64, BLOCK_BUFFER = BLOCK_NOWHERE + 8 };

// Where the coefficients of a file stand in their block; those after the last
// have a place of their own, which is never read.
extern const uint8_t block_place[BLOCK_PLACES];

typedef struct {
  int size;  // of a block in samples: 1, 2, 4 or 8
  const huffman *dc, *ac;
  const huffman_skip *skip;
  int last;  // the first coefficient of the block before
  _Alignas(16) int16_t quant[64];
} block_kind;

typedef int16_t block_row __attribute__((vector_size(16), may_alias));

// The coefficients of two blocks: of one under way, and of one that waits for its
// transform until the next block's looks are under way. Each look waits for the one
// before it, and a transform that stands among them takes no time of its own.
typedef struct {
  int16_t *now, *waiting;  // BLOCK_BUFFER each, 16-byte aligned
  const block_kind *kind;  // of the one that waits; NULL: none does
  uint8_t *out;            // where its samples go,
  size_t pitch;
  int16_t *late;  // or what is known of them where the first coefficient is not
} block_pair;

// block_prepare sets everything but the tables. quant is in the file's order.
void block_prepare(block_kind *k, int size, const uint16_t *quant);

// block_first takes the first coefficient, which k->last then is.
ALWAYS void block_first(reader *r, block_kind *k) {
  reader_fill(r);
  k->last += (int32_t)huffman_next(r, k->dc) >> 16;
}

// block_dequantised is the first coefficient times its factor, or makes the reader bad.
ALWAYS int block_dequantised(reader *r, const block_kind *k) {
  int dc = k->last * k->quant[0];
  if (RARE((unsigned)(dc + IDCT_FLAT_MOST) > 2u * IDCT_FLAT_MOST)) {
    r->bad = 1;
    return 0;
  }
  return dc;
}

ALWAYS int block_move(uint64_t e) { return (int)(e >> 8 & 255); }

// block_skip passes over the other coefficients.
ALWAYS void block_skip(reader *r, const block_kind *kind) {
  const huffman_skip *skip = kind->skip;
  int k = 0;
  for (;;) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
      uint32_t e = skip->look[r->buffer >> (64 - SKIP)];
      int to = k + (int)(e >> 9);
      // At the end one by one: what follows may be another block's.
      if (RARE(e == 0 || to > 62)) {
        k += block_move(huffman_next(r, kind->ac));
        if (k < 63) continue;
        if (k > 63 && k < PAST_END) r->bad = 1;
        return;
      }
      reader_take(r, huffman_bits(e));
      k = to;
      if (e & 256) return;
    }
    reader_fill(r);
  }
}

// block_put puts one or two coefficients after k, and returns whether the block
// ends there.
ALWAYS int block_put(const huffman_pair *e, int16_t *block, size_t *k, size_t *first) {
  *first = *k + e->first;
  *k += e->second;
  // Where there is no second one its 0 is overwritten.
  block[block_place[*k]] = e->second_value;
  block[block_place[*first]] = e->value;
  return *k >= 63;
}

// block_wait transforms the block that waits, if one does. late is a constant: the first
// coefficient comes later, and the block's is the sum of the others, plus one, and then
// what idct_2_rest or idct_4_rest makes of them.
ALWAYS void block_wait(reader *r, block_pair *b, int late) {
  const block_kind *k = b->kind;
  if (k == NULL) return;
  b->kind = NULL;
  if (late) {
    int sum = k->size == 2 ? idct_2_rest(b->waiting, k->quant, b->late + 1)
                           : idct_4_rest(b->waiting, k->quant, b->late + 1);
    b->late[0] = (int16_t)(sum + 1);
    return;
  }
  int good = k->size == 2   ? idct_2(b->waiting, k->quant, b->out, b->pitch)
             : k->size == 4 ? idct_4(b->waiting, k->quant, b->out, b->pitch)
                            : idct_8(b->waiting, k->quant, b->out, b->pitch);
  if (RARE(!good)) r->bad = 1;
}

// block_rest takes the other coefficients into b->now, and returns 0 when there
// are none. Bits for four looks are always there.
ALWAYS int block_rest(reader *r, const block_kind *kind, block_pair *b, int late) {
  const huffman_pair *pair = kind->ac->pair, *e = &pair[r->buffer >> (64 - LOOK)];
  if (e->first == PAST_END && e->bits != 0) {
    reader_take(r, e->bits);
    return 0;
  }
  uint64_t before;
  int16_t *block = b->now;
  // Not by memset: compilers make "rep stos" of it, which is slow for 128 bytes.
  for (int i = 0; i < 8; i++) ((block_row *)block)[i] = (block_row){0};
  size_t k = 0, first;
#define LOOK_UP                     \
  before = r->buffer;               \
  e = &pair[before >> (64 - LOOK)]; \
  if (RARE(e->bits == 0)) goto slow; \
  reader_take(r, e->bits);
  for (;;) {
    LOOK_UP
    if (block_put(e, block, &k, &first)) break;
    LOOK_UP
    if (block_put(e, block, &k, &first)) break;
    LOOK_UP
    if (block_put(e, block, &k, &first)) break;
    LOOK_UP
    block_wait(r, b, late);
    if (block_put(e, block, &k, &first)) break;
    reader_fill(r);
    continue;
  slow:;
    uint32_t one = huffman_next(r, kind->ac);
    first = k += (size_t)block_move(one);
    block[block_place[k]] = (int16_t)(one >> 16);
    if (k >= 63) break;
  }
#undef LOOK_UP
  if (RARE(first == 63)) {
    // Behind the last coefficient comes the next block.
    if (e->bits > e->first_bits) {
      r->buffer = before << e->first_bits;
      r->bits += e->bits - e->first_bits;
    }
  } else if (RARE((first > 63 && first < PAST_END) || (k > 63 && k < PAST_END))) {
    r->bad = 1;
  }
  return k != PAST_END;
}

ALWAYS void block_fill(uint8_t *out, size_t pitch, int size, uint8_t v) {
  uint64_t all = v * (uint64_t)0x0101010101010101u;
  for (int y = 0; y < size; y++) memcpy(out + (size_t)y * pitch, &all, (size_t)size);
}

// block_read decodes one block into size × size samples, or makes the reader bad.
// They are written by the next call with coefficients, or by block_wait.
ALWAYS void block_read(reader *r, block_kind *kind, block_pair *b, uint8_t *out, size_t pitch) {
  block_first(r, kind);
  int dc = block_dequantised(r, kind), size = kind->size;
  if (size == 1) {
    out[0] = idct_flat(dc);
    block_skip(r, kind);
    return;
  }
  if (!block_rest(r, kind, b, 0)) {
    if (size == 2) block_fill(out, pitch, 2, idct_flat(dc));
    else if (size == 4) block_fill(out, pitch, 4, idct_flat(dc));
    else block_fill(out, pitch, 8, idct_flat(dc));
    return;
  }
  block_wait(r, b, 0);
  int16_t *done = b->now;
  done[0] = (int16_t)kind->last;
  *b = (block_pair){.now = b->waiting, .waiting = done, .kind = kind, .out = out, .pitch = pitch};
}

// block_read_ac decodes one block whose DC prediction is unknown. It writes the DC
// difference and, but for 1 × 1, one number more (0: no AC coefficients) and after it
// size × size numbers, if there are AC coefficients: the next call with some writes
// them, or block_wait. It returns the end of what it wrote.
ALWAYS int16_t *block_read_ac(reader *r, block_kind *kind, block_pair *b, int16_t *to) {
  block_first(r, kind);
  // Beyond this it is no block's DC coefficient.
  if (RARE(abs(kind->last) > INT16_MAX)) r->bad = 1;
  *to++ = (int16_t)kind->last;
  int size = kind->size;
  if (size == 1) {
    block_skip(r, kind);
    return to;
  }
  *to = 0;
  if (!block_rest(r, kind, b, 1)) return to + 1;
  block_wait(r, b, 1);
  int16_t *done = b->now;
  done[0] = 0;
  *b = (block_pair){.now = b->waiting, .waiting = done, .kind = kind, .late = to};
  return to + 1 + size * size;
}

// block_add_dc makes samples of what block_read_ac wrote, once kind->last is told,
// and returns its end.
ALWAYS const int16_t *block_add_dc(reader *r, const block_kind *kind, const int16_t *from, uint8_t *out,
                                      size_t pitch) {
  int dc = block_dequantised(r, kind), size = kind->size;
  if (size == 1) {
    out[0] = idct_flat(dc);
    return from;
  }
  int sum = (uint16_t)*from++ - 1;
  if (sum < 0) {
    block_fill(out, pitch, size, idct_flat(dc));
    return from;
  }
  if (RARE(sum + abs(dc) > IDCT_MOST)) r->bad = 1;
  for (int y = 0; y < size; y++, from += size)
    for (int x = 0; x < size; x++) out[(size_t)y * pitch + (size_t)x] = idct_add_dc(dc, from[x]);
  return from;
}

#endif
