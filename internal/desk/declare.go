package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/templates"
)

// Draft is a draft with what its official needs to see.
type Draft struct {
	store.Draft
	Code     string           `json:"code,omitempty"` // six characters to compare by voice; empty until submitted
	Findings outages.Findings `json:"findings"`
	// Recipients counts the active addresses that it would reach, by channel.
	Recipients map[channels.Name]int `json:"recipients"`
}

// Declare writes a draft of the next bulletin of an outage, or, with an empty outage, of a new one.
// A draft that rules forbid is written all the same, with their findings: nothing typed is lost.
func (d *Desk) Declare(ctx context.Context, a officials.Actor, outage string, decl outages.Declaration) (Draft, error) {
	return d.open(ctx, a, outage, outages.Draft{Declaration: decl})
}

// open writes a draft with the declaration, and the notice, of one.
func (d *Desk) open(ctx context.Context, a officials.Actor, outage string, from outages.Draft) (Draft, error) {
	decl := from.Declaration
	if err := may(a, officials.Drafter, decl.Mode); err != nil {
		return Draft{}, err
	}
	o, err := d.outageFor(ctx, a, outage, decl)
	if err != nil {
		return Draft{}, err
	}
	if err := d.declarable(ctx, a, decl); err != nil {
		return Draft{}, err
	}
	if outage == "" {
		if decl.Kind != outages.Alert {
			return Draft{}, fmt.Errorf("%w: a new outage begins with an alert; name the outage that this %s belongs to", ErrConflict, decl.Kind)
		}
		if err := d.Store.NewOutage(ctx, o); err != nil {
			return Draft{}, fmt.Errorf("new outage: %w", err)
		}
	}
	draft := store.Draft{State: store.DraftOpen, Draft: outages.Draft{
		ID: token(10), Outage: o.ID, Seq: nextSeq(o), Declaration: decl, Notice: from.Notice, Editors: []string{a.Name()}}}
	return d.save(ctx, a, o, draft, "draft.declare")
}

// Revise replaces the declaration of a draft that is not issued yet; a submission or approval it had
// falls with it. Version is the one that was read: ErrConflict when somebody was quicker.
func (d *Desk) Revise(ctx context.Context, a officials.Actor, id string, version int64, decl outages.Declaration) (Draft, error) {
	draft, err := d.mine(ctx, a, id, officials.Drafter)
	if err != nil {
		return Draft{}, err
	}
	if version != 0 && version != draft.Version {
		return Draft{}, fmt.Errorf("%w: somebody changed the draft; read it again", ErrConflict)
	}
	o, err := d.outageFor(ctx, a, draft.Outage, decl)
	if err != nil {
		return Draft{}, err
	}
	if decl.Mode != o.Mode {
		return Draft{}, fmt.Errorf("%w: the mode of an outage never changes; this one is %s", ErrConflict, o.Mode)
	}
	if err := d.declarable(ctx, a, decl); err != nil {
		return Draft{}, err
	}
	if decl.Notice == nil {
		decl.Notice = draft.Declaration.Notice // a file does not know what notice its draft came from
	}
	draft.Declaration, draft.Seq = decl, nextSeq(o)
	draft.Submitter, draft.Hash, draft.Approval, draft.Texts = "", "", nil, store.Texts{}
	draft.State, draft.Facts = store.DraftOpen, outages.Facts{}
	if !slices.Contains(draft.Editors, a.Name()) {
		draft.Editors = append(draft.Editors, a.Name())
	}
	return d.save(ctx, a, o, draft, "draft.revise")
}

func (d *Desk) save(ctx context.Context, a officials.Actor, o outages.Outage, draft store.Draft, action string) (Draft, error) {
	if err := d.Store.SaveDraft(ctx, draft, entry(a, action, draft.ID, string(draft.Declaration.Kind))); err != nil {
		return Draft{}, stale(err)
	}
	draft.Version++
	return d.look(ctx, o, draft)
}

func stale(err error) error {
	if errors.Is(err, store.ErrStale) {
		return fmt.Errorf("%w: somebody changed the draft or the outage meanwhile; read it again", ErrConflict)
	}
	return err
}

