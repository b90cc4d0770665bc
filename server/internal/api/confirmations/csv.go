package confirmations

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

// byteOrderMark has Excel read a CSV as UTF-8: without it ñ is two letters there.
const byteOrderMark = "\ufeff"

var confirmationColumns = []string{
	"id", "image_id", "image", "disease_type", "username", "email", "full_name", "is_correct", "predicted_disease",
	"confidence_score", "user_feedback", "confirmed_at", "location_consent_given",
	"latitude", "longitude", "location_accuracy", "location_address",
}

// ExportConfirmations is `GET /api/export-confirmations/`: CSV with the
// filters of the list, newest first.
func (h *Handlers) ExportConfirmations(c *kit.Call) error {
	q := c.Query()
	filter := h.filter(q)
	if err := q.Err(); err != nil {
		return err
	}
	by := c.Actor()
	// Asked once before the first byte: a store that is down still gets a status.
	if _, err := h.Store.PageConfirmations(c.Context(), by, filter, mango.Page{Number: 1, Size: 1}); err != nil {
		return err
	}
	name := "confirmations_" + clock.Now().UTC().Format(time.DateOnly) + ".csv"
	c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
	return c.Stream("text/csv; charset=utf-8", func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return fmt.Errorf("cannot write the CSV's head: %w", err)
		}
		out := csv.NewWriter(w)
		if err := out.Write(confirmationColumns); err != nil {
			return fmt.Errorf("cannot write the CSV's head: %w", err)
		}
		who := render.NewPeople(ctx, h.Store, by)
		err := h.Store.EachConfirmation(ctx, by, filter, func(c *mango.Confirmation) error {
			r, err := h.recordOrNil(ctx, by, c.Record)
			if err != nil {
				return err
			}
			return out.Write(confirmationRow(c, r, who.Of(c.User)))
		})
		if err == nil {
			err = who.Err()
		}
		if err != nil {
			return fmt.Errorf("cannot write a confirmation as CSV: %w", err)
		}
		out.Flush()
		return out.Error()
	})
}

// confirmationRow is one line. Whatever a person typed goes through textCell.
func confirmationRow(c *mango.Confirmation, r *mango.Record, u *mango.User) []string {
	user := confirmationUserOf(u)
	row := []string{
		strconv.FormatUint(c.ID, 10), strconv.FormatUint(c.Record, 10), "", "",
		textCell(user.Username), textCell(user.Email), textCell(user.FullName), boolCell(c.Correct), textCell(mango.Canonical(c.Predicted)),
		numberCell(confirmedConfidence(c, r)), textCell(c.Feedback), render.HandStamp(c.At), strconv.FormatBool(c.ConsentGiven),
		"", "", "", "",
	}
	if r != nil {
		row[2], row[3] = textCell(render.FileName(r)), string(r.Kind)
	}
	if l := c.Location; l != nil {
		row[13], row[14] = numberCell(&l.Latitude), numberCell(&l.Longitude)
		row[15], row[16] = numberCell(render.PlaceAccuracy(l)), textCell(l.Address)
	}
	return row
}

// textCell defuses text that a spreadsheet would take for a formula.
func textCell(text string) string {
	first := strings.TrimLeft(text, " \u00a0")
	if first != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(first)[0]) {
		return "'" + text
	}
	return text
}

func numberCell(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func boolCell(v *bool) string {
	if v == nil {
		return ""
	}
	return strconv.FormatBool(*v)
}
