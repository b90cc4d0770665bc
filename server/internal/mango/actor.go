package mango

// Actor is who asks. It is the first argument, after the context, of every
// store call that touches data: the store itself refuses what the actor may
// not do, so that a forgotten check in a handler shows nothing.
//
// The zero Actor is nobody: the store answers Unauthenticated, except where a
// call says that it is open.
type Actor struct {
	User   uint64 // 0: no account
	Admin  bool
	System bool // the program itself: command line, import, auth; may do all
}

// System is the program itself.
var System = Actor{System: true}

// Known reports whether the actor is somebody.
func (a Actor) Known() bool { return a.System || a.User != 0 }

// Rules reports whether the actor may see and change everybody's data.
func (a Actor) Rules() bool { return a.System || (a.Admin && a.User != 0) }

// May reports whether the actor may see what belongs to user.
func (a Actor) May(user uint64) bool { return a.Rules() || (a.User != 0 && a.User == user) }

// NeedKnown is the error for an actor that is nobody, else nil.
func (a Actor) NeedKnown() error {
	if a.Known() {
		return nil
	}
	return Errorf(Unauthenticated, "Authentication credentials were not provided.")
}

// NeedRules is the error for an actor that is no administrator, else nil.
func (a Actor) NeedRules() error {
	if err := a.NeedKnown(); err != nil {
		return err
	}
	if a.Rules() {
		return nil
	}
	return Errorf(Forbidden, "Access denied. Admin privileges required.")
}
