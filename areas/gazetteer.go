package areas

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
)

// The tables are made by the scripts below generate/ and described in GAZETTEER.md.
//
//go:generate npm --prefix generate ci --no-audit --no-fund --ignore-scripts
//go:generate node generate/generate.mjs

//go:embed gazetteer.tsv.gz
var gazetteerTable []byte

// gazetteer is the built-in part of every book.
type gazetteer struct {
	areas map[ID]Area
	zips  *zipTable
	same  map[ZIP]string // Connecticut: the SAME code of the old county
}

var builtIn = sync.OnceValue(func() gazetteer {
	g, err := readGazetteer(gazetteerTable)
	if err != nil {
		panic("areas: the embedded gazetteer: " + err.Error())
	}
	return g
})

func readGazetteer(table []byte) (gazetteer, error) {
	text, err := inflate(table)
	if err != nil {
		return gazetteer{}, err
	}
	places, zips, ok := strings.Cut(text, "\n\n")
	if !ok {
		return gazetteer{}, fmt.Errorf("no empty line between areas and ZIP codes")
	}
	g := gazetteer{areas: map[ID]Area{}, same: map[ZIP]string{}}
	for line := range strings.SplitSeq(places, "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return gazetteer{}, fmt.Errorf("area with %d fields: %q", len(f), line)
		}
		id := ID(f[0])
		g.areas[id] = Area{ID: id, Name: f[1], State: f[2], SAME: strings.Fields(f[3]), Within: ID(f[4])}
	}
	return g, g.readZIPs(zips)
}

func (g *gazetteer) readZIPs(lines string) error {
	t := &zipTable{lists: [][]ID{nil}, count: map[ID]int{}}
	known := map[string]uint16{}
	uses := []int{0}
	for line := range strings.Lines(lines) {
		zip, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		ids, same, _ := strings.Cut(rest, "\t")
		n, err := strconv.Atoi(zip)
		if err != nil || n < 0 || n >= len(t.at) {
			return fmt.Errorf("not a ZIP code: %q", zip)
		}
		list, ok := known[ids]
		if !ok {
			list = uint16(len(t.lists))
			known[ids] = list
			t.lists, uses = append(t.lists, fields(ids)), append(uses, 0)
		}
		uses[list]++
		t.at[n] = list
		if same != "" {
			g.same[ZIP(zip)] = same
		}
	}
	if len(t.lists) > math.MaxUint16 {
		return fmt.Errorf("%d lists of candidates are more than the table can number", len(t.lists))
	}
	for list, ids := range t.lists {
		for _, id := range ids {
			t.count[id] += uses[list]
		}
	}
	g.zips = t
	return nil
}

func fields(text string) []ID {
	var ids []ID
	for id := range strings.FieldsSeq(text) {
		ids = append(ids, ID(id))
	}
	return ids
}

// inflate decompresses a table. The last four bytes of a gzip file are the size of its text (RFC 1952).
func inflate(table []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.Grow(int(binary.LittleEndian.Uint32(table[len(table)-4:]) & 0xFFFFFF))
	if _, err := io.Copy(&text, r); err != nil {
		return "", err
	}
	return text.String(), nil
}
