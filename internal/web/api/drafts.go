package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/templates"
)

// Draft is a draft as the API tells it. In lists it comes without its declaration, texts, findings and
// recipients.
type Draft struct {
	ID          string                `json:"id,omitempty"` // empty for a lint
	Outage      string                `json:"outage"`
	Seq         int                   `json:"seq"`
	Kind        outages.Kind          `json:"kind"`
	Mode        outages.Mode          `json:"mode"`
	State       string                `json:"state"` // draft, submitted, approved, issued, withdrawn
	Version     int64                 `json:"version"`
	Editors     []string              `json:"editors"`
	Submitter   string                `json:"submitter,omitempty"`
	Hash        string                `json:"hash,omitempty"`       // of facts and texts, once submitted
	Code        string                `json:"code,omitempty"`       // of the hash, to compare by voice
	Approval    *outages.Approval     `json:"approval,omitempty"`   // once approved
	Release     time.Time             `json:"release_at,omitzero"`  // when an approved draft is issued
	Declaration *outages.Declaration  `json:"declaration,omitzero"` // as it was understood
	Texts       []templates.Text      `json:"texts,omitempty"`      // one for each area and language
	Struck      []Struck              `json:"struck,omitempty"`     // numbers that are not printed, and why
	Findings    []outages.Finding     `json:"findings,omitzero"`
	Recipients  map[channels.Name]int `json:"recipients,omitzero"`
}

// Struck is a number that must not be printed in an area.
type Struck struct {
	Area string `json:"area"`
	Tel  string `json:"tel"`
	Why  string `json:"why"`
}

// summary is a draft as it stands in a list.
func summary(d store.Draft) Draft {
	out := Draft{ID: d.ID, Outage: d.Outage, Seq: d.Seq, Kind: d.Declaration.Kind, Mode: d.Declaration.Mode, State: d.State, Version: d.Version,
		Editors: d.Editors, Submitter: d.Submitter, Hash: d.Hash, Approval: d.Approval, Release: d.Release}
	if d.Hash != "" {
		out.Code = outages.Code(d.Hash)
	}
	if out.Editors == nil {
		out.Editors = []string{}
	}
	return out
}

// whole answers with a draft and everything its official needs to see.
func whole(status int, d desk.Draft) (reply, error) {
	doc := summary(d.Draft)
	doc.Declaration, doc.Texts, doc.Recipients = &d.Declaration, d.Texts.Areas, d.Recipients
	doc.Findings = append([]outages.Finding{}, d.Findings...)
	for _, advice := range d.Facts.Advice {
		for _, s := range advice.Struck {
			doc.Struck = append(doc.Struck, Struck{Area: advice.Area.FullName(), Tel: string(s.Number.Tel), Why: s.Why})
		}
	}
	out, err := answer(status, doc)
	if d.ID != "" {
		out.ETag = strconv.FormatInt(d.Version, 10)
	}
	if status == http.StatusCreated {
		out.Location = "/api/v1/drafts/" + d.ID
	}
	return out, err
}

// declaration reads the body as a declaration file: of a new outage, or of the next bulletin of one.
func (a *API) declaration(c *call, outage string) (outages.Declaration, error) {
	if len(c.body) == 0 {
		return outages.Declaration{}, c.into(nil)
	}
	return a.Desk.ReadNext(c.Context(), c.actor, outage, c.body)
}

// declare writes a draft: of a new outage, or of the next bulletin of the one in the path. What a rule
// forbids is written all the same, with its findings.
func (a *API) declare(c *call) (reply, error) {
	decl, err := a.declaration(c, c.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Declare(c.Context(), c.actor, c.PathValue("id"), decl)
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusCreated, d)
}

// notice takes a carrier's notice in: it opens a draft and sends nothing.
func (a *API) notice(c *call) (reply, error) {
	n, err := a.Desk.ReadNotice(c.Context(), c.body)
	if err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Notice(c.Context(), c.actor, c.URL.Query().Get("outage"), n)
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusCreated, d)
}

// lint tells what a draft would say and what rules find, and stores nothing.
func (a *API) lint(c *call) (reply, error) {
	outage := c.URL.Query().Get("outage")
	decl, err := a.declaration(c, outage)
	if err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Lint(c.Context(), c.actor, outage, decl)
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusOK, d)
}

func (a *API) drafts(c *call) (reply, error) {
	list, err := a.Desk.Drafts(c.Context(), c.actor)
	if err != nil {
		return reply{}, err
	}
	out := struct {
		Drafts []Draft `json:"drafts"`
	}{Drafts: []Draft{}}
	for _, d := range list {
		out.Drafts = append(out.Drafts, summary(d))
	}
	return answer(http.StatusOK, out)
}

func (a *API) draft(c *call) (reply, error) {
	d, err := a.Desk.Draft(c.Context(), c.actor, c.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusOK, d)
}

// revise replaces the declaration of a draft. The version that was read must be named: two who write
// over each other is how a wrong number gets out.
func (a *API) revise(c *call) (reply, error) {
	if c.Header.Get("If-Match") == "" {
		return reply{}, &problem{Status: http.StatusPreconditionRequired, Code: "if-match", Detail: "send If-Match with the ETag of the draft that you read"}
	}
	before, err := a.current(c)
	if err != nil {
		return reply{}, err
	}
	decl, err := a.declaration(c, before.Outage)
	if err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Revise(c.Context(), c.actor, before.ID, before.Version, decl)
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusOK, d)
}

// current returns the draft in the path if it is the version that the caller read.
func (a *API) current(c *call) (desk.Draft, error) {
	d, err := a.Desk.Draft(c.Context(), c.actor, c.PathValue("id"))
	if err != nil {
		return d, err
	}
	return d, c.match(d.Version)
}

func (a *API) submit(c *call) (reply, error) {
	before, err := a.current(c)
	if err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Submit(c.Context(), c.actor, before.ID)
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusOK, d)
}

// approve takes a second person's word for the draft with this code.
func (a *API) approve(c *call) (reply, error) {
	var in struct {
		Code       string `json:"code"`
		BreakGlass bool   `json:"break_glass"`
		Reason     string `json:"reason"`
		Area       string `json:"area"`
	}
	if err := c.into(&in); err != nil {
		return reply{}, err
	}
	before, err := a.current(c)
	if err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Approve(c.Context(), c.actor, before.ID, desk.Word{Code: strings.TrimSpace(in.Code), BreakGlass: in.BreakGlass, Reason: in.Reason, Area: in.Area})
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusOK, d)
}

func (a *API) withdraw(c *call) (reply, error) {
	before, err := a.current(c)
	if err != nil {
		return reply{}, err
	}
	d, err := a.Desk.Withdraw(c.Context(), c.actor, before.ID)
	if err != nil {
		return reply{}, err
	}
	return whole(http.StatusOK, d)
}
