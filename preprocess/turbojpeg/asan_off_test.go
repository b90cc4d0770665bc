//go:build !asan

package turbojpeg_test

const asan = false
