package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"callbox/areas"
	"callbox/internal/dispatch"
	"callbox/templates"
)

// stretch is a piece of the roll: the active addresses of one area set on a lane, after one and up to another.
type stretch struct {
	lane, set   int64
	after, upTo int64
	testsOnly   bool // only those who want tests
	limit       int
}

// reader is an address with whatever is needed to reach it.
type reader struct {
	cursor
	to dispatch.Recipient
}

// readers reads a stretch, in order.
func (t *tx) readers(s *Store, of stretch) ([]reader, error) {
	set, err := s.sets.get(t, of.set)
	if err != nil {
		return nil, err
	}
	var out []reader
	langs := languages{}
	rows, err := t.query(`SELECT id, langs, sealed FROM addresses WHERE state = 1 AND lane = $1 AND set_id = $2
		AND id > $3 AND id <= $4 AND tests >= $5 ORDER BY id LIMIT $6`, of.lane, of.set, of.after, of.upTo, bit(of.testsOnly), of.limit)
	err = each(rows, err, func(r rowScanner) error {
		reader := reader{cursor: cursor{set: of.set}}
		var spoken, sealed sql.RawBytes
		if err := r.Scan(&reader.addr, &spoken, &sealed); err != nil {
			return err
		}
		var err error
		reader.to, err = s.recipient(set, langs.of(spoken), sealed)
		out = append(out, reader)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("readers of set %d: %w", of.set, err)
	}
	return out, nil
}

// recipient opens an address.
func (s *Store) recipient(set areaSet, langs []templates.Lang, sealed []byte) (dispatch.Recipient, error) {
	dest, err := s.sealer.Open(sealed)
	return dispatch.Recipient{Destination: dest.Reveal(), Langs: langs, Areas: set.areas, Crowd: set.crowd}, err
}

// bit is how the database holds a truth.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// languages keeps those of the readers before: most have the same few, and may share them.
type languages map[string][]templates.Lang

func (l languages) of(text []byte) []templates.Lang {
	list, ok := l[string(text)]
	if !ok {
		for lang := range strings.SplitSeq(string(text), ",") {
			list = append(list, templates.Lang(lang))
		}
		l[string(text)] = list
	}
	return list
}

// areaSet is what an area set says. It never changes.
type areaSet struct {
	areas []areas.ID
	crowd bool
}

// maxSets bounds what is kept of area sets in memory; a state has some thousands.
const maxSets = 10_000

// areaSets keeps the area sets that were read.
type areaSets struct {
	mu   sync.Mutex
	kept map[int64]areaSet
}

func (a *areaSets) get(t *tx, id int64) (areaSet, error) {
	a.mu.Lock()
	set, ok := a.kept[id]
	a.mu.Unlock()
	if ok {
		return set, nil
	}
	var text string
	if err := t.row(`SELECT crowd, areas FROM sets WHERE id = $1`, []any{id}, &set.crowd, &text); err != nil {
		return set, fmt.Errorf("area set %d: %w", id, err)
	}
	set.areas = splitAreas(text)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil || len(a.kept) >= maxSets {
		a.kept = map[int64]areaSet{}
	}
	a.kept[id] = set
	return set, nil
}

// copyLangs gives the addresses of a subscriber its languages: an audience is read without subscribers.
func (t *tx) copyLangs(subscriber int64) error {
	_, err := t.exec(`UPDATE addresses SET langs = (SELECT langs FROM subscribers WHERE id = $1) WHERE subscriber = $1`, subscriber)
	return err
}
