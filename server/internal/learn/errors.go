package learn

import "fmt"

// Refusal says in one sentence why no head was made.
type Refusal struct{ Sentence string }

func (r *Refusal) Error() string { return r.Sentence }

func refuse(text string, args ...any) error { return &Refusal{fmt.Sprintf(text, args...)} }
