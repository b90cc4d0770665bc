package accounts

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

// ExportMe is `GET /api/me/export/`: everything that is kept of the caller, as
// a ZIP of JSON and photos. It is written as it is sent: one record and one
// photo at a time are in memory.
func (h *Handlers) ExportMe(c *kit.Call) error {
	by := c.Actor()
	_, account, err := h.caller(c)
	if err != nil {
		return err
	}
	c.SetHeader("Content-Disposition", `attachment; filename="mangosense-my-data.zip"`)
	return c.Stream("application/zip", func(ctx context.Context, w io.Writer) error { return h.writeExport(ctx, w, by, account) })
}

func (h *Handlers) writeExport(ctx context.Context, w io.Writer, by mango.Actor, account meData) error {
	z := zip.NewWriter(w)
	head, err := zipFile(z, "account.json", zip.Deflate, time.Now())
	if err != nil {
		return err
	}
	if err := writeIndented(head, account); err != nil {
		return err
	}
	photos, err := h.exportRecords(ctx, z, by)
	if err != nil {
		return err
	}
	if err := h.exportConfirmed(ctx, z, by); err != nil {
		return err
	}
	for _, p := range photos {
		if err := h.exportPhoto(z, p); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("cannot finish the ZIP: %w", err)
	}
	return nil
}

// exportedPhoto is one photo's place in the ZIP: what is kept in memory of a
// record until its photo's turn comes.
type exportedPhoto struct {
	media, file string
	at          time.Time
}

func (h *Handlers) exportRecords(ctx context.Context, z *zip.Writer, by mango.Actor) ([]exportedPhoto, error) {
	f, err := zipFile(z, "records.json", zip.Deflate, time.Now())
	if err != nil {
		return nil, err
	}
	var photos []exportedPhoto
	list := jsonList{w: f}
	err = h.Store.EachRecord(ctx, by, mango.RecordFilter{User: &by.User}, func(r *mango.Record) error {
		row := ownRecordOf(r)
		if r.Media != "" {
			row.Photo = "photos/" + render.FileName(r)
			photos = append(photos, exportedPhoto{r.Media, row.Photo, r.CreatedAt})
		}
		return list.add(row)
	})
	if err != nil {
		return nil, fmt.Errorf("cannot export records: %w", err)
	}
	return photos, list.close()
}

func (h *Handlers) exportConfirmed(ctx context.Context, z *zip.Writer, by mango.Actor) error {
	f, err := zipFile(z, "confirmations.json", zip.Deflate, time.Now())
	if err != nil {
		return err
	}
	list := jsonList{w: f}
	err = h.Store.EachConfirmation(ctx, by, mango.ConfirmationFilter{User: &by.User}, func(c *mango.Confirmation) error {
		return list.add(ownConfirmationOf(c))
	})
	if err != nil {
		return fmt.Errorf("cannot export confirmations: %w", err)
	}
	return list.close()
}

// exportPhoto copies one photo; one that went meanwhile is left out.
func (h *Handlers) exportPhoto(z *zip.Writer, p exportedPhoto) error {
	photo, err := h.Photos.OpenPhoto(p.media)
	if mango.CodeOf(err) == mango.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot export a photo: %w", err)
	}
	defer photo.Close()
	f, err := zipFile(z, p.file, zip.Store, p.at) // compressed already
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, photo); err != nil {
		return fmt.Errorf("cannot export a photo: %w", err)
	}
	return nil
}

func zipFile(z *zip.Writer, name string, method uint16, at time.Time) (io.Writer, error) {
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: at.UTC()})
	if err != nil {
		return nil, fmt.Errorf("cannot add %s to the ZIP: %w", name, err)
	}
	return f, nil
}

// jsonList writes a JSON array, one value at a time.
type jsonList struct {
	w io.Writer
	n int
}

func (l *jsonList) add(v any) error {
	between := ",\n"
	if l.n == 0 {
		between = "[\n"
	}
	l.n++
	if _, err := io.WriteString(l.w, between); err != nil {
		return fmt.Errorf("cannot write a list: %w", err)
	}
	return writeIndented(l.w, v)
}

func (l *jsonList) close() error {
	end := "\n]\n"
	if l.n == 0 {
		end = "[]\n"
	}
	if _, err := io.WriteString(l.w, end); err != nil {
		return fmt.Errorf("cannot write a list: %w", err)
	}
	return nil
}

func writeIndented(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot encode an export: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("cannot write an export: %w", err)
	}
	return nil
}
