package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"sync"
	"time"

	"mangosense/preprocess/photos"
)

// flood sends 12 MP photos from many clients at once.
func (b *bench) flood() error {
	fmt.Print("\n## Many clients, 12 MP previews at once\n\n| clients | photos | answered 200 | 503 | lost | photos/s | peak resident MB |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	photo := photos.JPEG(4000, 3000)
	for _, clients := range []int{32, 64} {
		s, err := b.serve()
		if err != nil {
			return err
		}
		const each = 4
		counts, took := upload(s.url, photo, clients, each)
		ok, busy := counts[http.StatusOK], counts[http.StatusServiceUnavailable]
		fmt.Printf("| %d | %d | %d | %d | %d | %.1f | %.0f |\n", clients, clients*each, ok, busy, clients*each-ok-busy, float64(ok)/took.Seconds(), s.memory("VmHWM"))
		s.stop()
	}
	return nil
}

// upload counts the answers by status; 0 is a connection without an answer.
func upload(url string, photo []byte, clients, each int) (map[int]int, time.Duration) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormFile("image", "image.jpg") // memory does not fail
	part.Write(photo)
	w.WriteField("preview_only", "true")
	w.Close()
	var mu sync.Mutex
	counts := map[int]int{}
	var wg sync.WaitGroup
	begin := time.Now()
	for range clients {
		wg.Go(func() {
			for range each {
				status := 0
				resp, err := http.Post(url+"/api/predict/", w.FormDataContentType(), bytes.NewReader(form.Bytes()))
				if err == nil {
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					status = resp.StatusCode
				}
				mu.Lock()
				counts[status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return counts, time.Since(begin)
}
