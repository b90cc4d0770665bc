// Command mangosense tells what ails a mango leaf or fruit from a photo.
package main

import (
	"os"

	"mangosense/server/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], app.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
