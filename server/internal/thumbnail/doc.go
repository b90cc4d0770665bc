// Package thumbnail keeps small pictures of stored photos: each is made once,
// by the decoder's own scaling, and kept in memory within a bound; the one that
// was not asked for longest goes first.
//
// It is not the media room: what it holds can be made again. It checks nobody;
// ask Records.MayPhoto first. Callers: app.
//
// Caveats. Get reads and decodes a photo where it has no picture of it; one
// photo at a time, so that a gallery of a hundred does not take the places of
// growers' photos. The bytes it returns are shared: do not change them.
package thumbnail
