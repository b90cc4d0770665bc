package diagnose

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"time"

	"mangosense/preprocess"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

const (
	// photoWork is the reference processor time that counts as one photo where
	// photos are counted: five times what one of 12 MP takes from a phone, so
	// that those count once, and what is far heavier counts as what it costs.
	photoWork = 100 * time.Millisecond
	// inferWork is inference's share of it, until one has been measured.
	inferWork = 10 * time.Millisecond
	// learnt is how much of each measurement the speed follows.
	learnt = 0.05
	// slowest and fastest bound what one measurement can make of it.
	fastest, slowest = 0.1, 20
)

// speed is this machine's time divided by a reference machine's, measured at the
// start and with every photo.
type speed struct {
	mu     ordered.Mutex[ordered.Speed]
	factor float64
	infer  time.Duration
}

// foretell predicts a photo's processor time on this machine from its cost.
func (s *speed) foretell(cost time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(float64(cost)*s.factor) + s.infer
}

// confirm learns from what a photo has taken.
func (s *speed) confirm(cost, decode, infer time.Duration) {
	if cost <= 0 || decode <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	took := min(max(float64(decode)/float64(cost), fastest), slowest)
	s.factor += learnt * (took - s.factor)
	s.infer += time.Duration(learnt * float64(infer-s.infer))
}

// photos is how many photos' worth of work a processor time on this machine is.
func (s *speed) photos(took time.Duration) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return float64(took) / s.factor / float64(photoWork)
}

// Calibrate measures the machine with a tiny photo, in a few milliseconds. Where the
// limits refuse such a photo, the first real ones are measured.
func (d *Diagnoser) Calibrate() {
	h := d.heads.get(mango.Leaf)
	if h == nil {
		return
	}
	picture := image.NewNRGBA(image.Rect(0, 0, 192, 192))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i*7 + i>>9)
	}
	var file bytes.Buffer
	if png.Encode(&file, picture) != nil {
		return
	}
	photo, err := d.photos.Probe(file.Bytes())
	if err != nil {
		return
	}
	dst := make([]byte, h.Model.Input.Bytes())
	least := time.Duration(math.MaxInt64)
	for range 2 { // the first one warms up
		start := time.Now()
		if _, err := d.photos.Tensor(photo, h.Model.Input, dst); err != nil {
			return
		}
		least = min(least, time.Since(start))
	}
	d.speed.mu.Lock()
	defer d.speed.mu.Unlock()
	d.speed.factor = min(max(float64(least)/float64(photo.Cost), fastest), slowest)
}

// Work predicts from the header how many photos a photo counts as in rate limits: at
// least one, and one if it is unreadable or its answer is cached.
func (d *Diagnoser) Work(photo preprocess.Photo, req mango.Request) float64 {
	h := d.heads.get(req.Kind)
	if h == nil || !req.Explain && d.answers.has(answerKey{photo.SHA256, req.Kind, h.generation}) {
		return 1
	}
	if _, err := d.photos.DecodeBytes(photo, h.Model.Input); err != nil {
		return 1 // it will be refused
	}
	return max(1, float64(photo.Cost+inferWork)/float64(photoWork))
}
