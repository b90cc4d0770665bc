package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Setting is one line of a settings file.
type Setting struct{ Name, Value string }

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ParseEnvFile reads a settings file as systemd reads an EnvironmentFile, so
// that a service and a command see the same: NAME=value, one a line, comments
// after # or ; at a line's beginning. Nothing is expanded and nothing is run: a $
// is a $. A value may be quoted, by ' or ", over several lines; outside quotes \
// takes the next character as it is, and at a line's end it goes on with the next.
// left names the lines that systemd leaves out.
func ParseEnvFile(text string) (settings []Setting, left []error) {
	p := envParser{rest: strings.ReplaceAll(text, "\r", "\n"), line: 1}
	for p.rest != "" {
		at := p.line
		name, ok := p.name()
		if !ok {
			if name != "" {
				left = append(left, fmt.Errorf("line %d: %q is not NAME=value", at, name))
			}
			continue
		}
		value := p.value()
		switch {
		case !settingName.MatchString(name):
			left = append(left, fmt.Errorf("line %d: %q is not a name", at, name))
		case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
			left = append(left, fmt.Errorf("line %d: the value of %s is not text", at, name))
		default:
			settings = append(settings, Setting{name, value})
		}
	}
	return settings, left
}

type envParser struct {
	rest string
	line int
}

// next takes a byte; ok is false at the end.
func (p *envParser) next() (c byte, ok bool) {
	if p.rest == "" {
		return 0, false
	}
	c, p.rest = p.rest[0], p.rest[1:]
	if c == '\n' {
		p.line++
	}
	return c, true
}

// name reads up to the = of a line; ok is false for a line without one, whose
// text it gives, empty for a comment.
func (p *envParser) name() (name string, ok bool) {
	start := strings.TrimLeft(p.rest, " \t")
	comment := strings.HasPrefix(start, "#") || strings.HasPrefix(start, ";")
	text, end := "", false
	for {
		c, more := p.next()
		switch {
		case !more, c == '\n':
			end = true
		case c == '=' && !comment:
			return strings.TrimSpace(text), true
		default:
			text += string(c)
		}
		if end {
			break
		}
	}
	if comment {
		return "", false
	}
	return strings.TrimSpace(text), false
}

// value reads the rest of a setting.
func (p *envParser) value() string {
	var out []byte
	kept := 0      // length up to which blanks at the end are meant
	begun := false // something stands before: quotes are then letters
	var quote byte // 0: outside
	for {
		c, ok := p.next()
		if !ok {
			break
		}
		switch {
		case quote == '\'' && c == '\'', quote == '"' && c == '"':
			quote, begun, kept = 0, false, len(out)
		case quote == '\'':
			out = append(out, c)
		case quote == '"' && c == '\\':
			escaped, more := p.next()
			switch {
			case !more || escaped == '\n':
			case strings.IndexByte("\"\\`$", escaped) >= 0:
				out = append(out, escaped)
			default:
				out = append(out, '\\', escaped)
			}
		case quote == '"':
			out = append(out, c)
		case c == '\n':
			return string(out[:kept])
		case c == '\\':
			if escaped, more := p.next(); more && escaped != '\n' {
				out = append(out, escaped)
			}
			begun, kept = true, len(out)
		case !begun && (c == '\'' || c == '"'):
			quote = c
		case c == ' ' || c == '\t':
			if begun {
				out = append(out, c)
			}
		default:
			out = append(out, c)
			begun, kept = true, len(out)
		}
	}
	if quote != 0 {
		kept = len(out)
	}
	return string(out[:kept])
}
