package main

import (
	"fmt"
	"io"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/proofs"
	"callbox/templates"
)

// preview is a draft with everything that would be sent.
type preview struct {
	desk.Draft
	Proofs []proofs.Proof `json:"proofs"`
	// Federal is the federal template for phones, for alert origination programs that offer it.
	Federal []templates.Federal `json:"federal,omitempty"`
}

// preview prints every text of a draft by area, channel and language. Its error is a *desk.Blocked when a
// rule blocks; the findings are printed already.
func (e *env) preview(p *program, d desk.Draft) error {
	list, found := p.desk.Proofs(e.ctx, d)
	d.Findings = append(d.Findings, found...)
	federal, left := p.desk.Federal(d)
	d.Findings = append(d.Findings, left...)
	v := preview{Draft: d, Proofs: list, Federal: federal}
	e.result(v, v.write)
	if d.Findings.Blocked() {
		return errFindings
	}
	return nil
}

func (v preview) write(w io.Writer) {
	writeHead(w, v.Draft)
	of := ""
	for _, p := range v.Proofs {
		if head := fmt.Sprintf("%s, %s [%s]", p.Place, p.Channel, p.Lang); head != of {
			of = head
			fmt.Fprintf(w, "\n%s\n", head)
		}
		limit := ""
		if p.Limit > 0 {
			limit = fmt.Sprintf(" of %d", p.Limit)
		}
		text := p.Text
		if p.Unit == "bytes" {
			text = "" // its words are shown above
		}
		fmt.Fprintf(w, "  %s (%d%s %s) %s\n", p.Field, p.Length, limit, p.Unit, strings.ReplaceAll(text, "\n", "\n    "))
	}
	for _, f := range v.Federal {
		fmt.Fprintf(w, "\n%s, federal phone template [%s] (%d of %d characters)\n  %s\n", f.Place, f.Lang, f.Length, templates.FederalMax, f.Text)
		if f.Left != "" {
			fmt.Fprintf(w, "  There was no room for the %s.\n", f.Left)
		}
	}
	fmt.Fprintln(w)
	writeFindings(w, v.Draft)
}
