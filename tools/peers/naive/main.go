// Command naive diagnoses photos in the most direct way: imaging decodes the whole
// picture and resizes it, and TensorFlow Lite runs with its defaults.
// The benchmarks compare with it.
//
// It is not part of the program, and its verdicts are not calibrated.
//
//	bin/naive [--model FILE] PHOTO...
//
// It prints one JSON object a photo, in the form of `mangosense predict --json`.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"time"

	"github.com/disintegration/imaging"

	"mangosense/tflite"
)

type milliseconds struct {
	Decode float64 `json:"decode"`
	Resize float64 `json:"resize"`
	Infer  float64 `json:"infer"`
	Total  float64 `json:"total"`
}

type line struct {
	Path         string       `json:"path"`
	Class        int          `json:"class"`
	Milliseconds milliseconds `json:"milliseconds"`
	Error        *string      `json:"error"`
}

func main() {
	folder := os.Getenv("MODELS_DIR")
	if folder == "" {
		folder = "models"
	}
	model := flag.String("model", filepath.Join(folder, "leaf-mobilenetv2.tflite"), "the model")
	flag.Parse()
	if err := run(*model, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "naive:", err)
		os.Exit(1)
	}
}

func run(path string, photos []string) error {
	m, err := tflite.Open(path, tflite.Config{Interpreters: 1, DefaultPath: true})
	if err != nil {
		return err
	}
	defer m.Close()
	info := m.Info()
	if len(info.Input.Shape) != 4 {
		return fmt.Errorf("%s takes no picture", path)
	}
	out := json.NewEncoder(os.Stdout)
	for _, photo := range photos {
		data, err := os.ReadFile(photo)
		if err != nil {
			return err
		}
		l, err := diagnose(m, data)
		if err != nil {
			return fmt.Errorf("cannot diagnose %s: %w", photo, err)
		}
		l.Path = photo
		if err := out.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

func diagnose(m *tflite.Model, data []byte) (line, error) {
	input := m.Info().Input
	begin := time.Now()
	picture, err := imaging.Decode(bytes.NewReader(data), imaging.AutoOrientation(true))
	if err != nil {
		return line{}, err
	}
	decoded := time.Now()
	small := imaging.Resize(picture, input.Shape[2], input.Shape[1], imaging.Lanczos)
	tensor := rgb(small)
	resized := time.Now()
	outputs := make([][]byte, len(m.Info().Outputs))
	head := -1
	for i, o := range m.Info().Outputs {
		outputs[i] = make([]byte, o.Bytes())
		if len(o.Shape) == 2 && (head < 0 || o.Bytes() > len(outputs[head])) {
			head = i // the disease head is the longest row
		}
	}
	if err := m.Run(context.Background(), tensor, outputs); err != nil {
		return line{}, err
	}
	done := time.Now()
	l := line{Class: -1, Milliseconds: milliseconds{ms(decoded.Sub(begin)), ms(resized.Sub(decoded)), ms(done.Sub(resized)), ms(done.Sub(begin))}}
	if head >= 0 {
		l.Class = largest(outputs[head])
	}
	return l, nil
}

func rgb(img *image.NRGBA) []byte {
	b := make([]byte, 0, 3*img.Rect.Dx()*img.Rect.Dy())
	for i := 0; i+3 < len(img.Pix); i += 4 {
		b = append(b, img.Pix[i], img.Pix[i+1], img.Pix[i+2])
	}
	return b
}

func largest(logits []byte) (at int) {
	for i, v := range logits {
		if int8(v) > int8(logits[at]) {
			at = i
		}
	}
	return at
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
