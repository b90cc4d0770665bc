// Package intake takes photos in: diagnose, decide what is kept, keep the
// photo, keep its record.
//
// It is the use case, not its parts: what the photo shows is room diagnose's to
// say, where bytes lie room media's and store's, and how a client asks and is
// answered its caller's. HTTP and the command line call it; whoever watches a
// folder or empties a queue will.
//
// Caveats. What a call returns as saved survives a power cut; the photos of one
// request are stored all together or not at all. A photo is on the disk before
// its record and held until the record is: no record points at nothing, and no
// sweep comes between. The photos' bytes are read until the call returns, their
// headers once: whoever counts, diagnoses or cleans is handed them.
// An Intake may be used by any number of goroutines and owns nothing that has to
// be closed.
package intake
