package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/charset"
	"mangosense/server/internal/control"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// userCmd keeps accounts, with a running server or without one.
type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add an account; with --admin an administrator's."`
	List     userListCmd     `cmd:"" help:"List the accounts, newest first."`
	Disable  userDisableCmd  `cmd:"" help:"Lock an account; its tokens stop at once."`
	Enable   userEnableCmd   `cmd:"" help:"Unlock an account."`
	Password userPasswordCmd `cmd:"" help:"Give an account a new password; its tokens stop at once."`
}

// userPlace is where the accounts are.
type userPlace struct{ dataPlace }

// with is for accounts that are there already.
func (p userPlace) with(r *run, do func(*control.Session) error) error {
	return p.dataPlace.with(r, store.Config{}, do)
}

// userName is the account that a command is about: given by flag or by place.
type userName struct {
	Name     string `arg:"" optional:"" name:"username" help:"The account's username."`
	Username string `placeholder:"NAME" help:"The same, as a flag."`
}

func (n userName) name() (string, error) {
	switch {
	case n.Name != "" && n.Username != "" && n.Name != n.Username:
		return "", usage(errors.New("the username is given twice, and differs: as an argument and by --username"))
	case n.Name != "":
		return n.Name, nil
	case n.Username != "":
		return n.Username, nil
	}
	return "", usage(errors.New("say which account: its username as an argument, or by --username"))
}

// passwordSource is where a new password comes from; never the command line,
// where others could read it.
type passwordSource struct {
	PasswordStdin bool `help:"Read the password from standard input, up to the end of its first line."`
}

const longestPassword = 1 << 10

func (p passwordSource) read(r *run) (string, error) {
	password, err := p.line(r)
	if err != nil {
		return "", err
	}
	faults := auth.CheckPassword(password)
	if utf8.RuneCountInString(password) < 8 {
		return "", errors.New(faults[0])
	}
	for _, f := range faults { // the operator's own choice
		fmt.Fprintf(r.Err, "note: %s\n", f)
	}
	return password, nil
}

func (p passwordSource) line(r *run) (string, error) {
	if p.PasswordStdin {
		// A mark, as PowerShell's pipe writes it, is no part of the password.
		in, err := charset.NewReader(io.LimitReader(r.In, 2*longestPassword+2), "")
		if err != nil {
			return "", fmt.Errorf("cannot read the password: %w; give it in UTF-8", err)
		}
		line, err := bufio.NewReader(in).ReadString('\n')
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		switch {
		case len(line) >= longestPassword:
			return "", errors.New("the password is too long")
		case errors.Is(err, charset.ErrText):
			return "", fmt.Errorf("cannot read the password: %w; give it in UTF-8", err)
		case err != nil && err != io.EOF:
			return "", fmt.Errorf("cannot read the password: %w", err)
		}
		return line, nil
	}
	f, ok := r.In.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", usage(errors.New("there is no terminal to ask at: give the password on standard input, with --password-stdin"))
	}
	fmt.Fprint(r.Err, "New password: ")
	one, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprint(r.Err, "\nOnce more: ")
	two, err2 := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(r.Err)
	switch err := errors.Join(err, err2); {
	case err != nil:
		return "", fmt.Errorf("cannot read the password: %w", err)
	case string(one) != string(two):
		return "", errors.New("the two passwords differ")
	}
	return string(one), nil
}

type userAddCmd struct {
	userPlace
	passwordSource
	Admin     bool   `help:"Make an administrator."`
	Username  string `required:"" placeholder:"NAME" help:"Unique name; administrators log in by it."`
	Email     string `placeholder:"ADDR" help:"Unique address; growers log in by it."`
	FirstName string `placeholder:"NAME" help:"First name."`
	LastName  string `placeholder:"NAME" help:"Last name."`
}

