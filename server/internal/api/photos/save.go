package photos

import (
	"errors"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// answering makes the message and the data of an answer about photos.
type answering func(*intake.Result) (string, any)

// answer answers what the intake made of a request: also what was diagnosed and
// could not be stored.
func answer(c *kit.Call, res *intake.Result, build answering) error {
	switch {
	case res.First != nil:
		return c.Replay(res.First)
	case res.Unstored != nil:
		c.Lost(res.Unstored)
		message, data := build(res)
		return c.JSON(200, unstored(kit.AsError(res.Unstored), message, data))
	case res.Answer != nil && !explained(c):
		return c.Body("application/json", res.Answer) // to the letter what a repetition gets
	}
	message, data := build(res)
	return c.Reply(message, data)
}

// unstoredReply is the full envelope with what went wrong beside the answer.
type unstoredReply struct {
	kit.Success
	Errors    []string `json:"errors"`
	ErrorCode string   `json:"error_code"`
}

// unstored is the diagnosis of photos that should have been stored and were not.
// It is a 200: the mobile app shows nothing of any other answer. What it does
// show is the treatment, so the sentence stands there, and in message and errors
// for everybody else.
func unstored(e *mango.Error, message string, data any) unstoredReply {
	sentence := unstoredSentence(e)
	return unstoredReply{kit.Full(sentence+" "+message, markUnstored(data, sentence)), []string{sentence}, string(e.Code)}
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
