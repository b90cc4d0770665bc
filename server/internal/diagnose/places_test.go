package diagnose_test

import (
	"runtime"
	"testing"

	"mangosense/server/internal/diagnose"
)

func TestOnePhotoMoreThanProcessorsRuns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range []struct{ chosen, processors, want int }{
		{0, 1, 2}, {0, 2, 3}, {0, 3, 4}, {0, 16, 4}, // four at most: memory
		{1, 16, 1}, {7, 2, 7}, // what the operator says
	} {
		runtime.GOMAXPROCS(c.processors)
		if got := diagnose.Places(c.chosen); got != c.want {
			t.Errorf("RUNNING=%d on %d processors: %d photos, want %d", c.chosen, c.processors, got, c.want)
		}
	}
}
