package mango

import (
	"strings"
	"unicode"
)

// Canonical is the spelling that clients know of a disease's name, whatever a
// training folder or an older client calls it: case, spaces, '_' and '-' do not
// count, and mould is mold. A name that is not known comes back as words.
func Canonical(name string) string {
	if a, ok := advice[ClassKey(name)]; ok {
		return a.Disease
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(name, "_", " ")), " ")
}

// ClassKey folds a disease's name for comparison: its letters and digits. A
// name of neither is only trimmed.
func ClassKey(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	folded := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) {
			return c
		}
		return -1
	}, name)
	if folded == "" {
		return name
	}
	return strings.ReplaceAll(folded, "ou", "o") // mould is mold, and so is what begins it
}

// SameClass reports whether two names, in any spelling, name one class.
func SameClass(a, b string) bool { return ClassKey(a) == ClassKey(b) }

// Condition is what a class says of the plant. Whatever counts, maps or warns
// asks ConditionOf, so that all of it agrees.
type Condition string

// The conditions, as the history calls them.
const (
	IsHealthy  Condition = "Healthy"
	IsDiseased Condition = "Diseased"
	// IsUnknown: no class, or one that only says that there is none. It is no
	// disease: it waits for an expert and is in no number of diseases.
	IsUnknown Condition = "Unknown"
)

// ConditionOf sorts a class, in any spelling.
func ConditionOf(class string) Condition {
	switch ClassKey(class) {
	case "healthy":
		return IsHealthy
	case "", "unknown", "unknowndisease", "notamangoleaf", "notamangofruit":
		return IsUnknown
	}
	return IsDiseased
}

// Advice is what a grower is told of a disease. A store may hold a newer text.
type Advice struct {
	Disease     string
	Information string // what it is
	Treatment   string // what to do; never empty
}

// AdviceFor is the built-in advice for a disease, spelled in any way. For a
// name that is not known it says so: the treatment is never empty.
func AdviceFor(name string) Advice {
	if a, ok := advice[ClassKey(name)]; ok {
		return a
	}
	name = strings.TrimSpace(name)
	if name == "" {
		return advice[ClassKey(Unknown)]
	}
	return Advice{Disease: name, Treatment: "No treatment information is available for " + name + ". Please ask an agricultural expert."}
}

var advice = func() map[string]Advice {
	m := map[string]Advice{}
	for _, a := range []Advice{
		{"Anthracnose", "A fungus, Colletotrichum gloeosporioides, that spots leaves, blossom and fruit; it spreads in wet weather.",
			"Cut out and burn diseased twigs and fallen leaves. Spray carbendazim 0.1 % twice during flowering, 15 days apart."},
		{"Bacterial Canker", "Bacteria that make water-soaked spots, which turn into raised cankers.",
			"Spray streptocycline 0.01 % (or agrimycin-100 0.01 %) three times, every 10 days from the first signs. Prune cankered wood."},
		{"Cutting Weevil", "A weevil, Deporaus marginatus, that cuts young leaves straight across.",
			"Gather and destroy the cut leaves. Protect new flush with a locally approved insecticide."},
		{"Die Back", "A fungus, Lasiodiplodia theobromae; twigs die from the tip backwards.",
			"Prune 5–8 cm (2–3 in) below the dead part, then spray copper oxychloride 0.3 %."},
		{"Gall Midge", "A midge, Erosomyia mangiferae, whose larvae raise galls on the leaf.",
			"Remove and destroy infested parts. Use an approved insecticide when new flush appears."},
		{"Healthy", "No sign of a disease or pest.",
			"Nothing to treat. Keep up good orchard care and look again regularly."},
		{"Powdery Mildew", "A fungus, Oidium mangiferae, that covers young tissue with white powder in cool, humid weather.",
			"Spray wettable sulphur 0.2 %, repeat every 15 days, and alternate with another product."},
		{"Sooty Mold", "A black mould that grows on the honeydew of sap-sucking insects.",
			"Prune and destroy the worst branches, control the insects, and spray wettable sulphur 0.2 %."},
		{"Black Mold Rot", "A fungus, Aspergillus niger, that enters through wounds after harvest.",
			"Avoid wounds at harvest, keep stored fruit ventilated, and use an approved fungicide where needed."},
		{"Stem end Rot", "Lasiodiplodia and its relatives; the rot starts at the stalk after harvest.",
			"Harvest with a bit of stalk, store cool, and dip the fruit in fungicide right after harvest."},
		{"Alternaria", "A fungus, Alternaria alternata; small dark spots with a halo.",
			"Remove infected fruit, spray copper fungicide in season, and keep the store ventilated."},
		{Unknown, "The photo could not be put to a disease with confidence.",
			"Take another clear, well-lit photo of one leaf or one fruit that fills the picture, and ask an agricultural adviser."},
	} {
		m[ClassKey(a.Disease)] = a
	}
	return m
}()
