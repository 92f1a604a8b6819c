package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/proofs"
	"callbox/outages"
)

// Consent is what an official says about a draft in submitting what was shown to them.
type Consent struct {
	Version int64
	Ticked  []string // the ticks of the warnings that they read
	Count   string   // how many people it reaches, typed, where that is asked
}

// Tick names a finding, so that an official can say that they read it.
func Tick(f outages.Finding) string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Place + "\x00" + f.Text))
	return hex.EncodeToString(sum[:6])
}

// SubmitRead submits a draft as it was shown: ErrConflict says that it changed since. Every warning must be
// ticked, and where the draft is new to more than half of the jurisdiction the count of people must be
// typed; what is missing is a *Blocked.
func (d *Desk) SubmitRead(ctx context.Context, a officials.Actor, id string, c Consent) (Draft, error) {
	draft, err := d.mine(ctx, a, id, officials.Drafter)
	if err != nil {
		return Draft{}, err
	}
	if draft.Version != c.Version {
		return Draft{}, fmt.Errorf("%w: somebody changed the draft; read it again", ErrConflict)
	}
	o, err := d.Store.Outage(ctx, draft.Outage)
	if err != nil {
		return Draft{}, err
	}
	shown, err := d.look(ctx, o, draft)
	if err != nil {
		return Draft{}, err
	}
	missing, err := d.unread(ctx, a, shown, c)
	if err != nil {
		return Draft{}, err
	}
	if len(missing) > 0 {
		return shown, &Blocked{missing}
	}
	return d.submit(ctx, a, draft)
}

// Shown returns what an official sees of a draft: everything that channels would send, and every finding.
func (d *Desk) Shown(ctx context.Context, draft Draft) ([]proofs.Proof, outages.Findings) {
	list, unsendable := d.Proofs(ctx, draft)
	return list, slices.Concat(draft.Findings, gathered(unsendable))
}

// unread says what an official has not consented to.
func (d *Desk) unread(ctx context.Context, a officials.Actor, draft Draft, c Consent) (outages.Findings, error) {
	var missing outages.Findings
	_, findings := d.Shown(ctx, draft)
	for _, f := range findings {
		if !f.Block && !slices.Contains(c.Ticked, Tick(f)) {
			missing = append(missing, outages.Finding{Rule: "unread", Block: true, Place: "tick-" + Tick(f), Text: "say that you have read: " + f.Text})
		}
	}
	reach, err := d.Reach(ctx, a, draft)
	if err != nil || !reach.Asks {
		return missing, err
	}
	typed := strings.Map(func(r rune) rune {
		if r == ',' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, c.Count)
	if n, err := strconv.Atoi(typed); err != nil || n != reach.People {
		missing = append(missing, outages.Finding{Rule: "count", Block: true, Place: "count",
			Text: fmt.Sprintf("it goes to more than half of your jurisdiction: type the number of people it reaches, %d", reach.People)})
	}
	return missing, nil
}

// Reach is whom a draft would reach.
type Reach struct {
	People, Outlets int // active addresses
	Areas, ZIPs     int
	AllPeople       int // of the agency's jurisdiction
	AllAreas        int
	Asks            bool // it is new to more than half of the jurisdiction: the count must be typed
}

// Reach counts whom a draft would reach.
func (d *Desk) Reach(ctx context.Context, a officials.Actor, draft Draft) (Reach, error) {
	var ids []areas.ID
	fresh := 0
	for _, advice := range draft.Facts.Advice {
		ids = append(ids, advice.Area.ID)
		if advice.Change == outages.New {
			fresh++
		}
	}
	r, err := d.ReachOf(ctx, a, draft.Declaration.Mode, ids)
	r.Areas = len(ids)
	r.People, r.Outlets = split(draft.Recipients)
	r.Asks = r.AllAreas > 1 && fresh > 0 && (2*fresh > r.AllAreas || 2*r.People > r.AllPeople && r.AllPeople > 0)
	return r, err
}

// ReachOf counts who lives in some areas of the agency's jurisdiction; areas outside it count for nothing.
func (d *Desk) ReachOf(ctx context.Context, a officials.Actor, m outages.Mode, ids []areas.ID) (Reach, error) {
	book, err := d.Book(ctx)
	if err != nil {
		return Reach{}, err
	}
	own, all := map[string]bool{}, map[string]bool{}
	zips := map[areas.ZIP]bool{}
	for _, j := range a.Agency.Jurisdiction {
		for _, id := range book.Readers(j) {
			all[string(id)] = false
			if !book.Inside(ids, id) {
				continue
			}
			own[string(id)] = false
			for _, z := range book.Zips(id) {
				zips[z] = true
			}
		}
	}
	r := Reach{Areas: len(own), AllAreas: len(all), ZIPs: len(zips)}
	for _, count := range []struct {
		scopes map[string]bool
		people *int
	}{{own, &r.People}, {all, &r.AllPeople}} {
		found, err := d.Store.Recipients(ctx, listOf(m), m == outages.Test, count.scopes)
		if err != nil {
			return r, err
		}
		*count.people, _ = split(found)
	}
	return r, nil
}

// split parts the people among recipients from the crowds.
func split(recipients map[channels.Name]int) (people, outlets int) {
	for name, n := range recipients {
		if personal(name) {
			people += n
		} else {
			outlets += n
		}
	}
	return people, outlets
}
