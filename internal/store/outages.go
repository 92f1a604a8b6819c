package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/internal/officials"
	"callbox/outages"
	"callbox/templates"
)

// The states of a draft.
const (
	DraftOpen      = "draft"
	DraftSubmitted = "submitted"
	DraftApproved  = "approved"
	DraftIssued    = "issued"
	DraftWithdrawn = "withdrawn"
)

// Draft is a draft as it is stored.
type Draft struct {
	outages.Draft
	State    string            `json:"state"`
	Texts    Texts             `json:"texts"` // as rendered when it was submitted
	Approval *outages.Approval `json:"approval,omitempty"`
	Release  time.Time         `json:"release,omitzero"` // when an approved draft is issued; withdrawing it before then undoes the approval
	Version  int64             `json:"version"`          // rises with every change
}

// Texts are everything a bulletin says: to the readers of single areas and to crowds, and the documents
// of the feed's preview are made from the latter.
type Texts struct {
	Areas  []templates.Text `json:"areas"`  // each has one part with one area
	Crowds []Crowd          `json:"crowds"` // one for each area set of outlets that the bulletin speaks to
}

// All returns every text.
func (t Texts) All() []templates.Text {
	all := slices.Clone(t.Areas)
	for _, c := range t.Crowds {
		all = append(all, c.Texts...)
	}
	return all
}

// Scopes returns whom the texts speak to: reader areas, and the area sets of outlets.
func (t Texts) Scopes() map[string]bool {
	scopes := map[string]bool{}
	for _, text := range t.Areas {
		scopes[string(text.Parts[0].Areas[0])] = false
	}
	for _, c := range t.Crowds {
		scopes[crowdScope(c.Areas)] = false
	}
	return scopes
}

// Crowd is what one area set of outlets reads.
type Crowd struct {
	Areas string           `json:"areas"` // sorted, joined with commas
	Texts []templates.Text `json:"texts"` // one for each language
}

// NewOutage writes an outage that has no bulletin yet.
func (s *Store) NewOutage(ctx context.Context, o outages.Outage) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO outages (id, agency, mode, made) VALUES ($1, $2, $3, $4)`, o.ID, o.Agency, o.Mode, millis(s.now()))
		return taken(err)
	})
}

// SaveDraft writes a draft. Version must be the one that was read, 0 for a new draft; ErrStale means
// that somebody else changed it meanwhile.
func (s *Store) SaveDraft(ctx context.Context, d Draft, e officials.Entry) error {
	return s.tx(ctx, func(t *tx) error { return t.saveDraft(s.now(), d, e) })
}

func (t *tx) saveDraft(now time.Time, d Draft, e officials.Entry) error {
	data, err := json.Marshal(d.Draft)
	if err != nil {
		return err
	}
	texts, err := pack(d.Texts)
	if err != nil {
		return err
	}
	approval := ""
	if d.Approval != nil {
		b, err := json.Marshal(d.Approval)
		if err != nil {
			return err
		}
		approval = string(b)
	}
	n, err := t.exec(`INSERT INTO drafts (id, outage, state, data, texts, approval, release_at, version, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, data = excluded.data, texts = excluded.texts, approval = excluded.approval,
		release_at = excluded.release_at, version = drafts.version + 1, changed = excluded.changed
		WHERE drafts.version = $9 AND drafts.state NOT IN ('issued', 'withdrawn')`,
		d.ID, d.Outage, d.State, string(data), texts, approval, millis(d.Release), millis(now), d.Version)
	if err != nil {
		return fmt.Errorf("save draft: %w", err)
	}
	if n == 0 {
		return ErrStale
	}
	return t.audit(now, e)
}

const draftColumns = `id, state, data, texts, approval, release_at, version`

func scanDraft(r rowScanner) (d Draft, err error) {
	var data, texts []byte
	var approval string
	var release int64
	if err := r.Scan(&d.ID, &d.State, &data, &texts, &approval, &release, &d.Version); err != nil {
		return d, err
	}
	d.Release = fromMillis(release)
	if approval != "" {
		d.Approval = &outages.Approval{}
		if err := json.Unmarshal([]byte(approval), d.Approval); err != nil {
			return d, err
		}
	}
	return d, errors.Join(json.Unmarshal(data, &d.Draft), unpack(texts, &d.Texts))
}

// Draft returns one draft or ErrNotFound.
func (s *Store) Draft(ctx context.Context, id string) (Draft, error) {
	rows, err := s.drafts(ctx, `id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Draft{}, err
	}
	return rows[0], nil
}

// Drafts returns the drafts of an agency that are neither issued nor withdrawn, oldest first.
func (s *Store) Drafts(ctx context.Context, agency string) ([]Draft, error) {
	return s.drafts(ctx, `state IN ('draft', 'submitted', 'approved') AND outage IN (SELECT id FROM outages WHERE agency = $1)
		ORDER BY changed`, agency)
}

