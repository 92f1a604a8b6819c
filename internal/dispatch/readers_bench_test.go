package dispatch

import (
	"fmt"
	"testing"
	"time"

	"callbox/areas"
	"callbox/outages"
	"callbox/templates"
)

const (
	benchTowns = 351
	benchSets  = 2000 // of two towns each
)

// wordingEdition is a bulletin to a state with nothing joined yet.
func wordingEdition() *edition {
	e := &edition{joined: map[string][]templates.Text{}, Issued: &Issued{ID: 1,
		Bulletin: outages.Bulletin{Outage: "o", Seq: 1, Mode: outages.Live}, Texts: map[areas.ID]map[templates.Lang]templates.Text{}}}
	for i := range benchTowns {
		name := fmt.Sprintf("x-%03d", i)
		e.Texts[areas.ID(name)] = map[templates.Lang]templates.Text{"en": langText(name, "en"), "es": langText(name, "es")}
	}
	return e
}

// wordingSets are readers of each area set in each of two languages.
func wordingSets() []Recipient {
	var out []Recipient
	for i := range benchSets {
		ids := []areas.ID{areas.ID(fmt.Sprintf("x-%03d", i%benchTowns)), areas.ID(fmt.Sprintf("x-%03d", (i*7+i/benchTowns+1)%benchTowns))}
		out = append(out, Recipient{Langs: []templates.Lang{"en"}, Areas: ids}, Recipient{Langs: []templates.Lang{"es"}, Areas: ids})
	}
	return out
}

// BenchmarkWording is what it costs to word a bulletin for everybody: the texts that are joined, once for
// each distinct area set and language, however many readers share them. It is the same for 10,000 readers
// and for 1,000,000: joins and wording-ms do not grow with them.
func BenchmarkWording(b *testing.B) {
	sets := wordingSets()
	for _, readers := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(readers), func(b *testing.B) {
			var joins int
			var wording time.Duration
			for b.Loop() {
				e := wordingEdition()
				wording = 0
				last := -1
				for i := range readers {
					set := i * len(sets) / readers // as the ledger reads them: set by set
					if set == last {
						continue // has the texts of the reader before; finding them is BenchmarkReaders
					}
					began := time.Now()
					if len(e.texts(sets[set])) != 1 {
						b.Fatal("a reader has no text")
					}
					wording += time.Since(began)
					last = set
				}
				joins = len(e.joined)
			}
			b.ReportMetric(float64(joins), "joins")
			b.ReportMetric(float64(wording.Microseconds())/1000, "wording-ms")
		})
	}
}

// BenchmarkReaders is what is left for each reader: finding the texts that are there. It grows with
// readers, as reading them from the ledger and writing to them does.
func BenchmarkReaders(b *testing.B) {
	sets, e := wordingSets(), wordingEdition()
	batch := make([]Recipient, 500) // of one area set, in turns of two languages
	for i := range batch {
		batch[i] = sets[i%2]
	}
	for b.Loop() {
		for _, texts := range e.textsFor(batch) {
			if len(texts) != 1 {
				b.Fatal("a reader has no text")
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(batch)), "ns/reader")
}
