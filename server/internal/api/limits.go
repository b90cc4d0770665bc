package api

import (
	"fmt"

	"mangosense/server/internal/api/accounts"
	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/oversight"
	"mangosense/server/internal/api/photos"
	"mangosense/server/internal/mango"
)

// The bounds of this package and of those below it, for docs/limits.md.
var (
	MemoryLimits = kit.MemoryLimits
	BodyLimits   = []mango.Limit{jsonbody.Limit, kit.FormLimit(photos.MostTreePhotos), headLimit}
	WorkLimits   = kit.WorkLimits
	LoginLimits  = accounts.LoginLimits
	PagesLimits  = oversight.Limits
)

var headLimit = mango.Limit{Of: "a request's head", Bound: fmt.Sprintf("%d KB, %d header lines, %d parameters", headerBytes>>10, maxHeaders, maxParameters), Then: "431, 400 for parameters"}

// ClientNetwork is the client that an address stands for; see package kit.
var ClientNetwork = kit.ClientNetwork
