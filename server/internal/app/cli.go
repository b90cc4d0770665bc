package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/config"
)

// Exit codes of the program.
const (
	exitOK    = 0
	exitFault = 1 // the command could not do its work
	exitUsage = 2 // the command line or an option is wrong
	exitSome  = 3 // predict: some photos could not be read, the others were
)

// Streams are the process's standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// places are the two folders that several commands need.
type places struct {
	DataDir   string `env:"DATA_DIR" default:"./data" placeholder:"DIR" help:"Database and photos."`
	ModelsDir string `env:"MODELS_DIR" default:"./models" placeholder:"DIR" help:"Folder with manifest.json and the .tflite models."`
}

// cli is the command line.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Answer photos over HTTP."`
	Check   checkCmd   `cmd:"" help:"Verify the models and, where there is one, the store."`
	Predict predictCmd `cmd:"" help:"Diagnose photos without a server."`
	User    userCmd    `cmd:"" help:"Keep the accounts."`
	Import  importCmd  `cmd:"" help:"Bring over what another program kept."`
	Export  exportCmd  `cmd:"" help:"Print every record as one JSON object a line."`
	Backup  backupCmd  `cmd:"" help:"Back the records up, also while a server runs."`
	Restore restoreCmd `cmd:"" help:"Put a backup in the database's place."`
	Compact compactCmd `cmd:"" help:"Give the database's free space back to the disk."`
	Repair  repairCmd  `cmd:"" help:"Read what is readable of a damaged database into a new one."`
	Bench   benchCmd   `cmd:"" help:"Measure parts of the program on this machine."`
	Version versionCmd `cmd:"" help:"Print the program's version and those of its libraries."`
}

// run is what a command is given.
type run struct {
	ctx context.Context
	Streams
}

// exitError carries an exit code past kong.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }

// errSilent ends a command whose output has already said what is wrong.
var errSilent = errors.New("")

// Main reads the command line, runs the command and returns the exit code. The
// first SIGINT or SIGTERM asks the command to finish, a second one ends it.
func Main(args []string, io Streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	var commands cli
	exited := -1
	parser, err := kong.New(&commands,
		kong.Name("mangosense"),
		kong.Description("Tells what ails a mango leaf or fruit from a photo."),
		kong.Writers(io.Out, io.Err),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { exited = code; panic(errSilent) }),
		kong.Bind(&run{ctx, io}),
		kong.TypeMapper(sizeType, sizeMapper),
	)
	if err != nil {
		fmt.Fprintf(io.Err, "mangosense: %v\n", err)
		return exitFault
	}
	dropEmpty(parser.Model.Node)
	return execute(parser, args, io, &exited)
}

// execute runs the parsed command; kong's --help leaves through a panic.
func execute(parser *kong.Kong, args []string, io Streams, exited *int) (code int) {
	defer func() {
		if p := recover(); p != nil {
			if p != any(errSilent) || *exited < 0 {
				panic(p)
			}
			code = *exited
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	commands, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(io.Err, "mangosense: %v\nTry: mangosense --help\n", err)
		return exitUsage
	}
	err = commands.Run()
	var exit exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		if exit.err != errSilent {
			fmt.Fprintf(io.Err, "mangosense: %v\n", exit.err)
		}
		return exit.code
	default:
		fmt.Fprintf(io.Err, "mangosense: %v\n", err)
		return exitFault
	}
}

// usage is a wrong option.
func usage(err error) error { return exitError{exitUsage, err} }

// silent ends with a code; the output has said the rest.
func silent(code int) error { return exitError{code, errSilent} }

// options are checked by config before any command sees them.
func valid(o *config.Options) error {
	if err := o.Validate(); err != nil {
		return usage(err)
	}
	return nil
}
