// Package web holds the built pages.
//
// `make web` builds them from src into dist; a fresh tree has an empty dist, so
// that Go needs no Node to compile. With the build tag nopages the program has
// none. Only app asks for them.
package web
