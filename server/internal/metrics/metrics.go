package metrics

import (
	"fmt"
	"io"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
)

// Request counts one answered request. Route is the router's pattern, never
// the path as sent.
func Request(method, route string, status int, took time.Duration) {
	vm.GetOrCreateCounter(fmt.Sprintf(`mangosense_requests_total{method=%q,route=%q,status="%d"}`, method, route, status)).Inc()
	vm.GetOrCreateHistogram(fmt.Sprintf(`mangosense_request_duration_seconds{route=%q}`, route)).Update(took.Seconds())
}

// Diagnosis counts one answered photo by what was answered.
func Diagnosis(kind, verdict, disease string) {
	vm.GetOrCreateCounter(fmt.Sprintf(`mangosense_diagnoses_total{kind=%q,verdict=%q,disease=%q}`, kind, verdict, disease)).Inc()
}

// Step adds the time of one step of the photo path: wait, decode, resize,
// infer, store.
func Step(step string, took time.Duration) {
	vm.GetOrCreateHistogram(fmt.Sprintf(`mangosense_photo_step_seconds{step=%q}`, step)).Update(took.Seconds())
}

// Refused counts a photo that was not diagnosed, by error code.
func Refused(code string) {
	vm.GetOrCreateCounter(fmt.Sprintf(`mangosense_photos_refused_total{code=%q}`, code)).Inc()
}

// BadField counts a form field whose JSON could not be read and was left out.
func BadField(name string) {
	vm.GetOrCreateCounter(fmt.Sprintf(`mangosense_bad_fields_total{field=%q}`, name)).Inc()
}

// Gauge shows the value of f whenever the metrics are read.
func Gauge(name string, f func() float64) { vm.GetOrCreateGauge(name, f) }

// Write prints everything in the Prometheus text format.
func Write(w io.Writer) { vm.WritePrometheus(w, true) }
