package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// config is the configuration file. Every field has a default that works on one machine; what sends to
// the outside is off until it is configured.
type config struct {
	Database  string `toml:"database"`   // file of the SQLite database, or postgres://user@host/name
	Keys      string `toml:"keys"`       // file of the keys that seal addresses; never inside the database
	PublicURL string `toml:"public_url"` // where residents reach the pages
	Listen    string `toml:"listen"`     // address to serve on
	// TrustedProxies are addresses and networks whose X-Forwarded-For is believed; the machine itself if
	// none is named.
	TrustedProxies []string `toml:"trusted_proxies"`
	// ConsoleURL is where officials reach the console; empty means below PublicURL. A host of its own keeps
	// flaws of the public pages away from it. Passkeys are bound to the host.
	ConsoleURL    string `toml:"console_url"`
	ConsoleListen string `toml:"console_listen"` // address to serve the console on; empty means on Listen
	Wordings      string `toml:"wordings"`       // folder of wordings that replace the built-in ones
	// DrillKey opens the pages and the feed of drills and tests: ?key=… in their address.
	DrillKey secret `toml:"drill_key"`
	Export   string `toml:"export"` // folder for a second host, written on every change
	// Tests are when tests are planned: they are announced on the pages.
	Tests []time.Time `toml:"tests"`
	// AuditCopy is a file that gets a second copy of the audit trail, best on another disk.
	AuditCopy string `toml:"audit_copy"`

	DatabasePassword secret `toml:"database_password"` // of the PostgreSQL user

	Push     pushConfig            `toml:"push"`
	Email    emailConfig           `toml:"email"`
	Discord  bool                  `toml:"discord"`
	Mastodon bool                  `toml:"mastodon"`
	CAP      capConfig             `toml:"cap"`
	Lanes    map[string]laneConfig `toml:"lanes"` // by channel
	Backup   backupConfig          `toml:"backup"`

	dir     string         // of the file: relative paths are relative to it
	proxies []netip.Prefix // TrustedProxies, read
}

type pushConfig struct {
	PublicKey  string   `toml:"public_key"`
	PrivateKey secret   `toml:"private_key"`
	Subject    string   `toml:"subject"` // a mail address or https URL where push services may ask
	Hosts      []string `toml:"hosts"`   // push services to trust beside the known ones
	Engine     string   `toml:"engine"`  // "auto", "webpush-go" or "native"
	// NativeAfter is the audience above which "auto" takes the native engine.
	NativeAfter int `toml:"native_after"`
}

type emailConfig struct {
	From          string `toml:"from"`
	FromName      string `toml:"from_name"`
	HELO          string `toml:"helo"`
	MessageIDHost string `toml:"message_id_host"`
	ReturnPath    string `toml:"return_path"`
	BounceKey     secret `toml:"bounce_key"`
	// BouncesListen is where mails that came back are handed over by LMTP: 127.0.0.1:2424, or unix:FILE.
	BouncesListen string `toml:"bounces_listen"`
	// BouncesMaildir is a mailbox that they come to, emptied every few seconds.
	BouncesMaildir string        `toml:"bounces_maildir"`
	Connections    int           `toml:"connections"`
	Relays         []relayConfig `toml:"relay"`
	DKIM           []dkimConfig  `toml:"dkim"`
}

type dkimConfig struct {
	Domain   string `toml:"domain"`
	Selector string `toml:"selector"`
	Key      secret `toml:"key"` // PEM
}

type relayConfig struct {
	Host     string `toml:"host"`
	Port     int    `toml:"port"`
	TLS      string `toml:"tls"`
	User     string `toml:"user"`
	Password secret `toml:"password"`
}

type capConfig struct {
	Source      string `toml:"source"`  // who made the documents, at most 30 characters
	Contact     string `toml:"contact"` // where aggregators may ask
	SigningKey  secret `toml:"signing_key"`
	Certificate string `toml:"certificate"` // file
}

type laneConfig struct {
	Concurrency int     `toml:"concurrency"`
	Rate        float64 `toml:"rate"` // attempts per second to one far side
}

// secret is "file:NAME" or "env:NAME": where a secret stands, never the secret itself.
type secret string

// read returns the secret, without surrounding white space; an empty reference gives an empty secret.
func (s secret) read(dir string) (string, error) {
	kind, name, _ := strings.Cut(string(s), ":")
	switch {
	case s == "":
		return "", nil
	case kind == "env" && name != "":
		v, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment has no %s", name)
		}
		return strings.TrimSpace(v), nil
	case kind == "file" && name != "":
		b, err := os.ReadFile(inDir(dir, name))
		if err != nil {
			return "", fmt.Errorf("read secret: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return "", errors.New(`write "file:NAME" or "env:NAME"; a secret does not stand in the configuration itself`)
}

func inDir(dir, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// loadConfig reads the file and the environment, which wins. A missing file is an error unless all that
// is needed stands in the environment.
func loadConfig(file string) (config, error) {
	c := config{Database: "callbox.db", Keys: "callbox.keys", Listen: "127.0.0.1:8911", PublicURL: "http://127.0.0.1:8911"}
	text, err := os.ReadFile(file)
	if err != nil && !(errors.Is(err, os.ErrNotExist) && os.Getenv("CALLBOX_DATABASE") != "") {
		return c, usageError{fmt.Errorf("configuration: %w; name the file with --config, or see docs/operate.md for one to begin with", err)}
	}
	dec := toml.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, usageError{fmt.Errorf("configuration %s: %w", filepath.Base(file), explain(err))}
	}
	if openlySecret(c.Database) {
		return c, in("database", errors.New(`the password does not stand here: write database_password = "file:NAME" or "env:NAME"`))
	}
	for name, field := range map[string]*string{"CALLBOX_DATABASE": &c.Database, "CALLBOX_KEYS": &c.Keys,
		"CALLBOX_PUBLIC_URL": &c.PublicURL, "CALLBOX_LISTEN": &c.Listen,
		"CALLBOX_CONSOLE_URL": &c.ConsoleURL, "CALLBOX_CONSOLE_LISTEN": &c.ConsoleListen} {
		if v, ok := os.LookupEnv(name); ok {
			*field = v
		}
	}
	c.dir = filepath.Dir(file)
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return c, usageError{errors.New("configuration: public_url: write the https address that residents use, such as https://alerts.example.gov")}
	}
	if err := errors.Join(c.checkConsole(), c.checkProxies()); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// explain gives a TOML error its place.
func explain(err error) error {
	if e, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		return fmt.Errorf("keys that are not known:\n%s", withoutSecrets(e.String()))
	}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		return fmt.Errorf("\n%s", withoutSecrets(e.String()))
	}
	return err
}
