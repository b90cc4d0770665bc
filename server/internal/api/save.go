package api

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

const maxIdempotencyKey = 255

// onceOf is what makes a save repeatable: the client's Idempotency-Key and a
// digest of what it asks. Nil without a key.
func onceOf(ctx *fasthttp.RequestCtx, form *upload.Form) (*mango.Once, error) {
	keys := ctx.Request.Header.PeekAll("Idempotency-Key")
	if len(keys) == 0 {
		return nil, nil
	}
	key := strings.TrimSpace(string(keys[0]))
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' { // as the draft standard writes it
		key = key[1 : len(key)-1]
	}
	visible := !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
	if len(keys) > 1 || key == "" || len(key) > maxIdempotencyKey || !visible {
		return nil, &mango.Error{Code: mango.Invalid, Public: "Idempotency-Key must be one text of 1 to 255 visible characters.",
			Fields: []string{"Idempotency-Key: must be one text of 1 to 255 visible characters"}}
	}
	route, _ := ctx.UserValue(routeKey).(string)
	return &mango.Once{Key: key, Request: formDigest(route, form)}, nil
}

// formDigest tells requests apart by what they say: the route, the fields and
// the files' content, not the order or the boundary.
func formDigest(route string, form *upload.Form) [32]byte {
	h := sha256.New()
	add := func(text string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	add(route)
	for _, name := range slices.Sorted(maps.Keys(form.Fields)) {
		add(name)
		add(form.Fields[name])
	}
	for _, f := range form.Files {
		add(f.Field)
		h.Write(f.SHA256[:])
	}
	return [32]byte(h.Sum(nil))
}

// replay gives an answer as it was given first.
func replay(ctx *fasthttp.RequestCtx, first []byte) {
	ctx.Response.Header.Set("Idempotency-Replayed", "true")
	ctx.SetContentType("application/json")
	ctx.SetBody(first)
}

// answering makes the message and the data of an answer about photos.
type answering func(*intake.Result) (string, any)

// answerTaken answers what the intake made of a request: also what was diagnosed
// and could not be stored.
func (s *Server) answerTaken(ctx *fasthttp.RequestCtx, res *intake.Result, build answering) {
	switch {
	case res.First != nil:
		replay(ctx, res.First)
	case res.Unstored != nil:
		message, data := build(res)
		s.replyUnstored(ctx, asError(res.Unstored), message, data)
	case res.Answer != nil && !explained(ctx):
		ctx.SetContentType("application/json")
		ctx.SetBody(res.Answer) // to the letter what a repetition gets
	default:
		message, data := build(res)
		reply(ctx, message, data)
	}
}

// encode is nil for what cannot be written; the store then refuses the save.
func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return body
}

// unstoredReply is the full envelope with what went wrong beside the answer.
type unstoredReply struct {
	success
	Errors    []string `json:"errors"`
	ErrorCode string   `json:"error_code"`
}

// replyUnstored gives the diagnosis of photos that should have been stored and
// were not. It is a 200: the mobile app shows nothing of any other answer. What
// it does show is the treatment, so the sentence stands there, and in message
// and errors for everybody else.
func (s *Server) replyUnstored(ctx *fasthttp.RequestCtx, e *mango.Error, message string, data any) {
	if s.cfg.Observe.Refused != nil {
		s.cfg.Observe.Refused(string(e.Code))
	}
	if !errors.Is(e, mango.ErrQuota) { // a stranger could fill the log by it
		s.log.Error("predict: a photo was diagnosed and not stored", "code", e.Code, "error", e.Error())
	}
	sentence := unstoredSentence(e)
	body := unstoredReply{success{true, sentence + " " + message, markUnstored(data, sentence), now()}, []string{sentence}, string(e.Code)}
	writeJSON(ctx, fasthttp.StatusOK, body)
}

func unstoredSentence(e *mango.Error) string {
	switch {
	case errors.Is(e, mango.ErrQuota):
		return "This was not stored: your account has filled its share of the server's disk. Ask whoever runs the server for more."
	case e.Code == mango.StoreFull:
		return "This was not stored: the server's disk is full. Please save it again later."
	case e.Code == mango.StoreDown:
		return "This was not stored: the server cannot keep records at the moment. Please save it again later."
	case e.Code == mango.Timeout:
		return "This was not stored: the server's disk was too slow. Please save it again."
	}
	return "This was not stored: the server's disk cannot be written. Please save it again later."
}

// markUnstored says in the data that nothing was stored.
func markUnstored(data any, sentence string) any {
	mark := func(p predictData) predictData {
		p.PrimaryPrediction.Treatment = sentence + " " + p.PrimaryPrediction.Treatment
		p.Stored, p.SavedImageID = new(false), nil
		return p
	}
	if t, tree := data.(treeData); tree {
		t.predictData = mark(t.predictData)
		return t
	}
	return unsavedData{predictData: mark(bare(data))}
}

// withoutHeatMap is what is remembered of an answer: a picture of 100 KB is not.
func withoutHeatMap(data any) any {
	switch d := data.(type) {
	case predictData:
		d.HeatMap = ""
		return d
	case unsavedData:
		d.HeatMap = ""
		return d
	}
	return data
}
