// What a baseline file's scan is decoded by: its head, the tables made of it, and the
// kinds of block that an MCU consists of at the scale that is asked for.
#ifndef MANGOSENSE_SCAN_H
#define MANGOSENSE_SCAN_H

#include "block.h"
#include "head.h"

enum { SCAN_TABLES = 3 };

typedef struct {
  head head;
  huffman dc[SCAN_TABLES], ac[SCAN_TABLES];
  huffman_skip skip[SCAN_TABLES];
  block_kind kind[3];
  int across, down;  // MCUs
  int larger;        // chroma is halved both ways, and a larger transform spares the doubling
} scan;

// scan_start reads what stands before the scan of a file of this size, to be decoded
// at 1/denom. It returns 0 if the file is not baseline.
int scan_start(scan *s, const uint8_t *jpeg, size_t size, int width, int height, int denom);

// scan_across and scan_down are how many blocks of component i an MCU has.
static inline int scan_across(const scan *s, int i) { return i == 0 ? s->head.h : 1; }
static inline int scan_down(const scan *s, int i) { return i == 0 ? s->head.v : 1; }

// scan_bits is a reader of the scan's bits from an offset in the file on.
static inline reader scan_bits(const uint8_t *jpeg, size_t from, size_t size) {
  return (reader){.at = jpeg + from, .end = jpeg + size};
}

#endif
