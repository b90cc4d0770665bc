#include "huffman.h"

// Sizes that 8-bit samples can need; more is left to libjpeg-turbo. An AC value of
// EASY bits overflows nothing whatever its factor.
enum { MOST_AC = 10, MOST_DC = 11, EASY = 7 };

// extended is the value that size extra bits mean.
static int extended(int bits, int size) {
  return size > 0 && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

// hint is what a look tells of a symbol whose value it cannot hold: the length of the
// code above 16, and the symbol.
static uint32_t hint(int symbol, int length) { return (uint32_t)length << 16 | (uint32_t)symbol << 8; }

// entry packs a symbol with its value. A DC symbol moves nothing.
static uint32_t entry(int symbol, int value, int length, int is_dc) {
  int move = (symbol >> 4) + 1;
  if (is_dc) move = 0;
  else if (symbol == 0) move = PAST_END;
  return (uint32_t)(uint16_t)value << 16 | (uint32_t)move << 8 | (uint32_t)length;
}

// sound: a symbol that 8-bit samples can need. A run without a coefficient has a
// length of 16 or goes to the block's end.
static int sound(int symbol, int is_dc) {
  if (is_dc) return symbol <= MOST_DC;
  int size = symbol & 15;
  return size > 0 ? size <= MOST_AC : symbol == 0 || symbol == 0xf0;
}

// symbol_of finds the symbol that 16 bits begin with, and the length of its code;
// a length of 17: there is no such code.
static int symbol_of(const huffman *h, uint32_t code, int *length) {
  int n = 1;
  while (n <= 16 && code >= h->limit[n]) n++;
  *length = n;
  return n > 16 ? 0 : h->symbols[((int32_t)(code >> (16 - n)) + h->offset[n]) & 255];
}

// fill gives the same entry to all looks that begin with these bits.
static void fill(huffman *h, uint32_t bits, int length, uint32_t e) {
  int spare = LOOK - length;
  for (uint32_t j = 0; j < 1u << spare; j++) h->look[(bits << spare) + j] = e;
}

static void make_pairs(huffman *h) {
  for (uint32_t pattern = 0; pattern < 1 << LOOK; pattern++) {
    uint32_t first = h->look[pattern], length = first & 63, move = first >> 8 & 255;
    uint32_t second = h->look[pattern << length & ((1 << LOOK) - 1)], more = second & 63;
    if (length == 0 || more == 0 || length + more > LOOK || move == PAST_END) second = more = 0;
    h->pair[pattern] = (huffman_pair){
        .bits = (uint8_t)(length + more), .first_bits = (uint8_t)length,
        .first = (uint8_t)move, .second = (uint8_t)(move + (second >> 8 & 255)),
        .value = (int16_t)(first >> 16), .second_value = (int16_t)(second >> 16),
    };
  }
}

int huffman_make(huffman *h, head_table t, int is_dc, int most) {
  memset(h->look, 0, sizeof h->look);
  memset(h->symbols, 0, sizeof h->symbols);
  memcpy(h->symbols, t.symbols, (size_t)t.n);
  uint32_t code = 0;
  int i = 0;
  for (int length = 1; length <= 16; length++, code <<= 1) {
    int n = t.counts[length - 1];
    h->offset[length] = i - (int32_t)code;
    // Not even the last code may be all ones.
    if (n > 0 && code + (uint32_t)n >= 1u << length) return 0;
    for (int k = 0; k < n; k++, i++, code++) {
      int symbol = t.symbols[i], size = symbol & 15;
      if (is_dc && symbol > 15) return 0;
      // The rest is looked at when it comes.
      if (!sound(symbol, is_dc) || length > LOOK) continue;
      if (length + size > LOOK || (!is_dc && size > EASY)) {
        fill(h, code, length, hint(symbol, length));
        continue;
      }
      for (int bits = 0; bits < 1 << size; bits++)
        fill(h, code << size | (uint32_t)bits, length + size, entry(symbol, extended(bits, size), length + size, is_dc));
    }
    h->limit[length] = code << (16 - length);
  }
  h->is_dc = is_dc;
  h->most = most;
  if (!is_dc) make_pairs(h);
  return 1;
}

// huffman_long takes a symbol of which a look tells this. A code that does not exist,
// or one that 8-bit samples cannot need, ends the block and everything.
uint32_t huffman_long(reader *r, const huffman *h, uint32_t found) {
  reader_fill(r);
  int length = (int)(found >> 16), is_dc = h->is_dc, symbol = (int)(found >> 8 & 255);
  if (length == 0) {
    symbol = symbol_of(h, (uint32_t)(r->buffer >> 48), &length);
    if (length > 16 || !sound(symbol, is_dc)) {
      r->bad = 1;
      return entry(0, 0, 0, is_dc);
    }
  }
  int size = symbol & 15;
  if (!is_dc && size > EASY && h->most << size > 32767) r->bad = 1;
  r->buffer <<= length;
  int bits = size > 0 ? (int)(r->buffer >> (64 - size)) : 0;
  r->buffer <<= size;
  r->bits -= length + size;
  reader_fill(r);
  return entry(symbol, extended(bits, size), length + size, is_dc);
}

// over_stuffing fills up as reader_fill does where one of the next seven bytes is all
// ones and a zero after it does not count: it takes the bytes on both sides of that.
// It returns 0 where there is more to it than that.
static int over_stuffing(reader *r) {
  if (r->end - r->at < 16) return 0;
  uint64_t x = reader_eight(r->at);
  int first = __builtin_clzll(reader_ones(x) | 1) >> 3;
  if (first > 6 || r->at[first] != 0xff || r->at[first + 1] != 0) return 0;
  uint64_t keep = ~(~(uint64_t)0 >> 8 * (first + 1));
  x = (x & keep) | reader_eight(r->at + first + 2) >> 8 * (first + 1);
  if ((reader_ones(x) & ~keep) >> 1 >> (7 + (r->bits & 56))) return 0;
  int bytes = (63 - r->bits) >> 3;
  r->buffer |= x >> r->bits;
  r->at += bytes + (bytes > first);
  r->bits |= 56;
  return 1;
}

place reader_place(const reader *r) {
  const uint8_t *at = r->at;
  for (int bytes = (r->bits + 7) / 8; bytes > 0; bytes--)
    at -= at[-1] == 0 && at[-2] == 0xff ? 2 : 1;  // ones are all followed by a zero
  return (place){at, r->bits & 7};
}

void reader_fill_slowly(reader *r) {
  if (over_stuffing(r)) return;
  // Half a byte may stand after the last valid bit already.
  r->buffer &= ~(~(uint64_t)0 >> r->bits);
  while (r->bits < 56) {
    uint64_t byte = 0;
    if (r->at < r->end && *r->at != 0xff) {
      byte = *r->at++;
    } else if (r->end - r->at >= 2 && r->at[1] == 0) {
      byte = 0xff;
      r->at += 2;
    } else {
      r->made_up += 8;
    }
    r->buffer |= byte << (56 - r->bits);
    r->bits += 8;
  }
}

void huffman_make_skip(huffman_skip *s, const huffman *h) {
  for (uint32_t pattern = 0; pattern < 1 << SKIP; pattern++) {
    int used = 0, move = 0, end = 0;
    while (!end && used < SKIP) {
      int length, symbol = symbol_of(h, pattern << (16 - SKIP) << used & 0xffff, &length);
      // Of bits after the pattern nothing is known.
      if (length > SKIP - used || !sound(symbol, 0) || move > 127 - 16) break;
      used += length + (symbol & 15);
      if (symbol == 0) end = 1;
      else move += (symbol >> 4) + 1;
    }
    s->look[pattern] = (uint16_t)(move << 9 | end << 8 | used);
  }
}
