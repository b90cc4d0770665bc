package tflite

import "context"

// CheckModel lets the tests reach the check without the C library behind it.
func CheckModel(b []byte) (nodes int, err error) {
	nodes, _, err = checkModel(b)
	return nodes, err
}

// Hold lends an interpreter without running it, as one is that computes for long.
func (m *Model) Hold(ctx context.Context) (giveBack func(), err error) {
	it, err := m.pool.take(ctx)
	return func() { m.pool.giveBack(it) }, err
}

// KeepFile opens models without giving back the pages of packed weights.
func KeepFile(cfg Config) Config {
	cfg.keepFile = true
	return cfg
}
