package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/control"
)

// Exit codes of the program; docs/operations.md lists them, too.
const (
	exitOK      = 0
	exitFault   = 1   // the command could not do its work
	exitUsage   = 2   // the command line or an option is wrong
	exitSome    = 3   // predict: some photos could not be read, the others were; repair: something is lost
	exitStopped = 130 // ended by SIGINT or SIGTERM before it was done
)

const exitCodes = `
Exit codes:
  0    done
  1    the command could not do its work, or check found a fault
  2    the command line or an option is wrong
  3    predict: some photos could not be diagnosed, the others were;
       repair: something is lost, the rest is there
  130  ended by a signal before it was done
`

// Streams are the process's standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// cli is the command line.
type cli struct {
	ShowVersion versionFlag `name:"version" help:"Print the versions and end."`
	EnvFile     envFile     `name:"env-file" placeholder:"FILE" help:"Read options from NAME=value lines, as systemd reads an EnvironmentFile."`

	Serve   serveCmd   `cmd:"" help:"Answer photos over HTTP."`
	Check   checkCmd   `cmd:"" help:"Verify the models and, where there is one, the store."`
	Predict predictCmd `cmd:"" help:"Diagnose photos without a server."`
	Models  modelsCmd  `cmd:"" help:"List, learn and choose versions of the models."`
	User    userCmd    `cmd:"" help:"Keep the accounts."`
	Import  importCmd  `cmd:"" help:"Bring over what another program kept."`
	Export  exportCmd  `cmd:"" help:"Print every record as one JSON object a line."`
	Backup  backupCmd  `cmd:"" help:"Back the records up, also while a server runs."`
	Restore restoreCmd `cmd:"" help:"Put a backup in the database's place."`
	Compact compactCmd `cmd:"" help:"Give the database's free space back to the disk."`
	Repair  repairCmd  `cmd:"" help:"Read what is readable of a damaged database into a new one."`
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
		kong.Help(help),
		kong.Exit(func(code int) { exited = code; panic(errSilent) }),
		kong.Bind(&run{ctx, io}),
		kong.TypeMapper(sizeType, sizeMapper),
	)
	if err != nil {
		fmt.Fprintf(io.Err, "mangosense: %v\n", err)
		return exitFault
	}
	renameVariables(io.Err)
	args = renameFlags(args, io.Err)
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
		fmt.Fprintf(io.Err, "mangosense: %s\nTry: mangosense --help\n", printable(err.Error()))
		return exitUsage
	}
	return conclude(commands.Run(), io.Err)
}

// conclude prints the error for the command line and returns the exit code.
func conclude(err error, out io.Writer) int {
	var exit exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		if exit.err != errSilent {
			fmt.Fprintf(out, "mangosense: %s\n", printable(control.Reason(exit.err)))
		}
		return exit.code
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(out, "mangosense: stopped before it was done")
		return exitStopped
	default:
		fmt.Fprintf(out, "mangosense: %s\n", printable(control.Reason(err)))
		return exitFault
	}
}

// help is kong's, with the exit codes below the list of commands.
func help(o kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, ctx); err != nil {
		return err
	}
	if ctx.Selected() == nil {
		fmt.Fprint(ctx.Stdout, exitCodes)
	}
	return nil
}

// printJSON prints one object on a line.
func printJSON(r *run, v any) error {
	if err := json.NewEncoder(r.Out).Encode(v); err != nil {
		return fmt.Errorf("cannot print the answer: %w", err)
	}
	return nil
}

// usage is a wrong option.
func usage(err error) error { return exitError{exitUsage, err} }

// silent ends with a code; the output has said the rest.
func silent(code int) error { return exitError{code, errSilent} }
