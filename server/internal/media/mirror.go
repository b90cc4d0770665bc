package media

import (
	"context"
	"io"
	"os"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
)

// Mirror copies the photos that names gives and that to lacks, and returns how
// many. Photos never change, so what is there is as it should be. A photo that
// is gone meanwhile is passed over.
func (r *Room) Mirror(ctx context.Context, to *Room, names func(context.Context, func(name string) error) error) (copied int, err error) {
	err = names(ctx, func(name string) error {
		digits, ext, ok := split(name)
		if !ok {
			return nil
		}
		if st, err := os.Stat(to.path(digits, ext)); err == nil && st.Size() > 0 {
			return nil
		}
		f, err := r.OpenPhoto(name)
		if mango.CodeOf(err) == mango.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		h, err := to.take(name)
		if err != nil {
			return err
		}
		defer to.release(name)
		h.file.Lock()
		defer h.file.Unlock()
		if _, err := to.write(name, func(w io.Writer) error { _, err := io.Copy(w, f); return err }); err != nil {
			return disk.Fault(err)
		}
		copied++
		return ctx.Err()
	})
	return copied, err
}
