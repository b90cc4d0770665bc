package mango_test

import (
	"testing"

	"mangosense/server/internal/mango"
)

func TestStoreHealth(t *testing.T) {
	for state, c := range map[mango.StoreState]struct{ usable, whole bool }{
		mango.StoreReady:       {true, true},
		mango.StoreIsFull:      {true, true},
		mango.StoreIsReadOnly:  {true, true},
		mango.StoreIsDamaged:   {true, false},
		mango.StoreIsDisplaced: {true, false},
		mango.StoreRecovering:  {false, false},
		mango.StoreIsDown:      {false, false},
		"a state to come":      {false, false},
	} {
		h := mango.StoreHealth{State: state}
		if usable, whole := h.Usable() == nil, h.Whole() == nil; usable != c.usable || whole != c.whole {
			t.Errorf("%s: usable %t, whole %t", state, usable, whole)
		}
	}
}
