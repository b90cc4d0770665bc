package django

import (
	"encoding/json"
	"fmt"

	"mangosense/server/internal/mango"
)

func words(raw []byte) []string {
	var out []string
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

func floats(raw []byte) []float64 {
	var out []float64
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

func (m *importer) importConfirmations() error {
	known := map[string]bool{}
	err := m.cfg.Store.EachConfirmation(m.ctx, mango.System, mango.ConfirmationFilter{}, func(c *mango.Confirmation) error {
		if c.Origin != "" {
			known[c.Origin] = true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot read the confirmations: %w", err)
	}
	return m.rows(kindConfirmations, tableConfirmations, func(r row) (bool, error) {
		if known[origin(r.id)] {
			return false, nil
		}
		record, ok := m.records[r.ref("image")]
		if !ok {
			return false, &leftOut{"its record was left out"}
		}
		owner, ok := m.owner(r, "user")
		if !ok {
			return false, &leftOut{"its user was left out"}
		}
		c := &mango.Confirmation{
			Record: record, User: owner, Correct: r.optional("is_correct"), Predicted: r.text("predicted_disease"),
			Feedback: r.text("user_feedback"), ConsentGiven: r.truth("location_consent_given"), Origin: origin(r.id),
		}
		for _, field := range []string{"confirmed_at", "created_at"} {
			if c.At.IsZero() {
				c.At = r.time(field)
			}
		}
		if c.At.IsZero() { // a later version of the predecessor kept none
			kept, err := m.cfg.Store.Record(m.ctx, mango.System, record)
			if err != nil {
				return false, err
			}
			c.At = kept.CreatedAt
		}
		if v, ok := r.number("confidence_score"); ok {
			c.Confidence = &v
		}
		if c.ConsentGiven {
			c.Location = locationOf(r)
		}
		_, err := m.cfg.Store.AddConfirmation(m.ctx, mango.System, c)
		return true, err
	})
}

func (m *importer) importNotifications() error {
	before, err := m.notifications()
	if err != nil {
		return err
	}
	err = m.rows(kindNotifications, tableNotifications, func(r row) (bool, error) {
		owner, ok := m.owner(r, "user")
		if !ok {
			return false, &leftOut{"its user was left out"}
		}
		old := r.ref("related_image")
		record, ok := m.records[old]
		if old != 0 && !ok {
			return false, &leftOut{"its record was left out"}
		}
		_, err := m.cfg.Store.AddNotification(m.ctx, mango.System, &mango.Notification{
			Record: record, User: owner, At: r.time("created_at"), Read: r.truth("is_read"),
			Title: r.text("title"), Message: r.text("message"), Origin: origin(r.id),
		})
		return true, err
	})
	if err != nil {
		return err
	}
	// The store knows which of them it had; ask it how many are new.
	after, err := m.notifications()
	if err != nil {
		return err
	}
	count := m.report.Counts[kindNotifications]
	count.Known += count.Added - (after - before)
	count.Added = after - before
	return nil
}

func (m *importer) notifications() (int, error) {
	s, err := m.cfg.Store.Statistics(m.ctx, mango.System)
	if err != nil {
		return 0, fmt.Errorf("cannot count the notifications: %w", err)
	}
	return s.Notifications, nil
}
