// Package preprocess makes the tensor that a model wants from the bytes of a
// photo: it detects the format by content, refuses what is too large or broken
// before decoding it, decodes, rotates it upright by its EXIF orientation and
// resamples it with the antialiased triangle filter (Pillow's BILINEAR). It also
// writes a copy of a photo without its metadata.
//
// It is not a general image library, knows no model (the input's shape comes
// from models) and does no I/O. diagnose calls it for headers and tensors, whoever
// stores a photo writes it with WriteClean. github.com/disintegration/imaging may be
// imported here alone, and is never given bytes to decode.
//
// Caveats before use:
//
//   - Bytes are only read, and kept by nothing but the Photo that Probe gives.
//     They must not change while that is in use.
//   - A Preprocessor may be used by many goroutines at once. Each photo under way
//     holds one decoder; idle ones are kept up to Config.Decoders.
//   - Tensor blocks its thread for the whole decode, which no context can end.
//     It sets no bound on how many decodes run: the caller admits photos by
//     DecodeBytes, which is what one call takes at its peak, in Go and C.
//     One JPEG at a time, if it is alone and has 4 MP or more, uses a second thread
//     and up to 8 MB more (1.5 MB at 12 MP), of which up to 4 MB are kept.
//   - A Photo's header belongs to its bytes. Beside other bytes it gives an error
//     or a wrong tensor, never a crash.
//   - Colour profiles are ignored, alpha is dropped, of an animated PNG the still
//     picture is read: as Pillow's open and convert("RGB") do.
package preprocess