// look works out a draft's findings, and whom it would reach, without changing it.
func (d *Desk) look(ctx context.Context, o outages.Outage, draft store.Draft) (Draft, error) {
	out := Draft{Draft: draft}
	worded, findings, err := d.word(ctx, o, draft.Draft)
	if err != nil {
		return out, err
	}
	if draft.Hash != "" {
		out.Code = outages.Code(draft.Hash)
	} else {
		out.Facts, out.Texts = worded.Facts, worded.Texts
	}
	out.Findings = findings
	out.Recipients, err = d.recipients(ctx, o.Mode, worded)
	return out, err
}

// Lint words a declaration and returns the draft it would make, with every finding; nothing is stored.
func (d *Desk) Lint(ctx context.Context, a officials.Actor, outage string, decl outages.Declaration) (Draft, error) {
	if err := may(a, officials.Drafter, decl.Mode); err != nil {
		return Draft{}, err
	}
	o, err := d.outageFor(ctx, a, outage, decl)
	if err != nil {
		return Draft{}, err
	}
	return d.look(ctx, o, store.Draft{Draft: outages.Draft{Outage: o.ID, Seq: nextSeq(o), Declaration: decl}})
}

// Submit words a draft once and for all: its facts and texts are frozen and hashed, and wait for another
// person. A draft with a blocking finding stays as it is, and the error is a *Blocked.
func (d *Desk) Submit(ctx context.Context, a officials.Actor, id string) (Draft, error) {
	draft, err := d.mine(ctx, a, id, officials.Drafter)
	if err != nil {
		return Draft{}, err
	}
	return d.submit(ctx, a, draft)
}

// submit submits a draft as it was read.
func (d *Desk) submit(ctx context.Context, a officials.Actor, draft store.Draft) (Draft, error) {
	if draft.State != store.DraftOpen {
		return Draft{}, fmt.Errorf("%w: the draft is %s already", ErrConflict, draft.State)
	}
	o, err := d.Store.Outage(ctx, draft.Outage)
	if err != nil {
		return Draft{}, err
	}
	draft.Seq = nextSeq(o)
	worded, findings, err := d.word(ctx, o, draft.Draft)
	if err != nil {
		return Draft{}, err
	}
	if d.Press.Feed != nil { // what no channel can carry stops here, not at the sender
		_, unsendable := d.Proofs(ctx, Draft{Draft: worded})
		findings = append(findings, gathered(unsendable)...)
	}
	if findings.Blocked() {
		return Draft{Draft: draft, Findings: findings}, &Blocked{findings}
	}
	draft.Facts, draft.Texts = worded.Facts, worded.Texts
	draft.Submitter, draft.State = a.Name(), store.DraftSubmitted
	if draft.Hash, err = outages.Digest(draft.Facts, draft.Texts, draft.Declaration, draft.Outage, draft.Seq); err != nil {
		return Draft{}, err
	}
	if err := d.Store.SaveDraft(ctx, draft, entry(a, "draft.submit", draft.ID, draft.Hash)); err != nil {
		return Draft{}, stale(err)
	}
	draft.Version++
	out := Draft{Draft: draft, Code: outages.Code(draft.Hash), Findings: findings}
	out.Recipients, err = d.recipients(ctx, o.Mode, draft)
	return out, err
}

// word resolves a declaration and renders every text: one for each reader area and language, and one for
// each crowd and language. Its findings are those of the rules on facts, on words and of channels, and of
// the bulletins that would take it back.
func (d *Desk) word(ctx context.Context, o outages.Outage, in outages.Draft) (store.Draft, outages.Findings, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return store.Draft{}, nil, err
	}
	draft := store.Draft{Draft: in}
	var findings outages.Findings
	draft.Facts, findings = outages.Resolve(o, in.Declaration, book, d.Now())
	crowds, err := d.Store.Crowds(ctx, listOf(o.Mode))
	if err != nil {
		return draft, findings, err
	}
	if draft.Texts, err = d.texts(draft.Draft, book, crowds); err != nil {
		return draft, findings, err
	}
	findings = append(findings, d.words().Lint(draft.Draft, draft.Texts.All())...)
	checked, err := d.check(ctx, o, draft)
	if err != nil {
		return draft, findings, err
	}
	if findings = append(findings, checked...); findings.Blocked() {
		return draft, findings, nil
	}
	shadows, err := d.shadows(o, draft.Draft, book, crowds)
	return draft, append(findings, shadows...), err
}

