package intake

import (
	"context"
	"fmt"

	"mangosense/server/internal/mango"
)

// keep makes the photos of a result and their records durable, all or none, and
// returns the result as it is then.
func (i *Intake) keep(ctx context.Context, req *Request, res *Result) (*Result, error) {
	var all []Taken
	bytes := int64(0)
	for _, t := range res.Photos {
		if t.record != nil {
			all = append(all, t)
			bytes += int64(len(t.photo.Bytes))
		}
	}
	if len(all) == 0 {
		return res, nil
	}
	if req.Unstored != nil {
		return res, req.Unstored
	}
	if err := req.By.NeedKnown(); err != nil {
		return res, err // before a photo of nobody's lies on the disk
	}
	if err := i.cfg.Records.MayAdd(ctx, req.By, bytes); err != nil {
		return res, fmt.Errorf("cannot keep the records: %w", err)
	}
	records, release, err := i.hold(ctx, req.By, all)
	stored := false
	defer func() { release(stored) }()
	if err != nil {
		return res, err
	}
	var answer []byte
	once := req.Once
	if once != nil {
		once = &mango.Once{Key: once.Key, Request: once.Request, Answer: func(saved []mango.Saved) []byte {
			answer = req.Answer(res.with(saved))
			return answer
		}}
	}
	saved, first, err := i.cfg.Records.AddRecords(ctx, req.By, records, once)
	switch {
	case err != nil:
		return res, fmt.Errorf("cannot keep the records: %w", err)
	case first != nil: // the same request came in between
		res.First = first
		return res, nil
	}
	stored = true
	res = res.with(saved)
	res.Answer = answer
	return res, nil
}

// hold puts the photos on the disk and gives the records that name them. The
// caller must release, whether or not there is an error: until then nothing
// removes the photos, and what was not stored goes then.
func (i *Intake) hold(ctx context.Context, by mango.Actor, all []Taken) (records []*mango.Record, release func(stored bool), err error) {
	var holds []mango.Hold
	release = func(stored bool) {
		for _, h := range holds {
			_ = h.Close()
			if !stored && i.cfg.Drop != nil {
				_ = i.cfg.Drop(h.Name()) // what cannot be removed now, a sweep finds
			}
		}
	}
	for _, t := range all {
		r := *t.record
		h, err := i.cfg.Files.PutPhoto(ctx, r.Photo.SHA256, r.Photo.Format, t.photo.WriteClean)
		if err != nil {
			return nil, release, fmt.Errorf("cannot keep the photo: %w", err)
		}
		holds = append(holds, h)
		r.User, r.Media, r.MediaBytes = by.User, h.Name(), h.Size()
		records = append(records, &r)
	}
	return records, release, nil
}
