// Package pages serves the pages that the program brings along: the growers'
// at /, the administrators' at /admin/.
//
// They are files, made by `make web` and embedded by package web. Everything a
// page shows it asks for by the routes that apps use; nothing is put into its
// HTML here but the address of the map's tiles, where there is one: a page and
// the policy that it came with must agree, also when a phone kept both. A name that carries a digest never changes and may be kept for
// ever; the few others are asked about each time. Every file lies there
// compressed as well, so that no request costs a compression.
//
// Caveat. Without files (build tag nopages) / answers as it does to programs,
// and the other addresses are not found.
package pages