// texts renders every text of a resolved draft.
func (d *Desk) texts(draft outages.Draft, book *areas.Book, crowds []string) (store.Texts, error) {
	var out store.Texts
	langs := d.words().Langs()
	for _, advice := range draft.Facts.Advice {
		texts, err := d.words().Render(draft, templates.Reader{Areas: []areas.ID{advice.Area.ID}, Langs: langs})
		if err != nil {
			return out, fmt.Errorf("word the bulletin: %w", err)
		}
		out.Areas = append(out.Areas, texts...)
	}
	for _, crowd := range crowds {
		ids := within(book, crowd, draft.Facts.Advice)
		if len(ids) == 0 {
			continue
		}
		texts, err := d.words().Render(draft, templates.Reader{Areas: ids, Crowd: true, Langs: langs})
		if err != nil {
			return out, fmt.Errorf("word the bulletin for a crowd: %w", err)
		}
		out.Crowds = append(out.Crowds, store.Crowd{Areas: crowd, Texts: texts})
	}
	return out, nil
}

// within returns the reader areas that a bulletin speaks to and that an outlet's areas cover.
func within(book *areas.Book, crowd string, advice []outages.Advice) []areas.ID {
	var ids []areas.ID
	for _, a := range advice {
		for outer := range strings.SplitSeq(crowd, ",") {
			if book.Covers(areas.ID(outer), a.Area.ID) {
				ids = append(ids, a.Area.ID)
				break
			}
		}
	}
	return ids
}

// check runs the rules of channels on what crowds would read.
func (d *Desk) check(ctx context.Context, o outages.Outage, draft store.Draft) (outages.Findings, error) {
	if len(draft.Facts.Advice) == 0 {
		return nil, nil
	}
	b := d.issued(o, draft.Draft)
	crowds, err := d.voices(ctx, o.Mode, draft.Texts.Crowds)
	if err != nil {
		return nil, err
	}
	var findings outages.Findings
	for _, c := range crowds {
		m := channels.Message{Key: "lint", Mode: o.Mode, To: string(o.Mode), Bulletin: b, Texts: c.Texts, Page: d.Page(b)}
		for _, check := range d.Checks {
			found, err := check(ctx, m)
			if err != nil {
				return findings, fmt.Errorf("check the draft: %w", err)
			}
			findings = append(findings, found...)
		}
	}
	return gathered(findings), nil
}

// voice is what outlets of the same areas and languages get.
type voice struct {
	store.Crowd
	Langs string // where outlets of the same areas differ in them: " in es, en"
}

