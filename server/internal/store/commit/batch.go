package commit

import (
	"errors"
	"slices"
)

// commit answers every request of a batch.
func (q *Queue[T]) commit(batch []*request[T]) {
	q.try(batch)
	if q.cfg.Answered != nil {
		q.cfg.Answered()
	}
}

func (q *Queue[T]) try(batch []*request[T]) {
	for len(batch) > 0 {
		writes := make([]func(T) error, len(batch))
		for i, r := range batch {
			writes[i] = r.run
		}
		refused, err := q.cfg.Try(writes)
		var broken *Broken
		switch {
		case errors.As(err, &broken):
			batch[broken.Index].done <- broken.Err
			batch = slices.Delete(batch, broken.Index, broken.Index+1)
			continue
		case errors.Is(err, ErrApart) && len(batch) > 1:
			for i := range batch {
				q.try(batch[i : i+1])
			}
		case err != nil:
			for _, r := range batch {
				r.done <- err
			}
		default:
			for i, r := range batch {
				r.done <- refused[i]
			}
		}
		return
	}
}
