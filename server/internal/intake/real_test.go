package intake_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"log/slog"
	"testing"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/preprocess/photos"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/modelset"
)

// TestRealPhoto goes the whole way with the real model: what is stored names the
// model that answered, and holds the picture without its EXIF.
func TestRealPhoto(t *testing.T) {
	manifest, err := models.Read("../../../models")
	if err != nil {
		t.Skip("the models are not here: ", err)
	}
	pixels, err := preprocess.New(preprocess.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pixels.Close()
	d, err := diagnose.New(diagnose.Config{Photos: pixels, Admission: diagnose.NewAdmission(1, 0, 1<<30)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	set, err := modelset.Open(modelset.Config{Manifest: manifest, Interpreters: 1, Answering: d, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()

	f := newFarm(t)
	cfg := f.cfg
	cfg.Diagnoser = d
	photo := photos.EncodeJPEG(photos.Picture(640, 480), photos.Encoding{Orientation: 6})
	in := intake.New(cfg)
	req := intake.Request{By: f.grower, Record: mango.Record{Kind: mango.Leaf}, Photos: []intake.Photo{{Bytes: photo, SHA256: sha256.Sum256(photo), Name: "IMG_1.jpg"}}}
	req.Explain = true
	res, err := in.Diagnose(ctx, req)
	if err != nil || res.Photos[0].Diagnosis == nil {
		t.Fatal(err, res)
	}
	got := res.Photos[0].Diagnosis
	if leaf, _ := manifest.ByKind("leaf"); got.Model.ID != leaf.ID || len(got.Ranking) != len(leaf.Classes) || got.Photo.Width != 480 || got.HeatMap == nil {
		t.Errorf("%s answers %d classes for %d pixels across", got.Model.ID, len(got.Ranking), got.Photo.Width)
	}
	added, err := in.Add(ctx, req) // whatever the gate says of a made picture
	if err != nil || added.Photos[0].Saved == nil {
		t.Fatal(err)
	}
	r, err := f.data.Store.Record(ctx, f.grower, added.Photos[0].Saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	file, err := f.data.Media.OpenPhoto(r.Media)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	kept, err := io.ReadAll(file)
	if err != nil || int64(len(kept)) != r.MediaBytes || !bytes.Contains(photo, []byte(photos.Maker)) || bytes.Contains(kept, []byte(photos.Maker)) {
		t.Errorf("%d of %d bytes are kept, the record says %d (%v)", len(kept), len(photo), r.MediaBytes, err)
	}
}
