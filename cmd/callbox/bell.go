package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/push"
	"callbox/internal/desk"
	"callbox/subscribers"
)

// bell returns what wakes officials, or nil where nothing is configured that could.
func (p *program) bell(pushes channels.Channel) desk.Bell {
	b := bell{mail: p.mail, base: p.cfg.consoleURL()}
	b.push, _ = pushes.(*push.Channel)
	if b.mail == nil && b.push == nil {
		return nil
	}
	return b
}

// bell wakes officials by the ways that carry bulletins, outside the ledger.
type bell struct {
	mail *email.Channel // nil without one
	push *push.Channel  // nil without one
	base string         // URL of the console
}

// wakeFor is how long a push service keeps a word to an official: reminders follow.
const wakeFor = 30 * time.Minute

var errNoWay = errors.New("this installation has no such way")

// Ring implements [desk.Bell].
func (b bell) Ring(ctx context.Context, way string, to subscribers.Destination, s desk.Summons) error {
	var err error
	switch {
	case way == "email" && b.mail != nil:
		err = b.mail.Write(ctx, email.Letter{To: to.Reveal(), Lang: "en", Subject: s.Subject, Paragraphs: s.Says,
			Action: "Open it in the console", Link: b.base + s.Path})
	case way == "push" && b.push != nil:
		err = b.push.Notify(ctx, push.Notice{To: to.Reveal(), Lang: "en", Title: s.Subject, Body: strings.Join(s.Says, " "),
			Link: b.base + s.Path, Tag: s.Tag, TTL: wakeFor})
	default:
		err = channels.As(channels.Refused, errNoWay)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", way, err)
	}
	return nil
}
