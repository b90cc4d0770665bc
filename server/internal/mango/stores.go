package mango

import (
	"context"
	"fmt"
	"io"
	"time"

	"mangosense/diseases"
)

// The stores, as their callers see them; room store implements all but Photos,
// which is room media. Rules that hold for each of them:
//
//   - The actor is checked in the call: Unauthenticated for nobody (and for a
//     user who was disabled or deleted meanwhile), Forbidden for what the actor
//     may not do. Another's record is NotFound to a user, not Forbidden, so
//     that ids tell nothing.
//   - A call that writes returns after the disk has it. It fails with
//     StoreFull, StoreFailed or StoreDown and then has written nothing.
//   - A returned value belongs to the caller.
//   - "System" in a comment: only Actor.System (auth, import, command line).

// Records keeps diagnoses.
type Records interface {
	// AddRecord stores a record with its notification and its share of the
	// photo in one transaction and returns its id. It fills ID, and CreatedAt
	// where that is zero. The owner must be the actor unless System. A record
	// whose Origin is already stored is not stored again: its id comes back.
	AddRecord(ctx context.Context, by Actor, r *Record) (uint64, error)
	// MayAdd says by nil that a record with a photo of so many bytes would be
	// stored for the actor now: before the photo is written. StoreFull, by
	// ErrQuota where it is the actor's own share that is full; administrators
	// have none. AddRecord asks itself.
	MayAdd(ctx context.Context, by Actor, bytes int64) error
	// AddRecords is AddRecord for several: all or none. With once, the answer
	// is stored with them; where it was before, first is that answer and
	// nothing is stored. Unprocessable for a key of another request.
	AddRecords(ctx context.Context, by Actor, records []*Record, once *Once) (saved []Saved, first []byte, err error)
	// Replied is what was answered under a key, nil for one that is new.
	// Unprocessable for a key of another request.
	Replied(ctx context.Context, by Actor, key string, request [32]byte) (first []byte, err error)
	// Record is one record: the owner's or an administrator's to see.
	Record(ctx context.Context, by Actor, id uint64) (*Record, error)
	// PageRecords is a page of what fits, newest first.
	PageRecords(ctx context.Context, by Actor, f RecordFilter, p Page) (RecordPage, error)
	// EachRecord calls do for what fits, newest first, until it returns an
	// error. It holds no lock while do runs: records stored or deleted
	// meanwhile may or may not be seen.
	EachRecord(ctx context.Context, by Actor, f RecordFilter, do func(*Record) error) error
	// ChangeRecords changes all of the records or, when an id is unknown,
	// none: NotFound, with the unknown ids in Fields. Administrators only.
	ChangeRecords(ctx context.Context, by Actor, ids []uint64, c RecordChange) ([]Record, error)
	// DeleteRecords removes records with notification, confirmation and, when
	// nobody else needs it, the photo. Owner or administrator; ids that are
	// unknown are NotFound and nothing is removed.
	DeleteRecords(ctx context.Context, by Actor, ids []uint64) error
	// MayPhoto reports by nil that the actor may see the photo of that name:
	// an administrator, or the owner of a record that refers to it.
	MayPhoto(ctx context.Context, by Actor, name string) error
	// Places are records on the map, those without a class left out; open to
	// all, exact to administrators.
	Places(ctx context.Context, by Actor, f PlaceFilter) ([]Place, error)
	// Statistics and Trend count; administrators only. Trend has one row a
	// day (UTC) for the given number of days up to today, oldest first.
	Statistics(ctx context.Context, by Actor) (Statistics, error)
	Trend(ctx context.Context, by Actor, days int) ([]DayCount, error)
	// CountRecords is the number of all records; open to all.
	CountRecords(ctx context.Context) (int, error)
}

