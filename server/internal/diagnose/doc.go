// Package diagnose turns the bytes of one photo into a Diagnosis.
//
// The steps, one file each: admission (may this photo be decoded now?),
// preprocess (another package), the model's run (given as an Engine, so that no
// tensor or C pointer is known here), dequantisation, gate, ranking,
// calibration and threshold.
//
// It is not a store, knows nothing of HTTP and holds no class names: those
// come with the model. Callers: api and app.
//
// Caveats. The photo's bytes are read until Diagnose returns and never kept.
// A Diagnoser may be used by any number of goroutines; at most Running of them
// are past admission at a time, the others wait in a queue of bounded length
// until their context ends. A returned Diagnosis belongs to the caller.
package diagnose
