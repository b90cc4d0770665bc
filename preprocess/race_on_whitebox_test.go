//go:build race

package preprocess

const race = true
