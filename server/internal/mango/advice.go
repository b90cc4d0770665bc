package mango

import (
	"slices"
	"strings"
	"sync"
	"time"

	"mangosense/diseases"
)

// Advice is the text about a disease that an answer to a photo carries.
type Advice struct {
	Disease     string
	Information string // what it is
	Treatment   string // what to do; never empty
}

// AdviceFor is the built-in advice for a disease, spelled in any way. For a
// name that is not known it says so: the treatment is never empty.
func AdviceFor(name string) Advice {
	if a, ok := builtIn()[ClassKey(name)]; ok {
		return a
	}
	name = strings.TrimSpace(name)
	if name == "" {
		return builtIn()[ClassKey(Unknown)]
	}
	return Advice{Disease: name, Treatment: "No treatment information is available for " + name + ". Please ask an agricultural expert."}
}

// builtIn is by ClassKey.
var builtIn = sync.OnceValue(func() map[string]Advice {
	m := map[string]Advice{}
	for _, d := range diseases.Known().Diseases {
		m[ClassKey(d.Name)] = Advice{Disease: d.Name, Information: d.Information, Treatment: d.Treatment}
	}
	return m
})

// Delivered reports whether a text about a disease is one that this program or
// an older one brought along, so that nobody wrote it.
func Delivered(disease, text string) bool {
	for _, d := range diseases.Known().Diseases {
		if SameClass(d.Name, disease) {
			return text == d.Information || text == d.Treatment || slices.Contains(d.Formerly, text)
		}
	}
	return false
}

// AdviceSection is one section of the advice about a disease.
type AdviceSection struct {
	Section    string // diseases.Sections
	Statements []diseases.Statement
	EditedAt   time.Time // zero: as delivered
}

// AdviceTexts is the advice about one disease in one language, in the order of
// diseases.Sections.
type AdviceTexts struct {
	Disease  string // its one spelling
	Name     string // in that language
	Sections []AdviceSection
}

// AdvicePlace names one section of one disease in one language.
type AdvicePlace struct{ Language, Disease, Section string }

// Bounds of an edited section.
const (
	MostStatements     = 12
	MostStatementRunes = 600
	MostSources        = 8
	MostSourceBytes    = 300
	MostAdviceEdits    = 1000
)
