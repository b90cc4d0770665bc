package store

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// town cuts an address to what strangers may read: town or city, province or
// district, and region or state, as far as the address has them. It reads the
// address from its end, as geocoders write it ("house, street, village, town,
// province, region, postal code, country") and as people do. It never shows a
// house number, the part after it, a street, a village above which there is a
// town, a part with digits in it (lots, postal codes and, where the app found
// no name, the very coordinates), or the country.
func town(address string) string {
	parts, known := addressParts(address)
	if len(parts) == 0 {
		return ""
	}
	a := levels{parts: parts, at: len(parts) - 1}
	region := a.take(isRegion)
	province := a.takeProvince(region, known)
	if region == "" && province == "" && !known && !isCity(parts[a.at]) {
		return unplaced(parts)
	}
	var kept []string
	for _, part := range []string{a.town(), province, region} {
		if part != "" && !hasDigit(part) && (len(kept) == 0 || !strings.EqualFold(kept[len(kept)-1], part)) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ", ")
}

// unplaced is what is shown of an address in which nothing is known: its last
// three parts at most, never the first one.
func unplaced(parts []string) string {
	for len(parts) > 0 && !hasLetter(parts[0]) {
		parts = parts[1:]
	}
	var kept []string
	for _, part := range parts[min(1, len(parts)):] {
		if !hasDigit(part) && !isFine(part) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept[max(0, len(kept)-3):], ", ")
}

// addressParts are an address's parts without postal codes at its end and
// without the country; known says that the country was one of those below.
func addressParts(address string) (parts []string, known bool) {
	for part := range strings.SplitSeq(address, ",") {
		if part = strings.Join(strings.Fields(part), " "); part != "" {
			parts = append(parts, part)
		}
	}
	for len(parts) > 0 {
		last := len(parts) - 1
		switch {
		case postal.MatchString(parts[last]):
			parts = parts[:last]
		case !known && slices.Contains(countries, placeKey(parts[last])):
			parts, known = parts[:last], true
		default:
			// "5000 Iloilo", "Maharashtra 415612", "Dhaka-1216"
			if m := coded.FindStringSubmatch(parts[last]); m != nil {
				parts[last] = m[1] + m[2]
			}
			return parts, known
		}
	}
	return parts, known
}

var (
	postal = regexp.MustCompile(`^\p{Nd}{3} ?\p{Nd}{1,3}$`)
	coded  = regexp.MustCompile(`^(?:\p{Nd}{4,6} (\pL\P{Nd}*)|(\pL\P{Nd}*?)[ -]+\p{Nd}{4,6})$`)
)

// levels reads an address from its end.
type levels struct {
	parts []string
	at    int // the part to be read next
}

func (a *levels) take(is func(string) bool) string {
	if a.at < 0 || !is(a.parts[a.at]) {
		return ""
	}
	a.at--
	return a.parts[a.at+1]
}

// takeProvince takes a province or district. In India a district's name says
// nothing: it is what stands before the state, with a town before it.
func (a *levels) takeProvince(region string, known bool) string {
	switch {
	case slices.Contains(regions["ph"], placeKey(region)) && a.at > 0 && strings.HasSuffix(placeKey(a.parts[a.at]), " district"):
		a.at-- // a part of Metro Manila
		return ""
	case slices.Contains(regions["in"], placeKey(region)) && a.at > 0,
		region == "" && known && a.at > 0 && !isCity(a.parts[a.at]):
		if at := a.at; a.mayShow(at) {
			a.at--
			return a.parts[at]
		}
		return ""
	}
	return a.take(isProvince)
}

// town is the part that is left at the end, if it can be one.
func (a *levels) town() string {
	if a.at >= 2 && isDivided(a.parts[a.at]) && a.mayShow(a.at-1) {
		a.at-- // "Bengaluru, Bangalore North"; "Dhaka, Dhaka Metropolitan"
	}
	if a.at < 0 || !a.mayShow(a.at) {
		return ""
	}
	return a.parts[a.at]
}

// mayShow reports whether a part can be a town or what is above one: it is not
// the part after a house number, and nothing finer.
func (a *levels) mayShow(at int) bool {
	part := a.parts[at]
	return hasLetter(part) && !hasDigit(part) && !isFine(part) && (at != 1 || hasLetter(a.parts[0]))
}

// placeKey folds a place's name for comparison.
func placeKey(name string) string {
	if i := strings.IndexByte(name, '('); i > 0 {
		name = name[:i] // "Philippines (the)", "Western Visayas (Region VI)"
	}
	name = strings.ToLower(strings.TrimSpace(name))
	return strings.TrimPrefix(strings.TrimSuffix(name, " province"), "province of ")
}

func isRegion(part string) bool {
	key := placeKey(part)
	for _, names := range regions {
		if slices.Contains(names, key) {
			return true
		}
	}
	return strings.HasSuffix(key, " division") || strings.HasSuffix(key, " বিভাগ") || numberedRegion.MatchString(key)
}

var numberedRegion = regexp.MustCompile(`^region [ivx]+(-[ab])?$`)

func isProvince(part string) bool {
	key := placeKey(part)
	return slices.Contains(provinces, key) || strings.HasSuffix(key, " district") || strings.HasSuffix(key, " জেলা")
}

func isCity(part string) bool {
	key := placeKey(part)
	return strings.HasSuffix(key, " city") || strings.HasPrefix(key, "city of ")
}

// isDivided: a part of a large city that a geocoder puts above the city.
func isDivided(part string) bool {
	words := strings.Fields(placeKey(part))
	return len(words) > 1 && slices.Contains([]string{"north", "south", "east", "west", "central", "metropolitan"}, words[len(words)-1])
}

// isFine: a street, an estate or a village's part, finer than any town.
func isFine(part string) bool {
	words := strings.Fields(strings.ToLower(part))
	for i := range words {
		words[i] = strings.TrimSuffix(words[i], ".")
	}
	return slices.Contains(finerFirst, words[0]) || slices.Contains(finerLast, words[len(words)-1])
}

func hasDigit(part string) bool  { return strings.ContainsFunc(part, unicode.IsDigit) }
func hasLetter(part string) bool { return strings.ContainsFunc(part, unicode.IsLetter) }
