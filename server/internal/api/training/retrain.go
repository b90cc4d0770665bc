package training

import (
	"fmt"
	"math"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// Training does not fit into a serving process of 512 MB: it is done by the
// tools, from an export. So the calls that would start something say so, with
// the data that the web admin needs to draw its page, and the others tell what
// there is.

const (
	// minImagesPerClass and minClasses are what training needs.
	minImagesPerClass = 5
	minClasses        = 2
)

const (
	retrainElsewhere    = "Training does not run on this server. Export the verified images and train with tools/train on another machine, then choose the new model here."
	extractElsewhere    = "Extracting symptoms for training does not run on this server; the stored records keep every ticked symptom."
	preprocessElsewhere = "Preparing images for training does not run on this server; tools/train prepares them on another machine."
)

type datasetInfo struct {
	ModelType           mango.Kind     `json:"model_type"`
	AllClasses          map[string]int `json:"all_classes"`
	EligibleClasses     map[string]int `json:"eligible_classes"`
	TotalEligibleImages int            `json:"total_eligible_images"`
	MinImagesPerClass   int            `json:"min_images_per_class"`
	CanRetrain          bool           `json:"can_retrain"`
	Reason              *string        `json:"reason"`
}

// DatasetInfo is `GET /api/retrain/dataset-info/`.
func (h *Handlers) DatasetInfo(c *kit.Call) error {
	q := c.Query()
	kind := q.Kind("model_type")
	if kind == "" {
		kind = mango.Leaf
	}
	least := q.Number("min_images_per_class", minImagesPerClass, 1, math.MaxInt32)
	if err := q.Err(); err != nil {
		return err
	}
	info, err := h.dataset(c, kind, least)
	if err != nil {
		return err
	}
	return c.ReplyShort("", info)
}

// dataset counts what is verified and training ready, by class.
func (h *Handlers) dataset(c *kit.Call, kind mango.Kind, least int) (datasetInfo, error) {
	info := datasetInfo{ModelType: kind, AllClasses: map[string]int{}, EligibleClasses: map[string]int{}, MinImagesPerClass: least}
	st, err := h.Store.Statistics(c.Context(), c.Actor())
	if err != nil {
		return info, err
	}
	fit := func(c mango.ClassCount) bool { return c.Kind == kind && c.Verified && c.Ready }
	for _, row := range breakdown(&st, fit) {
		info.AllClasses[row.DiseaseClassification] = row.Count
		if row.Count >= least {
			info.EligibleClasses[row.DiseaseClassification] = row.Count
			info.TotalEligibleImages += row.Count
		}
	}
	info.CanRetrain = len(info.EligibleClasses) >= minClasses
	if !info.CanRetrain {
		info.Reason = new(fmt.Sprintf("At least %d classes with %d or more verified, training-ready %s images are needed; there are %d.",
			minClasses, least, kind, len(info.EligibleClasses)))
	}
	return info, nil
}

type (
	retrainConfig struct {
		Epochs                int     `json:"epochs"`
		LearningRate          float64 `json:"learning_rate"`
		BatchSize             int     `json:"batch_size"`
		ValSplit              float64 `json:"val_split"`
		UnfreezeTopNLayers    int     `json:"unfreeze_top_n_layers"`
		EarlyStoppingPatience int     `json:"early_stopping_patience"`
		LRReduceFactor        float64 `json:"lr_reduce_factor"`
		LRReducePatience      int     `json:"lr_reduce_patience"`
		MinImagesPerClass     int     `json:"min_images_per_class"`
	}
	retrainData struct {
		ModelType      mango.Kind    `json:"model_type"`
		ModelKind      string        `json:"model_kind"`
		BaseModel      string        `json:"base_model"`
		OutputFilename *string       `json:"output_filename"` // null: nothing is made here
		Config         retrainConfig `json:"config"`
		DatasetInfo    datasetInfo   `json:"dataset_info"`
	}
)

// Retrain is `POST /api/retrain/`: 501, with what would have been trained.
func (h *Handlers) Retrain(c *kit.Call) error {
	o, err := c.Object()
	if err != nil {
		return err
	}
	kind := o.Kind("model_type")
	o.Need("model_type")
	data := retrainData{ModelKind: "mobilenetv2", Config: retrainConfig{10, 0.0001, 16, 0.2, 20, 3, 0.5, 2, minImagesPerClass}}
	jsonbody.Set(&data.ModelKind, o.Word("model_kind", 50))
	if data.ModelKind != "mobilenetv2" && data.ModelKind != "hybrid_cnn" {
		o.Fault("model_kind", "must be mobilenetv2 or hybrid_cnn")
	}
	data.Config.read(o)
	if err := o.Err(); err != nil {
		return err
	}
	data.ModelType = *kind
	data.BaseModel = h.activeModel(*kind)
	if data.DatasetInfo, err = h.dataset(c, *kind, data.Config.MinImagesPerClass); err != nil {
		return err
	}
	return kit.WithData(mango.Errorf(mango.NotProvided, "%s", retrainElsewhere), data)
}

func (r *retrainConfig) read(o *jsonbody.Object) {
	jsonbody.Set(&r.Epochs, o.Whole("epochs", 1, 1000))
	jsonbody.Set(&r.LearningRate, o.Number("learning_rate", 0, 1))
	jsonbody.Set(&r.BatchSize, o.Whole("batch_size", 1, 1024))
	jsonbody.Set(&r.ValSplit, o.Number("val_split", 0, 1))
	jsonbody.Set(&r.UnfreezeTopNLayers, o.Whole("unfreeze_top_n_layers", 0, 1000))
	jsonbody.Set(&r.EarlyStoppingPatience, o.Whole("early_stopping_patience", 0, 1000))
	jsonbody.Set(&r.LRReduceFactor, o.Number("lr_reduce_factor", 0, 1))
	jsonbody.Set(&r.LRReducePatience, o.Whole("lr_reduce_patience", 0, 1000))
	jsonbody.Set(&r.MinImagesPerClass, o.Whole("min_images_per_class", 1, math.MaxInt32))
}

func (h *Handlers) activeModel(kind mango.Kind) string {
	for _, f := range h.Models.ModelFiles() {
		if f.Kind == kind && f.Active {
			return f.File
		}
	}
	return ""
}

// RetrainStatus is `GET /api/retrain/status/`: nothing ever runs here.
func (h *Handlers) RetrainStatus(c *kit.Call) error {
	return c.ReplyShort("", struct {
		IsRunning      bool            `json:"is_running"`
		ModelType      *string         `json:"model_type"`
		ModelKind      *string         `json:"model_kind"`
		Phase          *string         `json:"phase"`
		Progress       int             `json:"progress"`
		Message        string          `json:"message"`
		StartedAt      *string         `json:"started_at"`
		FinishedAt     *string         `json:"finished_at"`
		OutputFilename *string         `json:"output_filename"`
		Accuracy       *float64        `json:"accuracy"` // percent
		Error          *string         `json:"error"`
		DatasetInfo    *map[string]any `json:"dataset_info"`
	}{Message: retrainElsewhere})
}

// elsewhere answers a start call for one kind of model that runs elsewhere.
func (h *Handlers) elsewhere(c *kit.Call, sentence string) error {
	o, err := c.Object()
	if err != nil {
		return err
	}
	kind := o.Kind("model_type")
	o.Need("model_type")
	if err := o.Err(); err != nil {
		return err
	}
	return kit.WithData(mango.Errorf(mango.NotProvided, "%s", sentence), map[string]mango.Kind{"model_type": *kind})
}

// ExtractSymptoms is `POST /api/retrain/extract-symptoms/`.
func (h *Handlers) ExtractSymptoms(c *kit.Call) error { return h.elsewhere(c, extractElsewhere) }

// ExtractSymptomsStatus is `GET /api/retrain/extract-symptoms/status/`.
func (h *Handlers) ExtractSymptomsStatus(c *kit.Call) error {
	return c.ReplyShort("", struct {
		IsRunning     bool    `json:"is_running"`
		Phase         *string `json:"phase"`
		Progress      int     `json:"progress"`
		Message       string  `json:"message"`
		StartedAt     *string `json:"started_at"`
		FinishedAt    *string `json:"finished_at"`
		OutputCSV     *string `json:"output_csv"`
		RowsExtracted int     `json:"rows_extracted"`
		Error         *string `json:"error"`
	}{Message: extractElsewhere})
}

// SymptomsReady is `GET /api/retrain/symptoms-ready/`.
func (h *Handlers) SymptomsReady(c *kit.Call) error {
	q := c.Query()
	q.Kind("model_type")
	if err := q.Err(); err != nil {
		return err
	}
	return c.ReplyShort("", struct {
		Ready   bool    `json:"ready"`
		CSVPath *string `json:"csv_path"`
		Rows    *int    `json:"rows"`
	}{})
}

// Preprocess is `POST /api/retrain/preprocess/`.
func (h *Handlers) Preprocess(c *kit.Call) error { return h.elsewhere(c, preprocessElsewhere) }

// PreprocessStatus is `GET /api/retrain/preprocess/status/`.
func (h *Handlers) PreprocessStatus(c *kit.Call) error {
	return c.ReplyShort("", struct {
		IsRunning  bool    `json:"is_running"`
		ModelType  *string `json:"model_type"`
		Phase      *string `json:"phase"`
		Progress   int     `json:"progress"`
		Message    string  `json:"message"`
		StartedAt  *string `json:"started_at"`
		FinishedAt *string `json:"finished_at"`
		Processed  int     `json:"processed"`
		Failed     int     `json:"failed"`
		Error      *string `json:"error"`
	}{Message: preprocessElsewhere})
}

// PreprocessReady is `GET /api/retrain/preprocess/ready/`.
func (h *Handlers) PreprocessReady(c *kit.Call) error {
	return c.ReplyShort("", struct {
		Ready     bool `json:"ready"`
		Processed int  `json:"processed"`
		Classes   int  `json:"classes"`
	}{})
}
