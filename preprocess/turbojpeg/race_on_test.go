//go:build race

package turbojpeg_test

const race = true
