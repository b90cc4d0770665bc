//go:build race

package upload

const race = true
