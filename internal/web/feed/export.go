package feed

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"callbox/internal/web/answer"
	"callbox/internal/web/plainfile"
	"callbox/outages"
)

// Export writes the live feed below a folder as plain files, for a second host to serve when this one is
// gone: cap/rss.xml, cap/atom.xml, the documents, alerts/active and so on, the same bytes that are served.
// Each file is replaced whole, documents before the feeds that list them. Files of older documents stay.
// Drills and tests are not exported.
func (f *Feed) Export(ctx context.Context, dir string) error {
	s, err := f.latest(ctx)
	if err != nil {
		return fmt.Errorf("export the feed: %w", err)
	}
	live := s.editions[outages.Live]
	pages := maps.Clone(live.pages)
	// The feed of an area whose outage has left the window must become empty there too.
	former, err := filepath.Glob(filepath.Join(dir, "cap", "area", "[0-9][0-9][0-9][0-9][0-9][0-9]"))
	if err != nil {
		return fmt.Errorf("export the feed: %w", err)
	}
	for _, folder := range former {
		maps.Copy(pages, live.area(filepath.Base(folder)))
	}
	paths := slices.SortedFunc(maps.Keys(pages), func(a, b string) int {
		return strings.Compare(rank(pages[a])+a, rank(pages[b])+b)
	})
	for _, path := range paths {
		if err := plainfile.Replace(filepath.Join(dir, filepath.FromSlash(path)), pages[path].Body()); err != nil {
			return fmt.Errorf("export %s: %w", path, err)
		}
	}
	return nil
}

// rank sorts what never changes before what lists it.
func rank(p *answer.Answer) string {
	if p.Cache() == cacheDocument {
		return "0"
	}
	return "1"
}
