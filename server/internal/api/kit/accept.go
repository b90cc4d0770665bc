package kit

import (
	"strconv"
	"strings"
)

// Quality is what an Accept or Accept-Encoding header thinks of a value that it
// names; 0 where it does not.
func Quality(header, value string) float64 {
	for _, part := range strings.Split(header, ",") {
		name, rest, weighted := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), value) {
			continue
		}
		if !weighted {
			return 1
		}
		for _, p := range strings.Split(rest, ";") {
			k, v, _ := strings.Cut(p, "=")
			if strings.EqualFold(strings.TrimSpace(k), "q") {
				q, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
				if err != nil || !(q >= 0 && q <= 1) {
					return 0
				}
				return q
			}
		}
		return 1
	}
	return 0
}

// Kept names the answer by a tag, which is its content's, and reports that the
// client has it: If-None-Match names the tag, perhaps among others.
func (c *Call) Kept(tag string) bool {
	tag = `"` + tag + `"`
	c.SetHeader("ETag", tag)
	for _, t := range strings.Split(strings.Join(c.Headers("If-None-Match"), ","), ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}

// Unkept takes back that an answer may be kept, and hands its error on.
func (c *Call) Unkept(err error) error {
	c.SetHeader("ETag", "")
	c.SetHeader("Cache-Control", "no-store")
	return err
}
