package app

import (
	"context"
	"errors"
	"fmt"

	"mangosense/server/internal/store"
)

// checkStore opens a data folder's database, which checks it, and says what
// it holds.
func checkStore(ctx context.Context, dataDir string) (report string, err error) {
	db, err := store.Open(storePath(dataDir), store.Config{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	n, err := db.CountRecords(ctx)
	return fmt.Sprintf("%d records", n), err
}
