package dispatch

import (
	"fmt"
	"testing"

	"callbox/areas"
	"callbox/outages"
	"callbox/templates"
)

// BenchmarkReaders gives every reader the text of its areas. Texts are joined once for each distinct set
// of areas, however many readers share it: the work that grows with readers is one look-up each.
func BenchmarkReaders(b *testing.B) {
	const towns, sets = 351, 2000
	for _, readers := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(readers), func(b *testing.B) {
			list := make([]Recipient, sets)
			for i := range list {
				list[i] = Recipient{Langs: []templates.Lang{"en"}, Areas: []areas.ID{
					areas.ID(fmt.Sprintf("x-%03d", i%towns)), areas.ID(fmt.Sprintf("x-%03d", (i*7+i/towns+1)%towns))}}
			}
			joined := 0
			for b.Loop() {
				e := &edition{joined: map[string][]templates.Text{}, Issued: &Issued{ID: 1,
					Bulletin: outages.Bulletin{Outage: "o", Seq: 1, Mode: outages.Live}, Texts: map[areas.ID]map[templates.Lang]templates.Text{}}}
				for i := range towns {
					name := fmt.Sprintf("x-%03d", i)
					e.Texts[areas.ID(name)] = map[templates.Lang]templates.Text{"en": langText(name, "en")}
				}
				for i := range readers {
					if len(e.texts(list[i%sets])) != 1 {
						b.Fatal("a reader has no text")
					}
				}
				joined = len(e.joined)
			}
			b.ReportMetric(float64(joined), "joined")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(readers), "ns/reader")
		})
	}
}
