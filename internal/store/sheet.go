package store

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// standing is how a delivery on a sheet stands. The values are stored, in two bits.
type standing uint8

const (
	waits    standing = 0
	accepted standing = 1 // at the first attempt, without a receipt or a reason
	apart    standing = 2 // it has a row of its own, which says
)

// entry is one delivery on a sheet.
type entry struct {
	cursor
	standing standing
}

// sheet is the deliveries of one cut of an audience, in the order of area sets and addresses. It is read and
// written as a whole: two bytes for a delivery, where a row has thirty and must be found to be changed.
type sheet struct {
	bulletin, lane int64
	at             int64 // of the last change, in milliseconds
	entries        []entry
}

// cursor is a place in the order of an audience: area sets, and addresses within each.
type cursor struct{ set, addr int64 }

func (c cursor) compare(o cursor) int {
	return cmp.Or(cmp.Compare(c.set, o.set), cmp.Compare(c.addr, o.addr))
}

// find returns the delivery of an address, or nil.
func (s *sheet) find(c cursor) *entry {
	if s == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(s.entries, c, func(e entry, c cursor) int { return e.compare(c) })
	if !ok {
		return nil
	}
	return &s.entries[i]
}

func (s *sheet) last() cursor { return s.entries[len(s.entries)-1].cursor }

// waiting reports whether any delivery on the sheet waits.
func (s *sheet) waiting() bool {
	return s != nil && slices.ContainsFunc(s.entries, func(e entry) bool { return e.standing == waits })
}

// encode writes the entries as unsigned varints: for each area set what its ID adds to the one before, how
// many entries follow, and for each of them what the address adds to the one before, times four, plus how
// it stands.
func (s *sheet) encode() []byte {
	out := make([]byte, 0, 2*len(s.entries)+16)
	var set int64
	for left := s.entries; len(left) > 0; {
		n := 1
		for n < len(left) && left[n].set == left[0].set {
			n++
		}
		out = binary.AppendUvarint(out, uint64(left[0].set-set))
		out = binary.AppendUvarint(out, uint64(n))
		set = left[0].set
		var addr int64
		for _, e := range left[:n] {
			out = binary.AppendUvarint(out, uint64(e.addr-addr)<<2|uint64(e.standing))
			addr = e.addr
		}
		left = left[n:]
	}
	return out
}

var errSheet = errors.New("a sheet of the ledger is damaged")

// decodeEntries reads what encode wrote.
func decodeEntries(data []byte) ([]entry, error) {
	out := make([]entry, 0, len(data)*2/3)
	next := func() (v uint64) {
		v, n := binary.Uvarint(data)
		data = data[max(n, 0):]
		if n <= 0 {
			data = nil
		}
		return v
	}
	var at, before cursor
	for len(data) > 0 {
		at = cursor{set: at.set + int64(next())}
		for n := next(); n > 0; n-- {
			if len(data) == 0 {
				return nil, errSheet
			}
			v := next()
			at.addr += int64(v >> 2)
			if at.compare(before) <= 0 {
				return nil, errSheet
			}
			out = append(out, entry{at, standing(v & 3)})
			before = at
		}
	}
	if len(out) == 0 {
		return nil, errSheet
	}
	return out, nil
}
