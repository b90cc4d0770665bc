// What stands before the scan of a baseline JPEG: one that this package decodes by
// itself. Anything unusual is left to libjpeg-turbo, and so is every error.
#ifndef MANGOSENSE_HEAD_H
#define MANGOSENSE_HEAD_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *counts;  // 16 numbers of codes by length, in the file; NULL: no such table
  const uint8_t *symbols;
  int n;  // of symbols
} head_table;

typedef struct {
  int quant, dc, ac;  // which tables
} head_component;

typedef struct {
  int width, height;
  int components;  // 1 or 3: grey or YCbCr
  int h, v;        // sampling of the first component, 1 or 2; the others have 1
  head_component component[3];
  uint16_t quant[4][64];  // in the file's order; 0: no such table
  head_table dc[4], ac[4];
  int restart;  // MCUs between restart markers; 0: none
  size_t scan;  // where the coded data begin
} head;

// head_read returns 1 if the file is baseline up to its scan, else 0. What is in h
// points into the file.
int head_read(head *h, const uint8_t *jpeg, size_t size);

#endif
