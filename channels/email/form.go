package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"

	mimemail "github.com/jordan-wright/email"

	"callbox/channels"
)

// slot is what a reader's own data fills in a form.
type slot int8

const (
	none slot = iota
	slotTo
	slotMessageID
	slotLeaveHeader
	slotLeavePlain
	slotLeaveHTML
)

// piece is some bytes that all readers of a form share, and the slot that follows them.
type piece struct {
	shared []byte
	then   slot
}

// form is a mail without its reader: rendered once for each bulletin and set of texts, so that a mail
// to one more reader costs a few copies.
type form struct {
	pieces []piece
	size   int // of the shared bytes
	// dotless says that no line of a mail of this form begins with a dot, so that none needs stuffing.
	dotless bool
}

// personal is what a mail does not share with others.
type personal struct {
	to, messageID, leave string
}

// appendMail writes the mail of one reader. Its lines end in CRLF; dots are not stuffed.
func (f *form) appendMail(dst []byte, p personal) []byte {
	dst = slices.Grow(dst, f.size+len(p.to)+len(p.messageID)+8*len(p.leave))
	for i := range f.pieces {
		dst = append(dst, f.pieces[i].shared...)
		switch f.pieces[i].then {
		case slotTo:
			dst = append(dst, p.to...)
		case slotMessageID:
			dst = append(dst, p.messageID...)
		case slotLeaveHeader:
			dst = append(dst, p.leave...)
		case slotLeavePlain:
			dst = appendQuoted(dst, p.leave, 0)
		case slotLeaveHTML:
			dst = appendQuoted(dst, html.EscapeString(p.leave), len(`href=3D"`))
		}
	}
	return dst
}

// appendQuoted writes ASCII text in quoted-printable (RFC 2045 section 6.7) from a column on. No line that
// it breaks begins with a dot.
func appendQuoted(dst []byte, s string, column int) []byte {
	for i := range len(s) {
		if column > 70 {
			dst = append(dst, "=\r\n"...)
			column = 0
		}
		switch {
		case s[i] == '=':
			dst = append(dst, "=3D"...)
			column += 3
		case s[i] == '.' && column == 0:
			dst = append(dst, "=2E"...)
			column += 3
		default:
			dst = append(dst, s[i])
			column++
		}
	}
	return dst
}

// render makes the form of a message.
func render(m channels.Message, from Sender) (*form, error) {
	if len(m.Texts) == 0 {
		return nil, errors.New("a mail needs a text")
	}
	if m.Page != "" {
		if err := checkURL(m.Page); err != nil {
			return nil, fmt.Errorf("the link to the page: %w", err)
		}
	}
	plain, rich, err := bodies(m)
	if err != nil {
		return nil, err
	}
	e := mimemail.NewEmail()
	e.Subject = encodeWords(subject(m.Texts))
	e.Text, e.HTML = plain, rich
	for _, h := range headers(m, from) {
		e.Headers.Set(h.name, h.value)
	}
	raw, err := e.Bytes()
	if err != nil {
		return nil, fmt.Errorf("building the MIME: %w", err)
	}
	return cut(raw, m, from)
}

// cut makes a form of a mail as the MIME library wrote it.
func cut(raw []byte, m channels.Message, from Sender) (*form, error) {
	built, body, boundary, err := settle(raw)
	if err != nil {
		return nil, err
	}
	f := &form{}
	f.cutHead(built, m, from, boundary)
	if err := f.cutBody(body, m); err != nil {
		return nil, err
	}
	f.count()
	return f, nil
}

// count notes what the pieces amount to.
func (f *form) count() {
	f.size, f.dotless = 0, true
	for _, p := range f.pieces {
		f.size += len(p.shared)
		f.dotless = f.dotless && !bytes.Contains(p.shared, []byte("\n."))
	}
}

