package email

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Limits on an answer. RFC 5321 section 4.5.3.1.5 gives a line 512 octets; servers write longer ones.
const (
	maxReplyLine  = 4096
	maxReplyLines = 100
)

// reply is a server's answer to one command.
type reply struct {
	code   int    // of RFC 5321 section 4.2
	status status // of RFC 3463; zero where the server gave none
	text   string // lines joined with a line feed; kept for refusals only
}

// status is an enhanced status code, class.subject.detail (RFC 3463 section 2).
type status struct{ class, subject, detail int }

func (s status) String() string { return fmt.Sprintf("%d.%d.%d", s.class, s.subject, s.detail) }

// code returns the basic code and the enhanced status, as an official may look them up.
func (r reply) codes() string {
	if r.status == (status{}) {
		return fmt.Sprint(r.code)
	}
	return fmt.Sprintf("%d %s", r.code, r.status)
}

// positive tells a 2yz answer.
func (r reply) positive() bool { return r.code/100 == 2 }

// readReply reads one answer. The text is kept for refusals, and for every answer when keep is set.
func readReply(r *bufio.Reader, keep bool) (reply, error) {
	var out reply
	var text []byte
	for n := range maxReplyLines {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return reply{}, errors.New("the answer has a line that is too long")
		}
		if err != nil {
			return reply{}, err
		}
		code, last, rest, err := splitLine(bytes.TrimRight(line, "\r\n"))
		if err != nil {
			return reply{}, err
		}
		if n > 0 && code != out.code {
			return reply{}, errors.New("the lines of one answer have different codes")
		}
		out.code = code
		if keep || code >= 400 {
			if n > 0 {
				text = append(text, '\n')
			}
			text = append(text, rest...)
		}
		if last && text != nil {
			out.text = string(text)
			out.status = parseStatus(out.text, code/100)
		}
		if last {
			return out, nil
		}
	}
	return reply{}, errors.New("the answer has too many lines")
}

// splitLine reads "250-text", "250 text" or "250".
func splitLine(line []byte) (code int, last bool, rest []byte, err error) {
	if len(line) < 3 {
		return 0, false, nil, errors.New("the answer is not one of SMTP")
	}
	for _, c := range line[:3] {
		if c < '0' || c > '9' {
			return 0, false, nil, errors.New("the answer is not one of SMTP")
		}
		code = code*10 + int(c-'0')
	}
	if code < 200 || code > 599 {
		return 0, false, nil, errors.New("the answer has a code that SMTP does not know")
	}
	if len(line) == 3 {
		return code, true, nil, nil
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, nil, errors.New("the answer is not one of SMTP")
	}
	return code, line[3] == ' ', line[4:], nil
}

// parseStatus reads the enhanced status at the beginning of a text. One that contradicts the class of
// the basic code is ignored (RFC 2034 section 4).
func parseStatus(text string, class int) status {
	word, _, _ := strings.Cut(text, "\n")
	word, _, _ = strings.Cut(word, " ")
	fields := strings.Split(word, ".")
	if len(fields) != 3 {
		return status{}
	}
	var numbers [3]int
	for i, f := range fields {
		if len(f) == 0 || len(f) > 3 {
			return status{}
		}
		for _, c := range f {
			if c < '0' || c > '9' {
				return status{}
			}
			numbers[i] = numbers[i]*10 + int(c-'0')
		}
	}
	if numbers[0] != class {
		return status{}
	}
	return status{numbers[0], numbers[1], numbers[2]}
}

// maxSaid bounds what is quoted of a server's words, in bytes.
const maxSaid = 200

// said quotes a server's words without the address they are about: a word with an @ in it, or with the
// name or the domain of the address, becomes an ellipsis.
func said(r reply, address string) string {
	local, domain, _ := cutLast(strings.ToLower(address))
	var out strings.Builder
	for i, word := range strings.FieldsFunc(r.text, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }) {
		if i == 0 && word == r.status.String() {
			continue
		}
		lower := strings.ToLower(word)
		if strings.Contains(word, "@") || local != "" && strings.Contains(lower, local) ||
			domain != "" && strings.Contains(lower, domain) {
			word = "…"
		}
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		if out.Len()+len(word) > maxSaid {
			out.WriteString("…")
			break
		}
		out.WriteString(word)
	}
	return out.String()
}
