package control

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// Ops are the operations, on an open store.
type Ops struct {
	Store     *store.Store
	Media     *media.Room // may be nil: then no sweep
	BackupDir string      // where backups go unless the command says
	Keep      int         // backups that stay; 0: all

	models atomic.Pointer[Models] // of a running server
}

type operation func(o *Ops, ctx context.Context, args json.RawMessage, sink Sink) error

// operations are all there are. A new one needs a method on Session as well.
var operations = map[string]operation{
	"export":       (*Ops).export,
	"user add":     (*Ops).addUser,
	"user list":    (*Ops).listUsers,
	"user change":  (*Ops).changeUser,
	"user delete":  (*Ops).deleteUser,
	"status":       (*Ops).status,
	"backup":       (*Ops).backup,
	"restore":      (*Ops).restore,
	"compare":      (*Ops).compare,
	"compact":      (*Ops).compact,
	"check":        (*Ops).check,
	"repair":       (*Ops).repair,
	"sweep":        (*Ops).sweep,
	"retain":       (*Ops).retain,
	"settings":     (*Ops).settings,
	"model choose": (*Ops).chooseModel,
}

// Run runs one operation.
func (o *Ops) Run(ctx context.Context, op string, args json.RawMessage, sink Sink) error {
	f := operations[op]
	if f == nil {
		return mango.Errorf(mango.NotProvided, "The running server does not know the command %q; is it an older version?", op)
	}
	return f(o, ctx, args, sink)
}

func read[T any](args json.RawMessage) (T, error) {
	var v T
	if len(args) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(args, &v); err != nil {
		return v, fmt.Errorf("cannot read the command's values: %w", err)
	}
	return v, nil
}

func (o *Ops) export(ctx context.Context, _ json.RawMessage, sink Sink) error {
	total, err := o.Store.CountRecords(ctx)
	if err != nil {
		return err
	}
	done := int64(0)
	return o.Store.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		done++
		sink.progress(done, int64(total))
		return sink.line(Exported(r))
	})
}

func (o *Ops) addUser(ctx context.Context, args json.RawMessage, sink Sink) error {
	u, err := read[mango.User](args)
	if err != nil {
		return err
	}
	if _, err := o.Store.AddUser(ctx, mango.System, &u); err != nil {
		return err
	}
	u.Password = ""
	return sink.line(u)
}

func (o *Ops) listUsers(ctx context.Context, _ json.RawMessage, sink Sink) error {
	for p := (mango.Page{Number: 1, Size: mango.MaxPage}); ; p.Number++ {
		page, err := o.Store.PageUsers(ctx, mango.System, mango.UserFilter{}, p)
		if err != nil {
			return err
		}
		for _, u := range page.Users {
			u.Password = ""
			if err := sink.line(u); err != nil {
				return err
			}
		}
		if p.Number*p.Size >= page.Total {
			return nil
		}
	}
}

type userChange struct {
	Username string           `json:"username"`
	Change   mango.UserChange `json:"change"`
}

func (o *Ops) changeUser(ctx context.Context, args json.RawMessage, sink Sink) error {
	c, err := read[userChange](args)
	if err != nil {
		return err
	}
	u, err := o.Store.UserByName(ctx, mango.System, c.Username)
	if err != nil {
		return err
	}
	u, err = o.Store.ChangeUser(ctx, mango.System, u.ID, c.Change)
	if err != nil {
		return err
	}
	u.Password = ""
	return sink.line(u)
}

func (o *Ops) deleteUser(ctx context.Context, args json.RawMessage, _ Sink) error {
	name, err := read[string](args)
	if err != nil {
		return err
	}
	u, err := o.Store.UserByName(ctx, mango.System, name)
	if err != nil {
		return err
	}
	return o.Store.DeleteUser(ctx, mango.System, u.ID)
}

func (o *Ops) status(ctx context.Context, _ json.RawMessage, sink Sink) error {
	return sink.line(o.Store.Health())
}