// Users keeps accounts.
type Users interface {
	// AddUser fills ID, and JoinedAt where zero. Conflict for a username or
	// address that exists (Fields says which: "username", "email"). System.
	AddUser(ctx context.Context, by Actor, u *User) (uint64, error)
	// User is one account: the user's own or an administrator's to see.
	User(ctx context.Context, by Actor, id uint64) (*User, error)
	// UserByEmail and UserByName find an account, any case. System.
	UserByEmail(ctx context.Context, by Actor, email string) (*User, error)
	UserByName(ctx context.Context, by Actor, username string) (*User, error)
	// ChangeUser: a user may change names, profile and password of the own
	// account, an administrator also Disabled of others'; Admin is System.
	// Conflict for what would leave no administrator who can log in (System
	// may), and where IfPassword does not hold; both are decided in the
	// transaction.
	ChangeUser(ctx context.Context, by Actor, id uint64, c UserChange) (*User, error)
	// DeleteUser removes the account with records, confirmations,
	// notifications and photos that nobody else needs. The user's own, or
	// System. Conflict as in ChangeUser; DeleteUserIf only while that is the
	// password's hash.
	DeleteUser(ctx context.Context, by Actor, id uint64) error
	DeleteUserIf(ctx context.Context, by Actor, id uint64, password string) error
	// PageUsers and UserStatistics: administrators only.
	PageUsers(ctx context.Context, by Actor, f UserFilter, p Page) (UserPage, error)
	UserStatistics(ctx context.Context, by Actor) (UserStatistics, error)
	// ActiveUser is what a token check needs, from memory, without disk:
	// NotFound for an account that is gone; look at Disabled and
	// SessionsFrom. Only ID, Username, Admin, Disabled and SessionsFrom are
	// filled. Open.
	ActiveUser(id uint64) (User, error)
}

// Sessions keeps tokens that were ended before their time.
type Sessions interface {
	// EndSession makes the token with this id (jti) invalid until it would
	// have expired anyway.
	EndSession(ctx context.Context, by Actor, token string, until time.Time) error
	// SessionEnded is answered from memory. Open.
	SessionEnded(token string) bool
}

// Confirmations keeps growers' words on diagnoses.
type Confirmations interface {
	// AddConfirmation fills ID and At. NotFound for a record that is not the
	// actor's, Conflict ("… already exists …") for a second one.
	AddConfirmation(ctx context.Context, by Actor, c *Confirmation) (uint64, error)
	// The rest: administrators only, or a user with User set to itself.
	PageConfirmations(ctx context.Context, by Actor, f ConfirmationFilter, p Page) (ConfirmationPage, error)
	EachConfirmation(ctx context.Context, by Actor, f ConfirmationFilter, do func(*Confirmation) error) error
	ConfirmationStatistics(ctx context.Context, by Actor) (ConfirmationStatistics, error)
}

// Notifications keeps the administrators' bell; administrators only.
type Notifications interface {
	// AddNotification is for the import: AddRecord makes its own. System.
	AddNotification(ctx context.Context, by Actor, n *Notification) (uint64, error)
	Notification(ctx context.Context, by Actor, id uint64) (*NotificationRow, error)
	// PageNotifications clamps a page past the end to the last one and says
	// which page it gave.
	PageNotifications(ctx context.Context, by Actor, p Page) (NotificationPage, Page, error)
	// MarkRead marks one as read; MarkAllRead all, and says how many were not.
	MarkRead(ctx context.Context, by Actor, id uint64) error
	MarkAllRead(ctx context.Context, by Actor) (int, error)
	// DeleteNotifications removes those that exist and returns them;
	// NotFound when none does.
	DeleteNotifications(ctx context.Context, by Actor, ids []uint64) ([]NotificationRow, error)
}

// Words keeps the vocabulary. Reading is open and from memory; changing is for
// administrators. A broken rule is Invalid with "field: sentence" in Fields.
type Words interface {
	Vocabulary() Vocabulary
	// Prompts are the symptoms shown for a disease, any spelling, in order;
	// the fallback list for one that has none. The second result says whether
	// the disease was known.
	Prompts(disease string, part Kind) ([]Symptom, bool)
	// AdviceOf is what growers are told, with the administrators' edits;
	// never without a treatment.
	AdviceOf(disease string, part Kind) Advice
	// AdviceIn is the whole advice in a language, with the edits; false for a
	// language that is not here.
	AdviceIn(language string) ([]AdviceTexts, bool)
	// WordsGeneration counts the changes of vocabulary and advice since the
	// start: what was read under an older one may be out of date.
	WordsGeneration() uint64
	// PutAdvice replaces a section; RestoreAdvice brings the delivered one
	// back. Administrators only. NotFound for a place that is none.
	PutAdvice(ctx context.Context, by Actor, at AdvicePlace, statements []diseases.Statement) error
	RestoreAdvice(ctx context.Context, by Actor, at AdvicePlace) error
	// CanonicalClass is the one spelling of a disease's name: the vocabulary's,
	// else the built-in one. The store's own calls bring names to it.
	CanonicalClass(name string) string

	// Put… stores a new entry (ID 0: the id is filled) or replaces one.
	// Conflict for what must be unique; NotFound for an unknown id.
	PutSymptom(ctx context.Context, by Actor, s *SymptomEntry) error
	PutAlias(ctx context.Context, by Actor, a *Alias) error
	PutDisease(ctx context.Context, by Actor, d *DiseaseEntry) error
	PutLink(ctx context.Context, by Actor, l *DiseaseSymptom) error
	// DeleteSymptom refuses (Invalid) while a disease shows it; DeleteDisease
	// takes its links along.
	DeleteSymptom(ctx context.Context, by Actor, id uint64) error
	DeleteAlias(ctx context.Context, by Actor, id uint64) error
	DeleteDisease(ctx context.Context, by Actor, id uint64) error
	DeleteLink(ctx context.Context, by Actor, id uint64) error
}