// voices returns what outlets get, each in its own languages, as the sender chooses them. Where nobody is on
// the roll, as in a trial, it is every language.
func (d *Desk) voices(ctx context.Context, m outages.Mode, crowds []store.Crowd) ([]voice, error) {
	spoken, err := d.Store.CrowdLangs(ctx, listOf(m))
	if err != nil {
		return nil, err
	}
	var out []voice
	for _, c := range crowds {
		if len(spoken[c.Areas]) == 0 {
			out = append(out, voice{Crowd: c})
		}
		for _, langs := range spoken[c.Areas] {
			v := voice{Crowd: store.Crowd{Areas: c.Areas, Texts: dispatch.Spoken(langs, c.Texts)}}
			if len(spoken[c.Areas]) > 1 {
				v.Langs = " in " + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(langs)), ", "), "[]")
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// issued is the bulletin that a draft would become if it were issued now.
func (d *Desk) issued(o outages.Outage, draft outages.Draft) outages.Bulletin {
	now := d.Now().UTC().Truncate(time.Second)
	return outages.Bulletin{Outage: o.ID, Seq: draft.Seq, Mode: o.Mode, Kind: draft.Declaration.Kind, Issued: now,
		Expires: now.Add(outages.Lifetime), Declaration: draft.Declaration, Facts: draft.Facts}
}

// gathered tells what is wrong in many documents or languages once, at the first of its places.
func gathered(findings outages.Findings) outages.Findings {
	type what struct {
		rule, text string
		block      bool
	}
	var out outages.Findings
	at, more := map[what]int{}, map[int]int{}
	for _, f := range findings {
		w := what{f.Rule, f.Text, f.Block}
		i, known := at[w]
		switch {
		case !known:
			at[w] = len(out)
			out = append(out, f)
		case out[i].Place != f.Place:
			more[i]++
		}
	}
	for i, n := range more {
		out[i].Place += fmt.Sprintf(" and %d more", n)
	}
	return out
}

func (d *Desk) recipients(ctx context.Context, m outages.Mode, draft store.Draft) (map[channels.Name]int, error) {
	return d.Store.Recipients(ctx, listOf(m), m == outages.Test, draft.Texts.Scopes())
}

// outageFor returns the outage a declaration is about: a known one of the actor's agency, or a new one
// that is not stored yet.
func (d *Desk) outageFor(ctx context.Context, a officials.Actor, id string, decl outages.Declaration) (outages.Outage, error) {
	if id == "" {
		return outages.Outage{
			ID:     fmt.Sprintf("%s-%s-%s", a.Agency.ID, d.Now().UTC().Format("20060102"), token(4)),
			Agency: a.Agency.ID, Speaker: a.Agency.Speaker(), Mode: decl.Mode, Policy: a.Agency.Policy,
		}, nil
	}
	o, err := d.Store.Outage(ctx, id)
	if err == nil && o.Agency != a.Agency.ID {
		err = ErrNotFound
	}
	if err != nil {
		return o, fmt.Errorf("outage %q: %w", id, err)
	}
	if a.Mode != "" && a.Mode != o.Mode {
		return outages.Outage{}, fmt.Errorf("%w: this needs a key for %s outages", ErrDenied, o.Mode)
	}
	return o, nil
}

// mine returns a draft of the actor's agency, when the actor has the role in its mode.
func (d *Desk) mine(ctx context.Context, a officials.Actor, id string, r officials.Role) (store.Draft, error) {
	draft, err := d.Store.Draft(ctx, id)
	if err != nil {
		return draft, fmt.Errorf("draft %q: %w", id, err)
	}
	if _, err := d.outageFor(ctx, a, draft.Outage, draft.Declaration); err != nil {
		return draft, fmt.Errorf("draft %q: %w", id, err)
	}
	return draft, may(a, r, draft.Declaration.Mode)
}

// Draft returns a draft of the actor's agency with its findings.
func (d *Desk) Draft(ctx context.Context, a officials.Actor, id string) (Draft, error) {
	draft, err := d.Store.Draft(ctx, id)
	if err != nil {
		return Draft{}, fmt.Errorf("draft %q: %w", id, err)
	}
	o, err := d.outageFor(ctx, a, draft.Outage, draft.Declaration)
	if err != nil {
		return Draft{}, err
	}
	return d.look(ctx, o, draft)
}

func nextSeq(o outages.Outage) int {
	if n := len(o.Bulletins); n > 0 {
		return o.Bulletins[n-1].Seq + 1
	}
	return 1
}

func listOf(m outages.Mode) string {
	if m == outages.Drill {
		return "drill"
	}
	return "live"
}

// Read parses a declaration file as the actor's agency means it: its zone, and its areas by name.
func (d *Desk) Read(ctx context.Context, a officials.Actor, file []byte) (outages.Declaration, error) {
	return d.read(ctx, a, "", file)
}

// ReadNext is Read for the next bulletin of an outage, whose mode the file need not repeat. With an empty
// outage it is Read.
func (d *Desk) ReadNext(ctx context.Context, a officials.Actor, outage string, file []byte) (outages.Declaration, error) {
	if outage == "" {
		return d.Read(ctx, a, file)
	}
	o, err := d.outageFor(ctx, a, outage, outages.Declaration{})
	if err != nil {
		return outages.Declaration{}, err
	}
	return d.read(ctx, a, o.Mode, file)
}

func (d *Desk) read(ctx context.Context, a officials.Actor, m outages.Mode, file []byte) (outages.Declaration, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return outages.Declaration{}, err
	}
	zone, err := time.LoadLocation(a.Agency.Zone)
	if err != nil {
		return outages.Declaration{}, fmt.Errorf("zone of agency %s: %w", a.Agency.ID, err)
	}
	return outages.ParseDeclaration(file, outages.Reading{Areas: book, Zone: zone, Now: d.Now(), Mode: m})
}
