package email

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"

	mimemail "github.com/jordan-wright/email"

	"callbox/channels"
)

//go:embed letter.txt.tmpl
var letterPlainSource string

//go:embed letter.html.tmpl
var letterHTMLSource string

var (
	letterPlain = texttemplate.Must(texttemplate.New("letter").Parse(letterPlainSource))
	letterHTML  = htmltemplate.Must(htmltemplate.New("letter").Parse(letterHTMLSource))
)

// Letter is a mail to one reader that tells no bulletin, such as the confirmation of a sign-up. It
// belongs to no list and to no delivery.
type Letter struct {
	To         string   // an e-mail address
	Key        string   // names the letter in its return path, for when it comes back; empty for one that nobody knows
	Lang       string   // BCP 47
	From       string   // the name shown where the configuration has none; may be empty
	Subject    string   // in any letters
	Paragraphs []string // plain text
	Action     string   // what the link does, in the reader's language
	Link       string   // absolute URL
}

// Write sends a letter, once, by the relays that carry bulletins. Its errors are those of Send.
func (c *Channel) Write(ctx context.Context, l Letter) error {
	id := "letter." + strings.ToLower(rand.Text())
	mail, err := l.compose(c.cfg.sender(), c.cfg.Now(), id)
	if err != nil {
		return channels.As(channels.Refused, fmt.Errorf("composing the letter: %w", err))
	}
	if mail, err = c.sign(mail); err != nil {
		return err
	}
	_, err = c.pool.send(ctx, &job{from: c.returnPath(cmp.Or(l.Key, id)), to: l.To, mail: mail, done: make(chan error, 1)})
	return err
}

// compose returns the mail of a letter, with lines that end in CRLF.
func (l Letter) compose(from Sender, now time.Time, key string) ([]byte, error) {
	if err := errors.Join(checkAddress(l.To), checkURL(l.Link)); err != nil {
		return nil, err
	}
	if len(l.Paragraphs) == 0 || l.Subject == "" {
		return nil, errors.New("a letter has a subject and a text")
	}
	var plain, rich bytes.Buffer
	if err := errors.Join(letterPlain.Execute(&plain, l), letterHTML.Execute(&rich, l)); err != nil {
		return nil, fmt.Errorf("laying out: %w", err)
	}
	e := mimemail.NewEmail()
	e.Text, e.HTML = plain.Bytes(), rich.Bytes()
	raw, err := e.Bytes()
	if err != nil {
		return nil, fmt.Errorf("building the MIME: %w", err)
	}
	_, body, boundary, err := settle(raw)
	if err != nil {
		return nil, err
	}
	head := fold(nil, "From", from.header(l.From))
	for _, f := range []header{
		{"To", l.To},
		{"Subject", encodeWords(oneLine(l.Subject))},
		{"Date", now.UTC().Format("Mon, 2 Jan 2006 15:04:05 -0700")},
		{"Message-ID", "<" + messageID(key, from.Host) + ">"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834 section 5
		{"X-Auto-Response-Suppress", "OOF, AutoReply"},
		{"Content-Language", oneLine(l.Lang)},
	} {
		head = fold(head, f.name, f.value)
	}
	return append(endHead(head, boundary), body...), nil
}
