package proofs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/push"
)

// push reads back the payload that a browser gets.
func (r readers) push(m channels.Message) ([]Proof, error) {
	payload, err := push.Compose(m)
	if err != nil {
		return nil, err
	}
	var p struct {
		Notification struct{ Title, Body string }
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, fmt.Errorf("read the payload back: %w", err)
	}
	lang := m.Texts[0].Lang
	whole := Proof{Areas: r.areas, Place: r.place, Channel: channels.Push, Lang: lang, Field: "payload", Text: string(payload),
		Length: len(payload), Limit: push.MaxPayload, Unit: "bytes"}
	return []Proof{
		r.proof(channels.Push, lang, "title", p.Notification.Title).atMost(titleMax),
		r.proof(channels.Push, lang, "body", p.Notification.Body), whole,
	}, nil
}

// mail reads back the mail that a relay gets.
func (r readers) mail(m channels.Message, from email.Sender) ([]Proof, error) {
	m.To = "resident@example.org"
	raw, err := email.Compose(m, from)
	if err != nil {
		return nil, err
	}
	letter, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("read the mail back: %w", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
	if err != nil {
		return nil, fmt.Errorf("read the subject back: %w", err)
	}
	text, err := plainPart(letter)
	if err != nil {
		return nil, fmt.Errorf("read the mail back: %w", err)
	}
	lang := m.Texts[0].Lang
	return []Proof{
		r.proof(channels.Email, lang, "subject", subject).atMost(subjectMax),
		r.proof(channels.Email, lang, "text", text),
	}, nil
}

// plainPart finds the text/plain part of a mail.
func plainPart(letter *mail.Message) (string, error) {
	kind, params, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return "", fmt.Errorf("a mail of type %s", kind)
	}
	parts := multipart.NewReader(letter.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return "", errors.Join(errors.New("there is no plain text"), err)
		}
		if !strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			continue
		}
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		text, err := io.ReadAll(body)
		return strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")), err
	}
}
