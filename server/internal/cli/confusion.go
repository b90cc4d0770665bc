package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// confusion counts what was answered for each true label.
type confusion map[string]map[string]int

func newConfusion() confusion { return confusion{} }

func (c confusion) add(truth, answer string) {
	if c[truth] == nil {
		c[truth] = map[string]int{}
	}
	c[truth][answer]++
}

// write prints accuracy and the table: a row a true label, a column an answer.
func (c confusion) write(w io.Writer) {
	columns := map[string]bool{}
	right, total := 0, 0
	for truth, row := range c {
		for answer, n := range row {
			columns[answer] = true
			total += n
			if answer == truth {
				right += n
			}
		}
	}
	if total == 0 {
		return
	}
	answers := slices.Sorted(maps.Keys(columns))
	fmt.Fprintf(w, "\naccuracy %.4f (%d of %d)\n", float64(right)/float64(total), right, total)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "true \\ answer")
	for _, a := range answers {
		fmt.Fprintf(t, "\t%s", a)
	}
	fmt.Fprintln(t, "\trecall")
	for _, truth := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprint(t, truth)
		sum := 0
		for _, a := range answers {
			fmt.Fprintf(t, "\t%d", c[truth][a])
			sum += c[truth][a]
		}
		fmt.Fprintf(t, "\t%.3f\n", float64(c[truth][truth])/float64(sum))
	}
	t.Flush() // to memory or a terminal: an error has nowhere to go
}
