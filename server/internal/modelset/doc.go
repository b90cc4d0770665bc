// Package modelset is the set of models that answer: one of each kind, opened
// from the models folder, exchanged while photos are under way.
//
// It opens weights (digest, graph, what the manifest says of both), lists them,
// switches to others and reads the folder again. It does not run them: what a
// photo shows is room diagnose's to say, to which it hands what it has opened.
// Room app calls it, for the server and for the command line.
//
// Caveats. What does not have the digest that the manifest says never answers:
// damaged weights answer as surely as sound ones, and wrongly. A change is whole
// or not at all, and returns when the models that it replaced are freed: their
// last photos are answered first. Changes come one at a time, the others wait.
// After Close, which may be called again, every change is refused.
package modelset
