package areas

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func (z ZIP) valid() bool { return len(z) == 5 && strings.Trim(string(z), "0123456789") == "" }

// zipTable holds the built-in candidates of every ZIP code: an array by number instead of a map, because
// it is filled at every start and then read for every place.
type zipTable struct {
	at    [100_000]uint16 // where in lists; 0 means that there is no such ZIP code
	lists [][]ID          // neighbours have the same candidates: each list stands once
	count map[ID]int      // of how many ZIP codes an area is a candidate
}

func (t *zipTable) candidates(zip ZIP) []ID {
	n, err := strconv.Atoi(string(zip))
	if err != nil || !zip.valid() {
		return nil
	}
	return t.lists[t.at[n]]
}

// all goes through the ZIP codes in order.
func (t *zipTable) all() iter.Seq2[ZIP, []ID] {
	return func(yield func(ZIP, []ID) bool) {
		for n, list := range t.at {
			if list != 0 && !yield(ZIP(strconv.Itoa(100_000 + n)[1:]), t.lists[list]) {
				return
			}
		}
	}
}

// ZIPs goes through every ZIP code and its candidates: the built-in ones in order, then those that only
// an agency knows.
func (b *Book) ZIPs() iter.Seq2[ZIP, []ID] {
	return func(yield func(ZIP, []ID) bool) {
		built := builtIn().zips
		for zip, ids := range built.all() {
			if own, ok := b.zips[zip]; ok {
				ids = own
			}
			if !yield(zip, ids) {
				return
			}
		}
		for _, zip := range slices.Sorted(maps.Keys(b.zips)) {
			if built.candidates(zip) == nil && !yield(zip, b.zips[zip]) {
				return
			}
		}
	}
}

// Suggest returns the ZIP code that exists and differs from a mistyped one in one digit or by two
// neighbours swapped; empty when none does. Of several it prefers one that begins alike.
func (b *Book) Suggest(zip ZIP) ZIP {
	if !zip.valid() {
		return ""
	}
	for i := len(zip) - 1; i >= 0; i-- {
		if i > 0 {
			swapped := []byte(zip)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			if b.Candidates(ZIP(swapped)) != nil {
				return ZIP(swapped)
			}
		}
		changed := []byte(zip)
		for step := byte(1); step < 10; step++ {
			changed[i] = '0' + (zip[i]-'0'+step)%10
			if b.Candidates(ZIP(changed)) != nil {
				return ZIP(changed)
			}
		}
	}
	return ""
}
