package email

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
)

// Config is everything the channel needs to know. From and one relay are required; every other field
// may stay empty.
type Config struct {
	From     string  // address of the From header
	FromName string  // shown beside it; empty means the name of the agency that speaks
	Relays   []Relay // in the order in which they are asked: the second takes over when the first fails

	HELO          string // the name this machine gives itself; default MessageIDHost
	MessageIDHost string // a domain of the installation, for Message-IDs and List-Ids; default the domain of From
	// ReturnPath is where bounces go. A * in it stands for the Token of the delivery, as in
	// bounces+*@bounce.example.org, so that a bounce tells which address it is about. Default From.
	ReturnPath string
	// BounceKey signs the tokens, so that nobody can forge a bounce and have an address retired. It has
	// at least 16 bytes, and is required with a * in ReturnPath.
	BounceKey Secret

	DKIM []DKIM // keys that sign; none where the relay does

	RootCAs            *x509.CertPool // who vouches for the relays; default the roots of the system
	Connections        int            // open at once, over all relays; default 4
	MailsPerConnection int            // then a connection is replaced; default 500
	Idle               time.Duration  // then an unused connection is closed; default 30 s
	Timeouts           Timeouts
	Now                func() time.Time // default time.Now
}

// Relay is a mail server that carries mail for us.
type Relay struct {
	Host     string
	Port     int // default 587 for STARTTLS, 465 for TLS, 25 for Insecure
	TLS      Security
	User     string // empty means no sign-in
	Password Secret
}

// Security is how a connection to a relay is protected. There is no way to send in the clear to
// another machine.
type Security string

// The kinds of protection.
const (
	STARTTLS Security = "starttls" // begins in the clear and must become TLS before anything is said; the default
	TLS      Security = "tls"      // TLS from the start
	Insecure Security = "insecure" // in the clear, to a relay on this same machine only
)

// Timeouts bound every wait for a relay.
type Timeouts struct {
	Dial    time.Duration // for the connection and the TLS handshake; default 10 s
	Command time.Duration // for each answer before the mail; default 30 s
	Final   time.Duration // for sending a mail and its answer; default 2 min
}

// Secret is a password. It prints as "[secret]".
type Secret string

// String hides the secret from %v, %s and %+v.
func (Secret) String() string { return "[secret]" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "[secret]" }

// MarshalText hides the secret from JSON and from structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// withDefaults fills the empty fields and returns an error for each setting to mend.
func (c Config) withDefaults() (Config, error) {
	_, domain, _ := cutLast(c.From)
	c.MessageIDHost = orDefault(c.MessageIDHost, domain)
	c.HELO = orDefault(c.HELO, c.MessageIDHost)
	c.ReturnPath = orDefault(c.ReturnPath, c.From)
	c.Connections = orDefault(c.Connections, 4)
	c.MailsPerConnection = orDefault(c.MailsPerConnection, 500)
	c.Idle = orDefault(c.Idle, 30*time.Second)
	c.Timeouts.Dial = orDefault(c.Timeouts.Dial, 10*time.Second)
	c.Timeouts.Command = orDefault(c.Timeouts.Command, 30*time.Second)
	c.Timeouts.Final = orDefault(c.Timeouts.Final, 2*time.Minute)
	if c.Now == nil {
		c.Now = time.Now
	}
	faults := []error{c.sender().check(), checkName(c.FromName), c.checkReturnPath()}
	for i, d := range c.DKIM {
		if err := d.check(c.From); err != nil {
			faults = append(faults, fmt.Errorf("dkim[%d].%w", i, err))
		}
	}
	if err := checkHost(c.HELO); err != nil {
		faults = append(faults, fmt.Errorf("helo: %w", err))
	}
	if c.Connections < 0 || c.MailsPerConnection < 0 || c.Idle < 0 ||
		c.Timeouts.Dial < 0 || c.Timeouts.Command < 0 || c.Timeouts.Final < 0 {
		faults = append(faults, errors.New("connections, mails_per_connection, idle and the timeouts are not negative"))
	}
	if len(c.Relays) == 0 {
		faults = append(faults, errors.New("relays: name at least one server that carries the mail"))
	}
	filled := make([]Relay, len(c.Relays))
	for i, r := range c.Relays {
		var err error
		if filled[i], err = r.withDefaults(); err != nil {
			faults = append(faults, fmt.Errorf("relays[%d].%w", i, err))
		}
	}
	c.Relays = filled
	return c, errors.Join(faults...)
}

func (c Config) sender() Sender {
	return Sender{Address: c.From, Name: c.FromName, Host: c.MessageIDHost}
}

func (r Relay) withDefaults() (Relay, error) {
	r.TLS = orDefault(r.TLS, STARTTLS)
	ports := map[Security]int{STARTTLS: 587, TLS: 465, Insecure: 25}
	if ports[r.TLS] == 0 {
		return r, errors.New(`tls: write "starttls", "tls" or "insecure"`)
	}
	r.Port = orDefault(r.Port, ports[r.TLS])
	ip, err := netip.ParseAddr(r.Host)
	isIP := err == nil
	switch {
	case r.Host == "":
		return r, errors.New("host: name the server")
	case !isIP && r.Host != "localhost" && checkHost(r.Host) != nil:
		return r, errors.New("host: write a host name such as smtp.example.org, without a port")
	case r.Port < 1 || r.Port > 65535:
		return r, errors.New("port: write a number from 1 to 65535")
	case r.TLS == Insecure && r.Host != "localhost" && !(isIP && ip.IsLoopback()):
		return r, errors.New(`tls: "insecure" is for a relay on this machine (127.0.0.1, ::1, localhost); use "starttls" or "tls"`)
	case r.User == "" && r.Password != "":
		return r, errors.New("user: a password needs a user")
	case r.User != "" && r.Password == "":
		return r, errors.New("password: a user needs a password")
	case strings.ContainsFunc(r.User+string(r.Password), unicode.IsControl):
		return r, errors.New("password: user and password have no line breaks or control characters")
	}
	return r, nil
}

func checkName(name string) error {
	if strings.ContainsFunc(name, unicode.IsControl) {
		return errors.New("from_name: a name has no line breaks or control characters")
	}
	return nil
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
