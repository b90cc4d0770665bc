package api

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/mango"
)

// Keepsake is a photo with the record that is to be stored with it.
type Keepsake struct {
	Photo  []byte
	Record mango.Record
}

// Kept is what became of a save. First is the answer to the first request under
// the same key: then nothing was stored.
type Kept struct {
	Saved []mango.Saved
	First []byte
}

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

// replayed answers a save that was made before, and reports whether it did. A
// store that cannot be asked is found out by the save.
func (s *Server) replayed(ctx *fasthttp.RequestCtx, work context.Context, once *mango.Once) bool {
	if once == nil {
		return false
	}
	first, err := s.cfg.Store.Replied(work, actor(ctx), once.Key, once.Request)
	switch {
	case mango.CodeOf(err) == mango.Unprocessable:
		s.refusePhoto(ctx, asError(err))
	case err == nil && first != nil:
		replay(ctx, first)
	default:
		return false
	}
	return true
}

// replay gives an answer as it was given first.
func replay(ctx *fasthttp.RequestCtx, first []byte) {
	ctx.Response.Header.Set("Idempotency-Replayed", "true")
	ctx.SetContentType("application/json")
	ctx.SetBody(first)
}

// answering makes the message and the data of an answer about photos; saved is
// in the order of the keepsakes, nil where nothing was or will be stored.
type answering func(saved []mango.Saved) (string, any)

// answerSaved stores all keepsakes or none, and answers. What could not be
// stored is diagnosed all the same.
func (s *Server) answerSaved(ctx *fasthttp.RequestCtx, work context.Context, all []Keepsake, once *mango.Once, build answering) {
	if len(all) == 0 {
		message, data := build(nil)
		reply(ctx, message, data)
		return
	}
	var body []byte
	if once != nil {
		once.Answer = func(saved []mango.Saved) []byte {
			message, data := build(saved)
			body = encode(success{true, message, withoutHeatMap(data), now()})
			return body
		}
	}
	kept, err := s.cfg.Keeper.Keep(work, actor(ctx), all, once)
	switch {
	case unstored(err):
		s.replyUnstored(ctx, asError(err), build)
	case err != nil:
		s.refusePhoto(ctx, asError(err))
	case kept.First != nil:
		replay(ctx, kept.First)
	case body != nil && !ctx.QueryArgs().GetBool("explain"):
		ctx.SetContentType("application/json")
		ctx.SetBody(body) // to the letter what a repetition gets
	default:
		message, data := build(kept.Saved)
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

// unstored reports whether an error means that the store, and not the request,
// is at fault and that nothing was stored.
func unstored(err error) bool {
	if err == nil {
		return false
	}
	switch asError(err).Code {
	case mango.StoreFull, mango.StoreFailed, mango.StoreDown, mango.Timeout:
		return true
	}
	return false
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
func (s *Server) replyUnstored(ctx *fasthttp.RequestCtx, e *mango.Error, build answering) {
	if s.cfg.Observe.Refused != nil {
		s.cfg.Observe.Refused(string(e.Code))
	}
	if !errors.Is(e, mango.ErrQuota) { // a stranger could fill the log by it
		s.log.Error("predict: a photo was diagnosed and not stored", "code", e.Code, "error", e.Error())
	}
	sentence := unstoredSentence(e)
	message, data := build(nil)
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