// Run adds the account.
func (c *userAddCmd) Run(r *run) error {
	c.Email = strings.ToLower(strings.TrimSpace(c.Email))
	if c.Email != "" && !auth.ValidEmail(c.Email) {
		return usage(fmt.Errorf("%q is not an address such as lito@farm.example", c.Email))
	}
	password, err := c.read(r)
	if err != nil {
		return err
	}
	hash, err := auth.HashPassword(r.ctx, password)
	if err != nil {
		return err
	}
	u := mango.User{Username: c.Username, Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Password: hash, Admin: c.Admin}
	// The first account may come before the first start of a server.
	return c.open(r, store.Config{}, func(s *control.Session) error {
		added, err := s.AddUser(r.ctx, u)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "added %s %s (id %d)\n", role(added.Admin), added.Username, added.ID)
		return nil
	})
}

func role(admin bool) string {
	if admin {
		return "administrator"
	}
	return "user"
}

type userListCmd struct {
	userPlace
	JSON bool `name:"json" help:"One JSON object a line."`
}

// listedUser is one line of `mangosense user list --json`.
type listedUser struct {
	ID        uint64     `json:"id"`
	Username  string     `json:"username"`
	Email     string     `json:"email"`
	Name      string     `json:"name"`
	Admin     bool       `json:"admin"`
	Disabled  bool       `json:"disabled"`
	Images    int        `json:"images"`
	JoinedAt  time.Time  `json:"joined_at"`
	LastLogin *time.Time `json:"last_login"`
}

// Run prints the accounts.
func (c *userListCmd) Run(r *run) error {
	table := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
	lines := json.NewEncoder(r.Out)
	err := c.with(r, func(s *control.Session) error {
		if !c.JSON {
			fmt.Fprintln(table, "ID\tUSERNAME\tEMAIL\tROLE\tSTATE\tPHOTOS\tJOINED")
		}
		return s.ListUsers(r.ctx, func(u mango.UserRow) error {
			if c.JSON {
				row := listedUser{u.ID, u.Username, u.Email, u.FullName(), u.Admin, u.Disabled, u.Images, u.JoinedAt, nil}
				if !u.LastLogin.IsZero() {
					row.LastLogin = &u.LastLogin
				}
				return lines.Encode(row)
			}
			state := "active"
			if u.Disabled {
				state = "disabled"
			}
			_, err := fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%d\t%s\n", u.ID, u.Username, u.Email, role(u.Admin), state, u.Images, u.JoinedAt.Format(time.DateOnly))
			return err
		})
	})
	return errors.Join(err, table.Flush())
}

type userDisableCmd struct {
	userPlace
	userName
}

// Run locks the account.
func (c *userDisableCmd) Run(r *run) error { return setDisabled(r, c.userPlace, c.userName, true) }

type userEnableCmd struct {
	userPlace
	userName
}

// Run unlocks the account.
func (c *userEnableCmd) Run(r *run) error { return setDisabled(r, c.userPlace, c.userName, false) }

func setDisabled(r *run, place userPlace, which userName, disabled bool) error {
	word := map[bool]string{true: "disabled", false: "enabled"}[disabled]
	return place.change(r, which, word, func(context.Context) (mango.UserChange, error) {
		return mango.UserChange{Disabled: &disabled}, nil
	})
}

type userPasswordCmd struct {
	userPlace
	userName
	passwordSource
}

// Run sets the new password.
func (c *userPasswordCmd) Run(r *run) error {
	return c.change(r, c.userName, "gave a new password to", func(ctx context.Context) (mango.UserChange, error) {
		password, err := c.read(r)
		if err != nil {
			return mango.UserChange{}, err
		}
		hash, err := auth.HashPassword(ctx, password)
		return mango.UserChange{Password: &hash}, err
	})
}

// change asks first and opens the accounts then, so that the database is not held
// while a person types.
func (p userPlace) change(r *run, which userName, word string, make func(context.Context) (mango.UserChange, error)) error {
	name, err := which.name()
	if err != nil {
		return err
	}
	change, err := make(r.ctx)
	if err != nil {
		return err
	}
	return p.with(r, func(s *control.Session) error {
		u, err := s.ChangeUser(r.ctx, name, change)
		if mango.CodeOf(err) == mango.NotFound {
			return fmt.Errorf("there is no account with the username %q", name)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "%s %s %s (id %d)\n", word, role(u.Admin), u.Username, u.ID)
		return nil
	})
}