// Due returns the approved drafts whose release time has come.
func (s *Store) Due(ctx context.Context) ([]Draft, error) {
	return s.drafts(ctx, `state = 'approved' AND release_at <= $1 ORDER BY release_at`, millis(s.now()))
}

func (s *Store) drafts(ctx context.Context, where string, args ...any) ([]Draft, error) {
	var out []Draft
	rows, err := s.read.QueryContext(ctx, `SELECT `+draftColumns+` FROM drafts WHERE `+where, args...)
	err = each(rows, err, func(r rowScanner) error {
		d, err := scanDraft(r)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	return out, nil
}

// Outage returns an outage with its bulletins, or ErrNotFound. The policy is the agency's of today.
func (s *Store) Outage(ctx context.Context, id string) (outages.Outage, error) {
	o := outages.Outage{ID: id}
	var agency []byte
	err := oneRow(s.read.QueryRowContext(ctx, `SELECT o.agency, o.mode, a.data FROM outages o JOIN agencies a ON a.id = o.agency WHERE o.id = $1`, id),
		&o.Agency, &o.Mode, &agency)
	if err != nil {
		return o, err
	}
	var a officials.Agency
	if err := json.Unmarshal(agency, &a); err != nil {
		return o, err
	}
	o.Policy, o.Speaker = a.Policy, a.Speaker()
	rows, err := s.read.QueryContext(ctx, `SELECT data FROM bulletins WHERE outage = $1 ORDER BY seq`, id)
	err = each(rows, err, func(r rowScanner) error {
		var data []byte
		if err := r.Scan(&data); err != nil {
			return err
		}
		var b outages.Bulletin
		err := unpack(data, &b)
		o.Bulletins = append(o.Bulletins, b)
		return err
	})
	if err != nil {
		return o, fmt.Errorf("read bulletins: %w", err)
	}
	return o, nil
}

// Selection says which outages to list.
type Selection struct {
	Agency string       // empty for every agency
	Mode   outages.Mode // empty for every mode
	Open   bool         // only those whose newest bulletin does not end them
	Since  time.Time    // only those whose newest bulletin was issued after
}

// Outages returns the outages that have a bulletin, newest first.
func (s *Store) Outages(ctx context.Context, sel Selection) ([]outages.Outage, error) {
	var ids []string
	rows, err := s.read.QueryContext(ctx, `SELECT o.id FROM outages o JOIN bulletins b ON b.outage = o.id
		AND b.seq = (SELECT MAX(seq) FROM bulletins WHERE outage = o.id)
		WHERE ($1 = '' OR o.agency = $1) AND ($2 = '' OR o.mode = $2) AND ($3 = 0 OR b.kind NOT IN ('all-clear', 'retract')) AND b.issued > $4
		ORDER BY b.issued DESC, o.id`, sel.Agency, string(sel.Mode), sel.Open, millis(sel.Since))
	err = each(rows, err, func(r rowScanner) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list outages: %w", err)
	}
	out := make([]outages.Outage, len(ids))
	for i, id := range ids {
		if out[i], err = s.Outage(ctx, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// BoardVersion returns two numbers of which one rises with every bulletin and with every change of the
// directory: while they stay, the public reads the same.
func (s *Store) BoardVersion(ctx context.Context) (v [2]int64, err error) {
	return v, oneRow(s.read.QueryRowContext(ctx, `SELECT (SELECT COALESCE(MAX(id), 0) FROM bulletins), (SELECT version FROM book)`), &v[0], &v[1])
}

// Crowds returns the area sets of the active outlets of a list.
func (s *Store) Crowds(ctx context.Context, list string) ([]string, error) {
	var out []string
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT x.areas FROM roll r JOIN lanes l ON l.id = r.lane JOIN sets x ON x.id = r.set_id
		WHERE l.list = $1 AND x.crowd = 1 AND r.active > 0 ORDER BY x.areas`, list)
	err = each(rows, err, func(r rowScanner) error {
		var a string
		err := r.Scan(&a)
		out = append(out, a)
		return err
	})
	return out, err
}

// CrowdLangs returns the languages of the active outlets of a list, best first, by their area sets; each
// combination once.
func (s *Store) CrowdLangs(ctx context.Context, list string) (map[string][][]templates.Lang, error) {
	out := map[string][][]templates.Lang{}
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT x.areas, a.langs FROM roll r JOIN lanes l ON l.id = r.lane JOIN sets x ON x.id = r.set_id
		JOIN addresses a ON a.lane = r.lane AND a.set_id = r.set_id
		WHERE l.list = $1 AND x.crowd = 1 AND r.active > 0 AND a.state = 1 ORDER BY x.areas, a.langs`, list)
	err = each(rows, err, func(r rowScanner) error {
		var set, langs string
		if err := r.Scan(&set, &langs); err != nil {
			return err
		}
		var order []templates.Lang
		for l := range strings.SplitSeq(langs, ",") {
			order = append(order, templates.Lang(l))
		}
		out[set] = append(out[set], order)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("languages of outlets: %w", err)
	}
	return out, nil
}
