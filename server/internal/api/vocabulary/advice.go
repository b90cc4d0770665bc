package vocabulary

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"mangosense/diseases"
	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type statementBody struct {
	Text    string   `json:"text"`
	Sources []string `json:"sources"`
}

type sectionBody struct {
	Section    string          `json:"section"`
	Statements []statementBody `json:"statements"`
	EditedAt   *string         `json:"edited_at"`
}

type adviceTexts struct {
	Disease  string        `json:"disease"`
	Name     string        `json:"name"`
	Drawings []drawingBody `json:"drawings"`
	Sections []sectionBody `json:"sections"`
}

// drawingBody says what the drawing of a disease on one part shows.
type drawingBody struct {
	Part mango.Kind `json:"part"`
	Text string     `json:"text"`
}

type languageBody struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type titleBody struct {
	Section string `json:"section"`
	Title   string `json:"title"`
}

type sourceBody struct {
	Key string `json:"key"`
	diseases.Source
}

type adviceBody struct {
	Language  string         `json:"language"`
	Languages []languageBody `json:"languages"`
	Note      statementBody  `json:"note"`
	Sections  []titleBody    `json:"sections"`
	Diseases  []adviceTexts  `json:"diseases"`
	Sources   []sourceBody   `json:"sources"`
}

// rendered is the advice in each language as it is sent, of one generation of
// the words. A language is added when it is first asked for.
type rendered struct {
	generation uint64
	languages  map[string]*kit.Squeezed
}

// Advice is `GET /api/advice/`: what growers read about the diseases, in one
// language. It has no time in it, so that a client that has it is told so.
// It is made and compressed once a change.
func (h *Handlers) Advice(c *kit.Call) error {
	q := c.Query()
	code := cmp.Or(q.Text("language"), diseases.Standard)
	if err := q.Err(); err != nil {
		return err
	}
	known := diseases.Known().Advice
	l := cmp.Or(known.In(code), known.In(diseases.Standard))
	body, err := h.adviceIn(l)
	if err != nil {
		return err
	}
	c.SetHeader("Cache-Control", "public, max-age=60")
	c.SetHeader("Content-Language", l.Code)
	c.SetHeader("Vary", "Origin, Accept-Encoding")
	return c.ReplySqueezed(body)
}

// adviceIn is the advice in a language as it is now.
func (h *Handlers) adviceIn(l *diseases.Language) (*kit.Squeezed, error) {
	h.rendering.Lock()
	defer h.rendering.Unlock()
	// The generation is read first: a change after it makes the next request render.
	if now := h.Store.WordsGeneration(); h.rendered.languages == nil || h.rendered.generation != now {
		h.rendered = rendered{now, map[string]*kit.Squeezed{}}
	}
	if body := h.rendered.languages[l.Code]; body != nil {
		return body, nil
	}
	known := diseases.Known().Advice
	texts, _ := h.Store.AdviceIn(l.Code)
	body := adviceBody{Language: l.Code, Note: statementOf(l.Note), Diseases: textsOf(l, texts)}
	for _, other := range known.Languages {
		body.Languages = append(body.Languages, languageBody{other.Code, other.Name})
	}
	for _, section := range diseases.Sections {
		body.Sections = append(body.Sections, titleBody{section, l.Sections[section]})
	}
	for key, source := range known.Sources {
		body.Sources = append(body.Sources, sourceBody{key, source})
	}
	slices.SortFunc(body.Sources, func(a, b sourceBody) int { return cmp.Compare(a.Key, b.Key) })
	text, err := kit.Marshal(kit.Short("", body))
	if err != nil {
		return nil, err
	}
	h.rendered.languages[l.Code] = kit.Squeeze("application/json", text)
	return h.rendered.languages[l.Code], nil
}

func textsOf(l *diseases.Language, all []mango.AdviceTexts) []adviceTexts {
	out := make([]adviceTexts, 0, len(all))
	for _, t := range all {
		texts := adviceTexts{Disease: t.Disease, Name: t.Name, Drawings: drawingsOf(l.Diseases[t.Disease]), Sections: []sectionBody{}}
		for _, s := range t.Sections {
			section := sectionBody{Section: s.Section, Statements: []statementBody{}, EditedAt: render.SerialOrNil(s.EditedAt)}
			for _, st := range s.Statements {
				section.Statements = append(section.Statements, statementOf(st))
			}
			texts.Sections = append(texts.Sections, section)
		}
		out = append(out, texts)
	}
	return out
}

func drawingsOf(of *diseases.Texts) []drawingBody {
	out := []drawingBody{}
	for _, part := range []mango.Kind{mango.Leaf, mango.Fruit} {
		if of != nil && of.Drawn[string(part)] != "" {
			out = append(out, drawingBody{part, of.Drawn[string(part)]})
		}
	}
	return out
}

func statementOf(s diseases.Statement) statementBody {
	if s.Sources == nil {
		s.Sources = []string{}
	}
	return statementBody{s.Text, s.Sources}
}

// ChangeAdvice is `PUT /api/admin/advice/`.
func (h *Handlers) ChangeAdvice(c *kit.Call) error {
	o, err := c.Object()
	if err != nil {
		return err
	}
	var at mango.AdvicePlace
	jsonbody.Set(&at.Language, o.Word("language", 20))
	jsonbody.Set(&at.Disease, o.Word("disease", maxClassName))
	jsonbody.Set(&at.Section, o.Word("section", 20))
	o.Need("language", "disease", "section", "statements")
	var statements []diseases.Statement
	var raw []statementBody
	if o.Has("statements") && json.Unmarshal([]byte(o.Raw("statements")), &raw) != nil {
		o.Fault("statements", "must be a list of statements, each with a text and a list of sources")
	}
	for _, s := range raw {
		statements = append(statements, diseases.Statement{Text: strings.TrimSpace(s.Text), Sources: s.Sources})
	}
	if err := o.Err(); err != nil {
		return err
	}
	if err := h.Store.PutAdvice(c.Context(), c.Actor(), at, statements); err != nil {
		return err
	}
	return h.replyAdvice(c, at, "The advice was changed")
}

// RestoreAdvice is `DELETE /api/admin/advice/`: the delivered section again.
func (h *Handlers) RestoreAdvice(c *kit.Call) error {
	q := c.Query()
	at := mango.AdvicePlace{Language: q.Text("language"), Disease: q.Text("disease"), Section: q.Text("section")}
	if err := q.Err(); err != nil {
		return err
	}
	if err := h.Store.RestoreAdvice(c.Context(), c.Actor(), at); err != nil {
		return err
	}
	return h.replyAdvice(c, at, "The delivered advice is back")
}

// replyAdvice answers the advice about a disease as it is now.
func (h *Handlers) replyAdvice(c *kit.Call, at mango.AdvicePlace, message string) error {
	l := diseases.Known().Advice.In(at.Language)
	texts, _ := h.Store.AdviceIn(at.Language)
	for _, t := range texts {
		if mango.SameClass(t.Disease, at.Disease) {
			return c.Reply(message, textsOf(l, []mango.AdviceTexts{t})[0])
		}
	}
	// Nothing is left of a disease that only the vocabulary has.
	return c.Reply(message, adviceTexts{Disease: at.Disease, Name: at.Disease, Drawings: []drawingBody{}, Sections: []sectionBody{}})
}