// settle takes a mail apart as the MIME library wrote it. The library chooses a random boundary and
// order of headers; here both follow from the content, so that the same message is the same bytes.
func settle(raw []byte) (head mail.Header, body []byte, boundary string, err error) {
	built, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, nil, "", fmt.Errorf("reading the MIME back: %w", err)
	}
	_, params, err := mime.ParseMediaType(built.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, nil, "", errors.New("reading the MIME back: it has no boundary")
	}
	if body, err = io.ReadAll(built.Body); err != nil {
		return nil, nil, "", fmt.Errorf("reading the MIME back: %w", err)
	}
	// "=_" never occurs in quoted-printable, so the boundary never occurs in a part.
	random := []byte(params["boundary"])
	sum := sha256.Sum256(bytes.ReplaceAll(body, random, nil))
	boundary = "=_" + hex.EncodeToString(sum[:16])
	return built.Header, bytes.ReplaceAll(body, random, []byte(boundary)), boundary, nil
}

// cutHead writes the header fields in one fixed order.
func (f *form) cutHead(h mail.Header, m channels.Message, from Sender, boundary string) {
	head := fold(nil, "From", from.header(m.Bulletin.Facts.Speaker.Name))
	f.put(append(head, "To: "...), slotTo)
	head = fold([]byte("\r\n"), "Subject", h.Get("Subject"))
	head = fold(head, "Date", h.Get("Date"))
	f.put(append(head, "Message-ID: <"...), slotMessageID)
	head = []byte(">\r\n")
	if m.Leave != "" {
		f.put(append(head, "List-Unsubscribe: <"...), slotLeaveHeader)
		head = []byte(">\r\n")
	}
	for _, field := range headers(m, from) {
		if field.name != "Date" {
			head = fold(head, field.name, h.Get(field.name))
		}
	}
	f.put(endHead(head, boundary), none)
}

// endHead writes the last header fields and the empty line after them.
func endHead(head []byte, boundary string) []byte {
	head = append(head, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\""...)
	return append(append(head, boundary...), "\"\r\n\r\n"...)
}

// cutBody cuts the body at the marks of the links to stop.
func (f *form) cutBody(body []byte, m channels.Message) error {
	want := 0
	if m.Leave != "" {
		want = len(m.Texts)
	}
	for _, mark := range []struct {
		text string
		slot slot
	}{{plainMark, slotLeavePlain}, {htmlMark, slotLeaveHTML}} {
		parts := bytes.Split(body, []byte(mark.text))
		if len(parts)-1 != want {
			return fmt.Errorf("laying out the links to stop: %d of %d found", len(parts)-1, want)
		}
		for _, p := range parts[:want] {
			f.put(p, mark.slot)
		}
		body = parts[want]
	}
	f.put(body, none)
	if !bytes.HasSuffix(body, []byte("\r\n")) {
		return errors.New("building the MIME: it does not end with a line break")
	}
	return nil
}

func (f *form) put(shared []byte, then slot) { f.pieces = append(f.pieces, piece{shared, then}) }

// header is one field that all readers share.
type header struct{ name, value string }

// headers are the fields of our own, in the order in which they are sent. There is no Precedence: it was
// never standardised, and Auto-Submitted with List-Id already keeps automatic answers away (RFC 3834
// section 2); Exchange heeds only its own X-Auto-Response-Suppress.
func headers(m channels.Message, from Sender) []header {
	root := "<" + rootID(m.Bulletin.Outage, from.Host) + ">"
	langs := make([]string, len(m.Texts))
	for i, t := range m.Texts {
		langs[i] = oneLine(string(t.Lang))
	}
	out := []header{
		{"Date", m.Bulletin.Issued.UTC().Format("Mon, 2 Jan 2006 15:04:05 -0700")},
		{"In-Reply-To", root},
		{"References", root},
		{"List-Id", "<" + listID(m, from.Host) + ">"},
	}
	if m.Leave != "" {
		out = append(out, header{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}) // RFC 8058
	}
	return append(out,
		header{"Auto-Submitted", "auto-generated"}, // RFC 3834 section 5
		header{"X-Auto-Response-Suppress", "OOF, AutoReply"},
		header{"Content-Language", strings.Join(langs, ", ")},
	)
}
