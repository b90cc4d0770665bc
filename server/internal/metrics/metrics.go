package metrics

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// Upper bounds of the histograms' buckets, in seconds. They are the same on
// every machine and never change while the program runs, so that Prometheus can
// add up buckets of several servers.
var (
	requestBuckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	stepBuckets    = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
)

var (
	registry = prometheus.NewRegistry()

	requests       = counters("mangosense_requests_total", "Answered requests.", "method", "route", "status")
	requestSeconds = histograms("mangosense_request_duration_seconds", "Time from the request to its answer.",
		requestBuckets, "route")
	diagnoses = counters("mangosense_diagnoses_total", "Answered photos by what was answered.", "kind", "verdict", "disease")
	steps     = histograms("mangosense_photo_step_seconds", "Time of one step of a photo's way: wait, decode, resize, infer.",
		stepBuckets, "step")
	refused   = counters("mangosense_photos_refused_total", "Photos that were not diagnosed, by error code.", "code")
	badFields = counters("mangosense_bad_fields_total", "Form fields whose JSON could not be read and that were left out.", "field")
)

func init() {
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	registry.MustRegister(c)
	return c
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	registry.MustRegister(h)
	return h
}

// Request counts one answered request. Route is the router's pattern, never
// the path as sent.
func Request(method, route string, status int, took time.Duration) {
	requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	requestSeconds.WithLabelValues(route).Observe(took.Seconds())
}

// Diagnosis counts one answered photo by what was answered.
func Diagnosis(kind, verdict, disease string) {
	diagnoses.WithLabelValues(kind, verdict, disease).Inc()
}

// Step adds the time of one step of the photo path: wait, decode, resize,
// infer.
func Step(step string, took time.Duration) {
	steps.WithLabelValues(step).Observe(took.Seconds())
}

// Refused counts a photo that was not diagnosed, by error code.
func Refused(code string) { refused.WithLabelValues(code).Inc() }

// BadField counts a form field whose JSON could not be read and was left out.
func BadField(name string) { badFields.WithLabelValues(name).Inc() }

// Gauge shows the value of f whenever the metrics are read. A second call with
// the same name and help replaces the first.
func Gauge(name, help string, f func() float64) {
	g := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	registry.Unregister(g) // by its name
	registry.MustRegister(g)
}

// Write prints everything in the Prometheus text format, version 0.0.4.
func Write(w io.Writer) error {
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("cannot gather the metrics: %w", err)
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return fmt.Errorf("cannot write the metrics: %w", err)
		}
	}
	return nil
}
