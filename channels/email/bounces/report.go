// Package bounces reads what mail systems send back after they accepted a mail: that it could not be
// delivered (RFC 3464), or that its reader marked it as unwanted (RFC 5965).
//
// Which delivery a report is about is told by the address it comes to: each mail has a signed return path
// of its own. What the report says of addresses is neither believed nor kept.
//
// Mail servers hand reports over by LMTP, or put them into a mailbox that is emptied every few seconds.
package bounces

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"

	"callbox/channels"
)

// Report is what one mail says that came back.
type Report struct {
	Complaint bool             // the reader does not want these mails
	Verdict   channels.Verdict // of a bounce: Gone or Refused
	Status    string           // of a bounce: the enhanced status, "5.1.1" (RFC 3463)
	// ReturnPaths are what the report says the return path of the mail was: of a complaint, which comes to
	// an address of its own.
	ReturnPaths []string
	// To are the addresses that the mail came to, as the mail server wrote them above it: of a mail in a
	// mailbox, whose envelope is gone.
	To []string
}

// ErrOther says that a mail is no report that changes anything: a delay, a receipt, an automatic answer,
// or no report at all.
var ErrOther = errors.New("no bounce and no complaint")

// Bounds of what is read. A report has three parts.
const (
	maxParts = 8
	maxPart  = 64 << 10
)

// Parse reads a mail that came back. It returns ErrOther for one that changes nothing, damaged ones
// included.
func Parse(r io.Reader) (Report, error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return Report{}, fmt.Errorf("%w: %w", ErrOther, err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" {
		return Report{}, ErrOther
	}
	out := Report{To: cameTo(m.Header)}
	err = ErrOther
	parts := multipart.NewReader(m.Body, params["boundary"])
	for range maxParts {
		part, partErr := parts.NextPart()
		if partErr != nil {
			break // the end, or damage: what was read before it counts
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		body := textproto.NewReader(bufio.NewReader(io.LimitReader(part, maxPart)))
		switch kind {
		case "message/delivery-status", "message/global-delivery-status":
			if status, v := failure(body); v != channels.Later {
				out.Status, out.Verdict, err = status, v, nil
			}
		case "message/feedback-report":
			fields, _ := body.ReadMIMEHeader()
			if unwanted[strings.ToLower(fields.Get("Feedback-Type"))] {
				out.Complaint, err = true, nil
			}
			out.ReturnPaths = append(out.ReturnPaths, fields["Original-Mail-From"]...)
		case "message/rfc822", "text/rfc822-headers", "message/rfc822-headers":
			fields, _ := body.ReadMIMEHeader()
			out.ReturnPaths = append(out.ReturnPaths, fields["Return-Path"]...)
		}
	}
	return out, err
}

// cameTo reads what mail servers write above a mail that they put into a mailbox: Postfix and Dovecot the
// first two of these, Exim the third.
func cameTo(h mail.Header) []string {
	var out []string
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To"} {
		for _, line := range h[name] {
			out = append(out, strings.Split(line, ",")...)
		}
	}
	return out
}

// unwanted are the types of feedback by which a reader leaves (RFC 5965 section 7.3, RFC 6430). "not-spam"
// is the contrary, and "virus" and "fraud" are about the mail.
var unwanted = map[string]bool{"abuse": true, "opt-out": true, "opt-out-list": true}

// failure reads a delivery status: fields about the mail, then a group of fields for each recipient. Our
// mails have one. It returns Later for what is not final.
func failure(r *textproto.Reader) (status string, v channels.Verdict) {
	for group := 0; ; group++ {
		fields, err := r.ReadMIMEHeader()
		if group > 0 && len(fields) > 0 && strings.EqualFold(fields.Get("Action"), "failed") {
			if status, v := judge(fields); v != channels.Later {
				return status, v
			}
		}
		if err != nil {
			return "", channels.Later
		}
	}
}

// enhanced finds an enhanced status in what a server said (RFC 3463 section 2).
var enhanced = regexp.MustCompile(`\b([245])\.(\d{1,3})\.(\d{1,3})\b`)

// judge says what a failure means. The words of the server that refused the mail count for more than a
// status that names no detail: some systems write 5.0.0 above them.
func judge(fields textproto.MIMEHeader) (status string, v channels.Verdict) {
	status = enhanced.FindString(fields.Get("Status"))
	if kind, said, _ := strings.Cut(fields.Get("Diagnostic-Code"), ";"); status == "5.0.0" && strings.EqualFold(strings.TrimSpace(kind), "smtp") {
		if found := enhanced.FindString(said); strings.HasPrefix(found, "5.") {
			status = found
		}
	}
	switch {
	case status == "5.1.1", status == "5.1.10":
		return status, channels.Gone
	case strings.HasPrefix(status, "5."):
		return status, channels.Refused
	}
	return status, channels.Later
}
