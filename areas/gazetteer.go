package areas

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
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
	zips  map[ZIP][]ID
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
	g.zips = make(map[ZIP][]ID, strings.Count(zips, "\n"))
	lists := map[string][]ID{} // neighbours have the same candidates: keep each list once
	for line := range strings.Lines(zips) {
		zip, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		ids, same, _ := strings.Cut(rest, "\t")
		if _, ok := lists[ids]; !ok {
			for id := range strings.FieldsSeq(ids) {
				lists[ids] = append(lists[ids], ID(id))
			}
		}
		g.zips[ZIP(zip)] = lists[ids]
		if same != "" {
			g.same[ZIP(zip)] = same
		}
	}
	return g, nil
}

func inflate(table []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}
