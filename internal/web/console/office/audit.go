package office

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/trail"
	"callbox/internal/web/console/frame"
)

// perPage is how many entries a page of the trail shows.
const perPage = 100

// auditView is a page of the audit trail.
type auditView struct {
	Verified string // how far it is whole; empty where it is not
	Broken   string // what does not match
	Actor    string
	Action   string
	Object   string
	Days     string
	Entries  []auditLine
	Older    string // the address of the next page; empty on the last
	File     string
	People   []choice
}

type auditLine struct {
	Seq                               int64
	When, Actor, Action, Object, More string
}

func audit(c *frame.Call) error {
	q := c.URL.Query()
	v := auditView{Actor: q.Get("who"), Action: q.Get("action"), Object: q.Get("object"), Days: q.Get("days"), File: c.Path("/office/audit.jsonl")}
	state, err := c.Desk.VerifyAudit(c.Context(), c.Actor)
	if broken, ok := errors.AsType[*trail.Broken](err); ok {
		v.Broken = "Entry " + strconv.FormatInt(broken.Seq, 10) + " does not match: " + broken.Text + "."
	} else if err != nil {
		return err
	}
	v.Verified = "Verified to entry " + strconv.FormatInt(state.Entries, 10) + " at " + c.When(c.Now)
	if state.Copied > 0 {
		v.Verified += "; the second copy says the same to entry " + strconv.FormatInt(state.Copied, 10)
	}
	v.Verified += "."
	f := desk.AuditFilter{Actor: v.Actor, Action: v.Action, Object: v.Object}
	if days, err := strconv.Atoi(v.Days); err == nil && days > 0 {
		f.Since = c.Now.Add(-time.Duration(days) * 24 * time.Hour)
	}
	entries, err := c.Desk.AuditEntries(c.Context(), c.Actor, f)
	if err != nil && v.Broken == "" {
		return err
	}
	return v.show(c, entries)
}

func (v auditView) show(c *frame.Call, entries []officials.Entry) error {
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	for id, name := range names {
		v.People = append(v.People, choice{id, name, id == v.Actor})
	}
	slices.SortFunc(v.People, func(x, y choice) int { return strings.Compare(x.Text, y.Text) })
	q := c.URL.Query()
	from, err := strconv.Atoi(q.Get("from"))
	if err != nil || from < 0 || from > len(entries) {
		from = 0
	}
	if from+perPage < len(entries) {
		q.Set("from", strconv.Itoa(from+perPage))
		v.Older = "?" + q.Encode()
	}
	for _, e := range entries[from:min(len(entries), from+perPage)] {
		who := names[e.Actor]
		if who == "" {
			who = e.Actor
		}
		v.Entries = append(v.Entries, auditLine{e.Seq, c.When(e.At), who, e.Action, e.Object, e.Detail})
	}
	return c.Show(http.StatusOK, "office-audit", "Audit trail", v)
}

// auditFile is the agency's part of the trail, one JSON object on each line.
func auditFile(c *frame.Call) error {
	entries, err := c.Desk.AuditEntries(c.Context(), c.Actor, desk.AuditFilter{})
	if err != nil {
		return err
	}
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", "application/jsonl")
	h.Set("Content-Disposition", `attachment; filename="audit.jsonl"`)
	out := json.NewEncoder(c.ResponseWriter)
	for _, e := range slices.Backward(entries) {
		if err := out.Encode(e); err != nil {
			return nil // the reader left
		}
	}
	return nil
}
