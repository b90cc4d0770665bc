package codec

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"io"
	"strings"
	"sync"

	"mangosense/server/internal/mango"
)

// mediaName is the name that room media gives the photo of a record.
func mediaName(r *mango.Record) string {
	ext := map[string]string{"jpeg": ".jpg", "png": ".png", "webp": ".webp"}[r.Photo.Format]
	if ext == "" {
		return ""
	}
	return "mango_images/" + hex.EncodeToString(r.Photo.SHA256[:]) + ext
}

// The JSON that the app sends says everything twice or more. It is deflated
// with a dictionary of the words it is made of, which takes 2 KB to 200 bytes.
// The dictionary belongs to record version 1 and must not change.
var answersDictionary = []byte(strings.Join([]string{
	`weevil_cut_petioles","weevil_ragged_flush","gall_leaf_bumps","gall_stunted_leaf","gall_leaf_blisters","healthy_leaf_colour","healthy_leaf_surface","healthy_no_lesions`,
	`black_sunken_lesions","brown_patches_spreading","surface_cracks_radiating","pink_spore_masses_on_lesion","lesion_ring_pattern","soft_rot_spreading","stem_end_rot","shriveling_of_fruit","premature_fruit_drop","white_powder_on_fruit","black_sooty_deposit_on_fruit","fruit_discoloration`,
	`obs_discolouration","obs_texture","obs_growth","obs_environment`,
	`dark_spots_with_yellow_halo","concentric_rings_on_lesion","black_specks_in_lesion","pink_spore_masses","lesions_enlarge_rapidly","spots_with_irregular_border","twig_dieback_from_tip","canker_lesions_on_twig","bark_cracking","wilting_shoot_tips","sparse_foliage","white_powder_coating","leaf_distortion`,
	`black_sooty_coating","sooty_deposit_wiped_off","yellow_discoloration","brown_leaf_margins","brown_leaf_tips","water_soaked_lesions","leaf_curling","premature_leaf_drop","dark_spots_brown`,
	`Alternaria","Black Mold Rot","Stem end Rot","Bacterial Canker","Cutting Weevil","Gall Midge","Healthy","Powdery Mildew","Sooty Mold","Die Back","Anthracnose","Unknown`,
	`{"primary_count":,"alternative_count":,"total_symptoms":,"total_selected":0,"timestamp":"2026-`,
	`{"selected_symptoms":["],"primary_symptoms":[{"key":"","label":""}],"alternative_symptoms":[{"key":"`,
	`"top_diseases":[{"disease":"","confidence":,"rank":1,"predicted_disease":"","confidence_score":,"confidence_formatted":"%"},{"disease":"`,
	`"detected_disease":"","is_detection_correct":true,"user_feedback":"","symptoms_data":{`,
}, ""))

const maxAnswers = 1 << 20 // unpacked; the api's own limit is far lower

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriterDict(io.Discard, flate.BestCompression, answersDictionary)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// PackAnswers deflates the five JSON texts of a record; nil when all are empty.
// It is the slow part of encoding one and needs no transaction.
func PackAnswers(a *mango.Answers) []byte {
	w := &Writer{}
	empty := true
	for _, text := range [][]byte{a.SelectedSymptoms, a.PrimarySymptoms, a.AlternativeSymptoms, a.TopDiseases, a.SymptomsData} {
		empty = empty && len(text) == 0
		w.Bytes(text)
	}
	if empty {
		return nil
	}
	var b bytes.Buffer
	d := deflaters.Get().(*flate.Writer)
	d.Reset(&b)
	_, _ = d.Write(w.b) // a bytes.Buffer does not fail
	_ = d.Close()
	deflaters.Put(d)
	return b.Bytes()
}

func unpackAnswers(packed []byte, a *mango.Answers) error {
	if len(packed) == 0 {
		return nil
	}
	f := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(f)
	if err := f.(flate.Resetter).Reset(bytes.NewReader(packed), answersDictionary); err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxAnswers))
	if err != nil {
		return err
	}
	d := &Reader{b: text, typ: TypeRecord}
	a.SelectedSymptoms, a.PrimarySymptoms, a.AlternativeSymptoms = d.Bytes(), d.Bytes(), d.Bytes()
	a.TopDiseases, a.SymptomsData = d.Bytes(), d.Bytes()
	return d.err
}
