package ordered

// The order, outermost first. A lock's type parameter is its place here.
type (
	// Exchange: modelset, one exchange of models at a time. Held while models load
	// and while the choice is stored.
	Exchange struct{}
	// Certificate: listen, one reading of the certificate's files at a time.
	Certificate struct{}
	// Editing: api, one change of a vocabulary entry at a time. Held while it is
	// stored.
	Editing struct{}
	// Rendering: api, one rendering of the advice at a time. Held while the words
	// are read from the store's memory.
	Rendering struct{}
	// PhotoFile: media, one file of a photo. Held while the store is asked
	// whether a record needs it.
	PhotoFile struct{}
	// Elsewhere: store, held while files beside the database are asked which
	// photos they name.
	Elsewhere struct{}
	// Maintenance: store, one backup, check-up, repair or compaction at a time.
	Maintenance struct{}
	// StoreReserve: store, the file that keeps room. Held while it is made.
	StoreReserve struct{}
	// Commit: store, held while a batch is committed or the file is replaced.
	Commit struct{}

	// From here on: memory only. Whoever holds one of these waits for nothing.

	// Heads: diagnose, the model that answers for each kind.
	Heads struct{}
	// StoreState: store, which file is open and how it is.
	StoreState struct{}
	// StoreMemory: store, the small tables.
	StoreMemory struct{}
	// StoreCalendar: store, the date by which things are old.
	StoreCalendar struct{}
	// StoreUsage: store, what users fill.
	StoreUsage struct{}
	// Answers: diagnose, the answer cache.
	Answers struct{}
	// Admission: diagnose, who runs and who waits.
	Admission struct{}
	// Speed: diagnose, how fast this machine is.
	Speed struct{}
	// PhotoNames: media, which names are in use.
	PhotoNames struct{}
	// Thumbnails: thumbnail, which small pictures are kept.
	Thumbnails struct{}
	// Chores: api, what an administrator has set going.
	Chores struct{}
)

// Place is one of the types above.
type Place interface{ place() place }

type place struct {
	name   string
	rank   int
	memory bool // nothing is waited for while it is held
}

func (Exchange) place() place      { return place{"modelset.Exchange", 10, false} }
func (Certificate) place() place   { return place{"listen.Certificate", 15, false} }
func (Editing) place() place       { return place{"api.Editing", 16, false} }
func (Rendering) place() place     { return place{"api.Rendering", 17, false} }
func (PhotoFile) place() place     { return place{"media.PhotoFile", 20, false} }
func (Elsewhere) place() place     { return place{"store.Elsewhere", 25, false} }
func (Maintenance) place() place   { return place{"store.Maintenance", 30, false} }
func (StoreReserve) place() place  { return place{"store.StoreReserve", 35, false} }
func (StoreUsage) place() place    { return place{"store.StoreUsage", 76, true} }
func (Commit) place() place        { return place{"store.Commit", 40, false} }
func (Heads) place() place         { return place{"diagnose.Heads", 50, true} }
func (StoreState) place() place    { return place{"store.StoreState", 60, true} }
func (StoreMemory) place() place   { return place{"store.StoreMemory", 70, true} }
func (Answers) place() place       { return place{"diagnose.Answers", 80, true} }
func (Admission) place() place     { return place{"diagnose.Admission", 81, true} }
func (StoreCalendar) place() place { return place{"store.StoreCalendar", 75, true} }
func (PhotoNames) place() place    { return place{"media.PhotoNames", 90, true} }
func (Thumbnails) place() place    { return place{"thumbnail.Thumbnails", 91, true} }
func (Chores) place() place        { return place{"api.Chores", 92, true} }
func (Speed) place() place         { return place{"diagnose.Speed", 85, true} }