// Choices keeps run-time settings. Reading is open and from memory.
type Choices interface {
	Settings() Settings
	// SetModel chooses the model file of a kind; empty: the manifest's
	// default. Administrators only; whether the file is fit is the caller's
	// to check first.
	SetModel(ctx context.Context, by Actor, k Kind, file string) error
}

// Photos keeps picture files by content. It checks no actor: ask
// Records.MayPhoto first, or check a signature.
type Photos interface {
	// PutPhoto writes the file that write produces, named after the photo as
	// it arrived, durably and whole or not at all; a name that exists is not
	// written again. Close the Hold after the record is stored (or was given
	// up): until then nothing removes the file.
	PutPhoto(ctx context.Context, sum [32]byte, format string, write func(io.Writer) error) (Hold, error)
	// OpenPhoto opens a file by its name; NotFound when there is none, also
	// for any name that PutPhoto could not have given.
	OpenPhoto(name string) (PhotoFile, error)
}

// Hold keeps a stored photo from being swept.
type Hold interface {
	Name() string // for Record.Media: "mango_images/<sha256>.jpg"
	Size() int64  // bytes on disk, for Record.MediaBytes
	Close() error // idempotent
}

// PhotoFile is an open photo.
type PhotoFile interface {
	io.ReadSeekCloser
	io.ReaderAt
	Size() int64
	ModTime() time.Time
	ContentType() string // "image/jpeg"
}

// ReadPhoto reads all of an open photo. The caller has memory for its Size.
func ReadPhoto(f PhotoFile) ([]byte, error) {
	photo := make([]byte, f.Size())
	if _, err := io.ReadFull(f, photo); err != nil {
		return nil, Wrap(StoreFailed, fmt.Errorf("cannot read a photo: %w", err), "The photo could not be read.")
	}
	return photo, nil
}

// StoreState says how the store is.
type StoreState string

// The states of a store.
const (
	StoreReady      StoreState = "ready"
	StoreIsDamaged  StoreState = "damaged"   // a part cannot be read, the rest works
	StoreIsFull     StoreState = "full"      // saves refused, reads work
	StoreIsReadOnly StoreState = "read-only" // the same: the disk takes nothing
	// StoreIsDisplaced: saves refused, reads work; all is lost when the program ends.
	StoreIsDisplaced StoreState = "displaced"
	StoreRecovering  StoreState = "recovering" // being checked or repaired
	StoreIsDown      StoreState = "down"       // nothing works, predictions go on
)

// StoreHealth is how a store is, for health pages and metrics.
type StoreHealth struct {
	State     StoreState
	Sentence  string // for people; empty when ready
	Records   int
	FileBytes int64
	FreeBytes int64 // on the disk
	Commits   int64 // transactions synced since start
	Writes    int64 // requests that they carried
}

// Usable is nil while the store can be read.
func (h StoreHealth) Usable() error {
	switch h.State {
	case StoreReady, StoreIsDamaged, StoreIsFull, StoreIsReadOnly, StoreIsDisplaced:
		return nil
	}
	return fmt.Errorf("the store is %s: %s", h.State, h.Sentence)
}

// Whole is nil while all of the store can be read, and will be tomorrow.
func (h StoreHealth) Whole() error {
	if h.State == StoreIsDamaged || h.State == StoreIsDisplaced {
		return fmt.Errorf("the store is %s: %s", h.State, h.Sentence)
	}
	return h.Usable()
}
