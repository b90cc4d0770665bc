// Package photos makes photographs for tests, whole ones and odd ones, each
// under the name of what is odd about it. All are made by code, deterministic and
// small unless their size is the point.
//
// It is not part of the program: only tests may import it. Its encoders are
// simple and slow; they exist because the standard library writes neither
// progressive nor four-colour JPEG nor WebP.
//
// Every call makes new bytes, which belong to the caller.
package photos
