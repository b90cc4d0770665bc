package ordered

import "sync"

// Mutex is sync.Mutex with a place in the order. The zero value is unlocked.
type Mutex[P Place] struct{ mu sync.Mutex }

// Lock locks m.
func (m *Mutex[P]) Lock() {
	enter[P]()
	m.mu.Lock()
}

// TryLock locks m unless somebody else holds it.
func (m *Mutex[P]) TryLock() bool {
	if !m.mu.TryLock() {
		return false
	}
	enter[P]()
	return true
}

// Unlock unlocks m.
func (m *Mutex[P]) Unlock() {
	m.mu.Unlock()
	leave[P]()
}

// RWMutex is sync.RWMutex with a place in the order. Reading twice on one
// goroutine breaks the order too: a writer between the two would stop both.
type RWMutex[P Place] struct{ mu sync.RWMutex }

// Lock locks m for writing.
func (m *RWMutex[P]) Lock() {
	enter[P]()
	m.mu.Lock()
}

// Unlock undoes Lock.
func (m *RWMutex[P]) Unlock() {
	m.mu.Unlock()
	leave[P]()
}

// RLock locks m for reading.
func (m *RWMutex[P]) RLock() {
	enter[P]()
	m.mu.RLock()
}

// RUnlock undoes RLock.
func (m *RWMutex[P]) RUnlock() {
	m.mu.RUnlock()
	leave[P]()
}
