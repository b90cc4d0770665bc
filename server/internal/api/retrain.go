package api

import (
	"fmt"
	"math"

	"github.com/valyala/fasthttp"

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

// datasetInfo is `GET /api/retrain/dataset-info/`.
func (s *Server) datasetInfo(ctx *fasthttp.RequestCtx) {
	q := queryOf(ctx)
	kind := q.kind("model_type")
	if kind == "" {
		kind = mango.Leaf
	}
	least := q.number("min_images_per_class", minImagesPerClass, 1, math.MaxInt32)
	if err := q.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	info, err := s.dataset(actor(ctx), kind, least)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "", info)
}

// dataset counts what is verified and training ready, by class.
func (s *Server) dataset(by mango.Actor, kind mango.Kind, least int) (datasetInfo, error) {
	info := datasetInfo{ModelType: kind, AllClasses: map[string]int{}, EligibleClasses: map[string]int{}, MinImagesPerClass: least}
	st, err := s.cfg.Store.Statistics(s.life, by)
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

// retrain is `POST /api/retrain/`: 501, with what would have been trained.
func (s *Server) retrain(ctx *fasthttp.RequestCtx) {
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	kind := o.kind("model_type")
	o.need("model_type")
	data := retrainData{ModelKind: "mobilenetv2", Config: retrainConfig{10, 0.0001, 16, 0.2, 20, 3, 0.5, 2, minImagesPerClass}}
	set(&data.ModelKind, o.word("model_kind", 50))
	if data.ModelKind != "mobilenetv2" && data.ModelKind != "hybrid_cnn" {
		o.fault("model_kind", "must be mobilenetv2 or hybrid_cnn")
	}
	data.Config.read(o)
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	data.ModelType = *kind
	data.BaseModel = s.activeModel(*kind)
	if data.DatasetInfo, err = s.dataset(actor(ctx), *kind, data.Config.MinImagesPerClass); err != nil {
		s.fail(ctx, err)
		return
	}
	refuseWith(ctx, mango.Errorf(mango.NotProvided, "%s", retrainElsewhere), data)
}

func (c *retrainConfig) read(o *object) {
	set(&c.Epochs, o.whole("epochs", 1, 1000))
	set(&c.LearningRate, o.number("learning_rate", 0, 1))
	set(&c.BatchSize, o.whole("batch_size", 1, 1024))
	set(&c.ValSplit, o.number("val_split", 0, 1))
	set(&c.UnfreezeTopNLayers, o.whole("unfreeze_top_n_layers", 0, 1000))
	set(&c.EarlyStoppingPatience, o.whole("early_stopping_patience", 0, 1000))
	set(&c.LRReduceFactor, o.number("lr_reduce_factor", 0, 1))
	set(&c.LRReducePatience, o.whole("lr_reduce_patience", 0, 1000))
	set(&c.MinImagesPerClass, o.whole("min_images_per_class", 1, math.MaxInt32))
}

func (s *Server) activeModel(kind mango.Kind) string {
	for _, f := range s.cfg.Models.ModelFiles() {
		if f.Kind == kind && f.Active {
			return f.File
		}
	}
	return ""
}

// retrainStatus is `GET /api/retrain/status/`: nothing ever runs here.
func (s *Server) retrainStatus(ctx *fasthttp.RequestCtx) {
	replyShort(ctx, "", struct {
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
func (s *Server) elsewhere(ctx *fasthttp.RequestCtx, sentence string) {
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	kind := o.kind("model_type")
	o.need("model_type")
	if err := o.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	refuseWith(ctx, mango.Errorf(mango.NotProvided, "%s", sentence), map[string]mango.Kind{"model_type": *kind})
}

// extractSymptoms is `POST /api/retrain/extract-symptoms/`.
func (s *Server) extractSymptoms(ctx *fasthttp.RequestCtx) { s.elsewhere(ctx, extractElsewhere) }

// extractSymptomsStatus is `GET /api/retrain/extract-symptoms/status/`.
func (s *Server) extractSymptomsStatus(ctx *fasthttp.RequestCtx) {
	replyShort(ctx, "", struct {
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

// symptomsReady is `GET /api/retrain/symptoms-ready/`.
func (s *Server) symptomsReady(ctx *fasthttp.RequestCtx) {
	q := queryOf(ctx)
	q.kind("model_type")
	if err := q.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	replyShort(ctx, "", struct {
		Ready   bool    `json:"ready"`
		CSVPath *string `json:"csv_path"`
		Rows    *int    `json:"rows"`
	}{})
}

// preprocess is `POST /api/retrain/preprocess/`.
func (s *Server) preprocess(ctx *fasthttp.RequestCtx) { s.elsewhere(ctx, preprocessElsewhere) }

// preprocessStatus is `GET /api/retrain/preprocess/status/`.
func (s *Server) preprocessStatus(ctx *fasthttp.RequestCtx) {
	replyShort(ctx, "", struct {
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

// preprocessReady is `GET /api/retrain/preprocess/ready/`.
func (s *Server) preprocessReady(ctx *fasthttp.RequestCtx) {
	replyShort(ctx, "", struct {
		Ready     bool `json:"ready"`
		Processed int  `json:"processed"`
		Classes   int  `json:"classes"`
	}{})
}
