package email

import (
	"errors"
	"fmt"
	"net/mail"

	"callbox/channels"
)

// Sender is who a mail is from.
type Sender struct {
	Address string // of the From header
	Name    string // shown beside it; empty means the name of the agency that speaks
	Host    string // the right side of Message-IDs and of the List-Id: a domain of the installation
}

// header returns the value of the From header; speaker is the name where the sender has none.
func (s Sender) header(speaker string) string {
	name := oneLine(orDefault(s.Name, speaker))
	if words := encodeWords(name); words != name {
		return words + " <" + s.Address + ">"
	}
	return (&mail.Address{Name: name, Address: s.Address}).String()
}

// check returns an error that names the setting to mend.
func (s Sender) check() error {
	if err := checkAddress(s.Address); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if err := checkHost(s.Host); err != nil {
		return fmt.Errorf("message_id_host: %w", err)
	}
	return nil
}

// Compose returns the mail of a message, with lines that end in CRLF: the bytes that Send transmits.
// It depends on nothing but its arguments. It fails when the destination is not an address, a link is
// not one, or there is no text.
func Compose(m channels.Message, from Sender) ([]byte, error) {
	p, err := person(&m, from)
	if err != nil {
		return nil, err
	}
	f, err := render(m, from)
	if err != nil {
		return nil, err
	}
	return f.appendMail(nil, p), nil
}

// person checks what of a message is its reader's own, and returns it.
func person(m *channels.Message, from Sender) (personal, error) {
	if m.Key == "" {
		return personal{}, errors.New("a mail needs a key")
	}
	if err := checkAddress(m.To); err != nil {
		return personal{}, err
	}
	if m.Leave != "" {
		if err := checkURL(m.Leave); err != nil {
			return personal{}, fmt.Errorf("the link to stop: %w", err)
		}
	}
	return personal{to: m.To, messageID: messageID(m.Key, from.Host), leave: m.Leave}, nil
}
