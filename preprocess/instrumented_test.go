//go:build race || asan

package preprocess_test

const instrumented = true
