// Command mangosense tells what ails a mango leaf or fruit from a photo.
package main

import (
	"os"

	"mangosense/server/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
