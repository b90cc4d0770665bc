// Package learn fits a class head to an orchard's photographs: Learn takes what
// the delivered graph says of each, and gives a head with a report, or refuses.
//
// It is a fit in memory: it opens no file, runs no model and knows neither
// records nor HTTP. Callers: app and cli.
//
// Caveats. The prior is the delivered head: half of its logits stay, and the
// further a photo's setting is from the orchard's, the more of it (models.Head).
// The known sessions take part by the model's memory. What the report says comes
// from folds of whole groups, which the head that judges has not seen; a
// head that is worse there, on the orchard or on the known sessions, is refused.
// Learn blocks for as long as it computes and ends early with its context.
package learn
