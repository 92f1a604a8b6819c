package cap

import (
	"fmt"
	"slices"
	"strings"

	"callbox/outages"
)

// Rules check documents. The rules are numbered; each stands in a function of its number. The zero value
// checks what a document alone can tell, which is all that is known of documents of others.
type Rules struct {
	Atlas    Atlas           // for real SAME codes and the jurisdiction; may be nil
	Speaker  outages.Speaker // whose jurisdiction the polygons lie in, and whose zone the times are in
	Earlier  []Document      // of the same outage
	Loopback bool            // a web address may be plain http on loopback: demo and tests
}

// Lint checks documents that were composed or stored here. A warning that many of them share is said once.
func (r Rules) Lint(docs []Document) []outages.Finding {
	var out report
	seen, drawn := map[string]bool{}, map[string]int{}
	for _, d := range docs {
		if seen[d.Identifier] {
			out.block(2, d.Identifier, "two documents of one bulletin have this name")
		}
		seen[d.Identifier] = true
		a, findings := r.document(d)
		for _, f := range findings {
			said := func(o outages.Finding) bool { return !o.Block && o.Rule == f.Rule && o.Text == f.Text }
			if f.Block || !slices.ContainsFunc(out, said) {
				out = append(out, f)
			}
		}
		if len(a.Infos) > 0 && len(a.Infos[0].Areas) > 0 {
			shape := strings.Join(a.Infos[0].Areas[0].Polygons, " ")
			if drawn[shape]++; drawn[shape] == 2 {
				out.warn(8, d.Identifier, "has the same outline as another document: phones there hear both; their areas have no outlines of their own")
			}
		}
	}
	return out
}

// Check checks the bytes of any CAP document.
func (r Rules) Check(document []byte) []outages.Finding {
	_, out := r.document(Document{XML: document})
	return out
}

// document reads a document and checks it; the alert is zero where it cannot be read.
func (r Rules) document(d Document) (Alert, []outages.Finding) {
	name := d.Identifier
	if name == "" {
		name = "document"
	}
	out := rule01(name, unsigned(d.XML))
	a, err := Parse(d.XML)
	if err != nil {
		out.block(1, name, "%v", err)
		return a, out
	}
	if d.Identifier == "" && a.Identifier != "" {
		name = a.Identifier
	}
	s := subject{Document: d, Alert: a, name: name}
	for _, rule := range []func(subject) report{
		r.rule02, r.rule03, rule04, r.rule05, rule06, rule07, r.rule08, rule09, r.rule10, rule11, r.rule12, rule13,
	} {
		out = append(out, rule(s)...)
	}
	return a, out
}

// subject is a document under check. The Document's fields but XML are empty for a document of others.
type subject struct {
	Document
	Alert
	name string
}

// at names a field of an info element, for a finding.
func (s subject) at(i int, field string) string {
	return fmt.Sprintf("%s, info %s, %s", s.name, s.Infos[i].Language, field)
}

// rings reports whether the document is meant for phones.
func (s subject) rings() bool {
	return slices.ContainsFunc(s.Infos, func(i Info) bool {
		return slices.ContainsFunc(i.Parameters, func(p Value) bool { return p.Name == "WEAHandling" || strings.HasPrefix(p.Name, "CMAM") })
	})
}

// report collects findings.
type report []outages.Finding

func (r *report) block(rule int, place, format string, args ...any) {
	*r = append(*r, outages.Finding{Rule: fmt.Sprintf("cap-%d", rule), Block: true, Place: place, Text: fmt.Sprintf(format, args...)})
}

func (r *report) warn(rule int, place, format string, args ...any) {
	*r = append(*r, outages.Finding{Rule: fmt.Sprintf("cap-%d", rule), Place: place, Text: fmt.Sprintf(format, args...)})
}
