package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/internal/desk"
	"callbox/internal/dispatch"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// post returns what carries the desk's own letters, or nil where no mail is configured.
func (p *program) post(push channels.Channel) desk.Post {
	if p.mail == nil {
		return nil
	}
	now := p.far.now
	if now == nil {
		now = time.Now
	}
	return post{mail: p.mail, push: push, base: p.cfg.PublicURL, now: now}
}

// post writes letters through the e-mail channel, and those to devices through the push channel.
type post struct {
	mail *email.Channel
	push channels.Channel // nil without one
	base string           // public URL
	now  func() time.Time
}

// postWithin is how long a letter waits for a relay.
const postWithin = 15 * time.Second

// Write implements [desk.Post].
func (p post) Write(ctx context.Context, l desk.Letter) error {
	ctx, stop := context.WithTimeout(ctx, postWithin)
	defer stop()
	lang := l.Lang
	if _, ok := letters[lang]; !ok {
		lang = templates.English
	}
	words := letters[lang][l.Kind].with(l)
	if l.Channel == channels.Push {
		return p.toDevice(ctx, l.To, lang, words)
	}
	err := p.mail.Write(ctx, email.Letter{To: l.To.Reveal(), Key: l.Key, Lang: string(lang), Subject: words.subject, Paragraphs: words.paragraphs,
		Action: words.action, Link: p.base + paths[l.Kind] + l.Token + "?lang=" + string(lang)})
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

// paths are the pages that letters lead to, without their tokens.
var paths = map[desk.LetterKind]string{desk.ConfirmLetter: "/confirm/", desk.KnownLetter: "/manage/", desk.ManageLetter: "/manage/",
	desk.DeviceLetter: "/manage/", desk.TestLetter: "/manage"}

// testFor is how long a push service keeps a test: it is about this moment.
const testFor = time.Hour

// toDevice shows a letter on a device, as the test that it is.
func (p post) toDevice(ctx context.Context, to subscribers.Destination, lang templates.Lang, w letter) error {
	if p.push == nil {
		return channels.As(channels.Refused, fmt.Errorf("push: %w", subscribers.ErrChannel))
	}
	now := p.now()
	b := outages.Bulletin{Outage: "test-of-one-device", Mode: outages.Test, Issued: now, Expires: now.Add(testFor)}
	b.Declaration.Mode = b.Mode
	text := templates.Text{Lang: lang, Topic: w.subject, Title: w.subject, Parts: []templates.Part{{Brief: strings.Join(w.paragraphs, " ")}}}
	_, err := dispatch.Guarded(p.push, string(subscribers.Live)).Send(ctx, channels.Message{Key: "letter", Mode: b.Mode, To: to.Reveal(),
		Bulletin: b, Texts: []templates.Text{text}, Page: p.base + paths[desk.TestLetter] + "?lang=" + string(lang)})
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	return nil
}
