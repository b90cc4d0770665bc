// Package vocabulary answers with the words of the program: symptoms, other
// names for them, diseases and which symptoms each shows, as growers are asked
// about them and as administrators edit them.
//
// The four lists have one shape, declared in lists.go: bare arrays and objects,
// 201 on create, 204 on delete, and each faulty field of an error beside the
// envelope's keys. What was not sent of an entry stays as it is, also where two
// administrators change it at once. The rules are the store's.
//
// The advice (advice.go) is the long text about each disease, by language and
// section.
package vocabulary

import (
	"context"

	"mangosense/diseases"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// Store keeps the words; see mango.Words.
type Store interface {
	Vocabulary() mango.Vocabulary
	Prompts(disease string, part mango.Kind) ([]mango.Symptom, bool)
	CanonicalClass(name string) string
	AdviceOf(disease string, part mango.Kind) mango.Advice
	AdviceIn(language string) ([]mango.AdviceTexts, bool)
	WordsGeneration() uint64
	PutAdvice(ctx context.Context, by mango.Actor, at mango.AdvicePlace, statements []diseases.Statement) error
	RestoreAdvice(ctx context.Context, by mango.Actor, at mango.AdvicePlace) error

	PutSymptom(ctx context.Context, by mango.Actor, s *mango.SymptomEntry) error
	PutAlias(ctx context.Context, by mango.Actor, a *mango.Alias) error
	PutDisease(ctx context.Context, by mango.Actor, d *mango.DiseaseEntry) error
	PutLink(ctx context.Context, by mango.Actor, l *mango.DiseaseSymptom) error
	DeleteSymptom(ctx context.Context, by mango.Actor, id uint64) error
	DeleteAlias(ctx context.Context, by mango.Actor, id uint64) error
	DeleteDisease(ctx context.Context, by mango.Actor, id uint64) error
	DeleteLink(ctx context.Context, by mango.Actor, id uint64) error
}

// Handlers answer the routes.
type Handlers struct {
	Store Store
	// Classes are those of the model that answers for a plant part.
	Classes func(part mango.Kind) []string

	editing ordered.Mutex[ordered.Editing]

	rendering ordered.Mutex[ordered.Rendering]
	rendered  rendered // under rendering
}

// Editing are the five handlers of one list.
type Editing struct{ List, Add, Show, Change, Delete kit.Handler }

func editing[E any](h *Handlers, of list[E]) Editing {
	return Editing{byField(listEntries(h, of)), byField(addEntry(h, of)), byField(showEntry(h, of)), byField(changeEntry(h, of)), byField(deleteEntry(h, of))}
}

// byField answers each error with its faulty fields beside the envelope's keys.
func byField(next kit.Handler) kit.Handler {
	return func(c *kit.Call) error {
		if err := next(c); err != nil {
			return kit.ByField(err)
		}
		return nil
	}
}

// EditSymptoms edits the symptoms.
func (h *Handlers) EditSymptoms() Editing { return editing(h, symptomList) }

// EditAliases edits their other names.
func (h *Handlers) EditAliases() Editing { return editing(h, aliasList) }

// EditDiseases edits the diseases.
func (h *Handlers) EditDiseases() Editing { return editing(h, diseaseList) }

// EditLinks edits which symptoms a disease shows.
func (h *Handlers) EditLinks() Editing { return editing(h, linkList) }
