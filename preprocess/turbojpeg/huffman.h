// Huffman tables that give the code, its extra bits and the value they mean
// with one look, and the bits they are looked up with.
#ifndef MANGOSENSE_HUFFMAN_H
#define MANGOSENSE_HUFFMAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "head.h"

// LOOK bits decide one symbol, SKIP bits as many as they hold.
enum { LOOK = 11, SKIP = 12 };

// A symbol is 32 bits: the value above 16; how far the place of the coefficient
// moves, 8 bits from bit 8; how many bits it took, 8 bits. PAST_END as a move is
// the end of the block. No bits taken: the table cannot tell the value; where it can
// tell the code, its length stands above 16 and the symbol from bit 8.
enum { PAST_END = 128 };

// Two symbols, where a look holds two. By fields that are read one by one: a load
// costs less than to shift and to mask.
typedef struct {
  uint8_t bits, first_bits;  // that both take (0: look has it), and the first
  uint8_t first, second;     // how far they move, the second from where the first began
  int16_t value, second_value;  // no second one: its value is 0, and it moves like the first
} huffman_pair;

typedef struct {
  uint32_t look[1 << LOOK];
  huffman_pair pair[1 << LOOK];  // of an AC table
  // The code's last value by length, left-justified in 16 bits, plus one; and
  // what leads from a code to its symbol.
  uint32_t limit[17];
  int32_t offset[17];
  uint8_t symbols[256];
  int is_dc;
  int most;
} huffman;

// How far whole symbols lead whose values nobody asks for.
typedef struct {
  uint16_t look[1 << SKIP];  // move << 9 | whether the block ends << 8 | bits
} huffman_skip;

// huffman_make returns 0 for a table that is not sound. most is the largest factor
// that an AC value can meet.
int huffman_make(huffman *h, head_table t, int is_dc, int most);
void huffman_make_skip(huffman_skip *s, const huffman *h);  // of an AC table

// The reader hands out the bits of one segment of the scan. Behind the segment's
// last byte it makes up zeros, and counts them.
typedef struct {
  uint64_t buffer;  // the next bit is the highest
  int bits;         // in buffer, fewer than 64
  int made_up;      // of all bits so far
  int bad;          // something that must not be was met
  const uint8_t *at, *end;
} reader;

// A place in the file: of the next bit, which is one of the last bits of a byte (0: the
// byte's first bit is the next). A reader can have read ahead of it by more or less.
typedef struct {
  const uint8_t *at;
  int bits;
} place;

place reader_place(const reader *r);  // nothing may be made up

void reader_fill_slowly(reader *r);

#define ALWAYS static inline __attribute__((always_inline))
#define RARE(x) __builtin_expect(!!(x), 0)

// reader_eight is the next eight bytes, which must be there, the first one highest.
ALWAYS uint64_t reader_eight(const uint8_t *p) {
  uint64_t x;
  memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  x = __builtin_bswap64(x);
#endif
  return x;
}

// reader_ones marks the bytes that are all ones; a carry may mark others above one.
ALWAYS uint64_t reader_ones(uint64_t x) { return x & ~(x + 0x0101010101010101u) & 0x8080808080808080u; }

// reader_fill leaves at least 56 bits: enough for five looks at LOOK bits, or for
// one and two at SKIP bits with 10 more of a value after each. A symbol that needs
// more fills up before and after itself.
ALWAYS void reader_fill(reader *r) {
  if (!RARE(r->end - r->at < 8)) {
    uint64_t x = reader_eight(r->at);
    // No byte of all ones among those that there is room for: no stuffing and no
    // marker.
    if (!RARE(reader_ones(x) >> 1 >> (7 + (r->bits & 56)))) {
      r->buffer |= x >> r->bits;
      r->at += (63 - r->bits) >> 3;
      r->bits |= 56;
      return;
    }
  }
  reader copy = *r;  // the rest of r may stay in registers
  reader_fill_slowly(&copy);
  *r = copy;
}

// reader_take passes over n bits, fewer than 64.
ALWAYS void reader_take(reader *r, int n) {
  r->buffer <<= n;
  r->bits -= n;
}

// huffman_bits is how many bits an entry takes. By the whole byte, whose other two
// bits are 0: then a shift needs no mask, and each look waits for the shift before it.
ALWAYS int huffman_bits(uint64_t e) { return (uint8_t)e; }

uint32_t huffman_long(reader *r, const huffman *h, uint32_t found);

// huffman_next takes one symbol out of bits that must be there.
ALWAYS uint32_t huffman_next(reader *r, const huffman *h) {
  uint32_t e = h->look[r->buffer >> (64 - LOOK)];
  if (RARE(huffman_bits(e) == 0)) {
    reader copy = *r;
    e = huffman_long(&copy, h, e);
    *r = copy;
    return e;
  }
  reader_take(r, huffman_bits(e));
  return e;
}

#endif
