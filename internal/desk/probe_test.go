package desk

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"callbox/channels"
)

// relay is a mail channel that can be asked.
type relay struct {
	mailbox
	fault error
}

func (r *relay) Probe(context.Context, string) error { return r.fault }

// Promise 11.
func TestEveryWayOutIsAskedAndReadinessTells(t *testing.T) {
	r := newRoom(t)
	mail := &relay{}
	r.Channels[channels.Email] = mail
	probed := func() (out []Check) {
		checks, err := r.Readiness(r.ctx)
		r.ok(err)
		for _, c := range checks {
			if strings.HasPrefix(c.What, "probe of ") {
				out = append(out, c)
			}
		}
		return out
	}
	if got := probed(); len(got) != 0 {
		t.Errorf("before anybody asked: %v", got)
	}
	r.ok(r.Probe(r.ctx))
	if got := probed(); len(got) != 1 || !got[0].OK || got[0].What != "probe of email" {
		t.Errorf("all is well, and it says %v", got)
	}
	r.at = r.at.Add(2 * time.Hour)
	if got := probed(); got[0].OK || !strings.Contains(got[0].Text, "2h0m0s") {
		t.Errorf("long ago: %v", got)
	}
	mail.fault = errors.New("the relay refuses the password")
	r.ok(r.Probe(r.ctx))
	if got := probed(); got[0].OK || !strings.Contains(got[0].Text, "refuses the password") {
		t.Errorf("a fault: %v", got)
	}
	if list, err := r.Outages(r.ctx, r.ada, true); err != nil || len(list) != 0 {
		t.Errorf("asking told somebody something: %v, %v", list, err)
	}
}
