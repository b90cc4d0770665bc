package diagnose_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"mangosense/server/internal/diagnose"
)

// photo is one that comes to a line in which somebody runs already.
type photo struct {
	client string
	ms     int
	guest  bool
}

func (p photo) ticket() diagnose.Ticket {
	return diagnose.Ticket{Bytes: 1, Work: time.Duration(p.ms) * time.Millisecond, Client: p.client, Guest: p.guest}
}

// TestLine: in which order photos are let in that came in the given one.
func TestLine(t *testing.T) {
	for _, c := range []struct {
		name string
		come []photo
		want []int
	}{
		{"one client, as they came", []photo{{"a", 10, false}, {"a", 900, false}, {"a", 10, false}}, []int{0, 1, 2}},
		{"another's after one of many", []photo{{"a", 1000, false}, {"a", 1000, false}, {"a", 1000, false}, {"b", 20, false}}, []int{0, 3, 1, 2}},
		{"two of a kind by turns", []photo{{"a", 20, false}, {"a", 20, false}, {"b", 20, false}, {"b", 20, false}}, []int{0, 2, 1, 3}},
		{"many light ones for one heavy", []photo{{"a", 100, false}, {"a", 100, false}, {"b", 20, false}, {"b", 20, false}, {"b", 20, false}, {"b", 20, false}, {"b", 20, false}, {"b", 20, false}}, []int{0, 2, 3, 4, 5, 6, 1, 7}},
		{"a guest's count four times", []photo{{"a", 50, true}, {"a", 50, true}, {"b", 50, false}, {"b", 50, false}, {"b", 50, false}, {"b", 50, false}, {"b", 50, false}}, []int{0, 2, 3, 4, 5, 1, 6}},
		{"guests alone, as they came", []photo{{"a", 500, true}, {"a", 500, true}, {"a", 20, true}}, []int{0, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := diagnose.NewAdmission(1, len(c.come), 100)
			first := diagnose.Ticket{Bytes: 1, Client: "first"}
			if err := a.Enter(context.Background(), first); err != nil {
				t.Fatal(err)
			}
			in := make(chan int, len(c.come))
			for i, p := range c.come {
				_, before, _ := a.Load()
				go func() {
					if err := a.Enter(context.Background(), p.ticket()); err != nil {
						t.Error(err)
					}
					in <- i
				}()
				for waiting := before; waiting == before; _, waiting, _ = a.Load() {
					time.Sleep(time.Millisecond)
				}
			}
			a.Leave(first, 0)
			for at, want := range c.want {
				got := <-in
				if got != want {
					t.Errorf("place %d: photo %d, want %d", at, got, want)
				}
				a.Leave(c.come[got].ticket(), 0)
			}
			if a.Backlog() != 0 {
				t.Errorf("a backlog of %s stays", a.Backlog())
			}
		})
	}
}

// TestFullLine: one client fills the line; another finds a place in it, and the
// last of the first is told that the server is busy.
func TestFullLine(t *testing.T) {
	a := diagnose.NewAdmission(1, 3, 100)
	greedy := photo{"greedy", 1000, false}.ticket()
	if err := a.Enter(context.Background(), greedy); err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 4)
	for i := range 3 {
		go func() { refused <- a.Enter(context.Background(), greedy) }()
		for waiting := i; waiting == i; _, waiting, _ = a.Load() {
			time.Sleep(time.Millisecond)
		}
	}
	if err := a.Enter(context.Background(), greedy); !errors.Is(err, diagnose.ErrBusy) {
		t.Errorf("a fourth of the same: %v, want ErrBusy", err)
	}
	if got := a.Backlog(); got != 3*time.Second {
		t.Errorf("a backlog of %s, want 3s", got)
	}
	another := make(chan error, 1)
	light := photo{"another", 20, false}.ticket()
	go func() { another <- a.Enter(context.Background(), light) }()
	if err := <-refused; !errors.Is(err, diagnose.ErrBusy) {
		t.Errorf("who stood last: %v, want ErrBusy", err)
	}
	a.Leave(greedy, 0)
	if err := <-another; err != nil {
		t.Errorf("another: %v", err)
	}
	a.Leave(light, 0)
	for range 2 {
		if err := <-refused; err != nil {
			t.Error(err)
		}
		a.Leave(greedy, 0)
	}
	if running, waiting, bytes := a.Load(); running != 0 || waiting != 0 || bytes != 0 {
		t.Errorf("load = %d, %d, %d after all left", running, waiting, bytes)
	}
}

// TestConfirmedWork: a client whose photo took longer than foretold stands
// further back with its next.
func TestConfirmedWork(t *testing.T) {
	a := diagnose.NewAdmission(2, 8, 100)
	hold := diagnose.Ticket{Bytes: 1, Client: "hold"}
	liar := photo{"liar", 10, false}.ticket()
	for _, tk := range []diagnose.Ticket{hold, liar} {
		if err := a.Enter(context.Background(), tk); err != nil {
			t.Fatal(err)
		}
	}
	a.Leave(liar, 2*time.Second)
	if err := a.Enter(context.Background(), hold); err != nil {
		t.Fatal(err)
	}
	in := make(chan string, 4)
	for i, p := range []photo{{"liar", 10, false}, {"b", 10, false}, {"b", 10, false}} {
		go func() {
			if err := a.Enter(context.Background(), p.ticket()); err != nil {
				t.Error(err)
			}
			in <- p.client
		}()
		for waiting := i; waiting == i; _, waiting, _ = a.Load() {
			time.Sleep(time.Millisecond)
		}
	}
	got := ""
	for range 3 {
		a.Leave(hold, 0)
		got += <-in + " "
	}
	if got != "b b liar " {
		t.Errorf("the order is %s", got)
	}
}

// TestManyClients: tags of clients that come once do not pile up, however long
// their photos take.
func TestManyClients(t *testing.T) {
	for _, work := range []time.Duration{0, time.Millisecond, time.Millisecond + 3, 1_299_709, 7_919_111_113} {
		a := diagnose.NewAdmission(2, 1, 1<<40)
		hold := diagnose.Ticket{Bytes: 1, Client: "hold"}
		if err := a.Enter(context.Background(), hold); err != nil {
			t.Fatal(err)
		}
		most := 0
		for i := range 5_000 {
			tk := diagnose.Ticket{Bytes: 1, Client: fmt.Sprint(i), Work: work}
			if err := a.Enter(context.Background(), tk); err != nil {
				t.Fatal(err)
			}
			a.Leave(tk, 0)
			most = max(most, a.Clients())
		}
		if most > diagnose.ClientsKept {
			t.Errorf("of clients whose photos take %v up to %d are kept", work, most)
		}
	}
}
