// Command mangosense diagnoses mango leaves and fruit from photos.
package main

import (
	"os"

	"mangosense/server/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
