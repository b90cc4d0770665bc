package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/repair"
)

// With every branch page of the records gone, no leaf is reachable: all records
// are found again in loose pages, and what was deleted is not.
func TestSalvageFindsRecordsWithoutTheirTree(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	cfg := Config{Log: slog.New(slog.DiscardHandler)}
	s, err := Open(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for i := range 300 {
		if _, err := s.AddRecord(ctx, mango.System, &mango.Record{Disease: "Healthy", Notes: fmt.Sprint(i), OriginalName: fmt.Sprintf("leaf%d.jpg", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteRecords(ctx, mango.System, []uint64{5, 6, 7, 200}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeRecords(ctx, mango.System, []uint64{9}, mango.RecordChange{Notes: new(string)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	damageBranches(t, path)
	if _, err := Open(path, cfg); err == nil {
		t.Fatal("the damage goes unnoticed")
	}
	cfg.SelfRepair = true
	if s, err = Open(path, cfg); err != nil {
		t.Fatal(err)
	}
	n, err := s.CountRecords(ctx)
	if err != nil || n != 296 {
		t.Errorf("%d records of 296, %v", n, err)
	}
	if r, err := s.Record(ctx, mango.System, 9); err != nil || r.Notes != "" || r.Changes != 1 {
		t.Errorf("an old version came back: %+v, %v", r, err)
	}
	if _, err := s.Record(ctx, mango.System, 5); err == nil {
		t.Error("a deleted record came back")
	}
	r := &mango.Record{Disease: "Healthy"}
	if _, err := s.AddRecord(ctx, mango.System, r); err != nil || r.ID != 301 {
		t.Errorf("the next id is %d, %v", r.ID, err)
	}
	if err := s.Check(ctx, nil); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// damageBranches overwrites every branch page below the root.
func damageBranches(t *testing.T, path string) {
	t.Helper()
	p, err := repair.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	free, _ := p.Free(p.Metas()[0])
	damaged := 0
	for id := uint64(2); id < p.Pages; id++ {
		pg, err := p.Read(id)
		if err != nil || pg.Kind != repair.Branch || free[id] {
			continue
		}
		if _, err := f.WriteAt(make([]byte, repair.PageSize), int64(id)*repair.PageSize); err != nil {
			t.Fatal(err)
		}
		damaged++
	}
	if damaged == 0 {
		t.Fatal("there is no branch page to damage")
	}
}
