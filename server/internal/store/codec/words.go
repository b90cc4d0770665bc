package codec

import "mangosense/diseases"

// words are written as one byte, their place here. Append only: a stored file
// refers to the places. Place 0 means that the word is spelled out; places 1 to
// 12 are names of diseases (stored_as in their data file).
var words = func() []string {
	all := []string{
		13: "leaf", 14: "fruit",
		15: "named", 16: "unsure", 17: "unfamiliar", 18: "not_mango",
		19: "jpeg", 20: "png", 21: "webp",
		22: "leaf-mobilenetv2", 23: "fruit-mobilenetv2",
		24: "leaf-mobilenetv2.tflite", 25: "fruit-mobilenetv2.tflite",
		26: "device gps", 27: "device_gps", 28: "exif", 29: "gps", 30: "manual",
		31: "image.jpg", 32: "1.0.0",
		33: "seed", 34: "admin",
	}
	for _, d := range diseases.Known().Diseases {
		if d.StoredAs > 0 {
			all[d.StoredAs] = d.Name
		}
	}
	return all
}()

var wordAt = func() map[string]byte {
	m := make(map[string]byte, len(words))
	for i, w := range words[1:] {
		m[w] = byte(i + 1)
	}
	return m
}()
