package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/channels/discord"
	"callbox/channels/email"
	"callbox/channels/email/bounces"
	"callbox/channels/mastodon"
	"callbox/channels/push"
	"callbox/internal/crew"
	"callbox/internal/desk"
	"callbox/internal/dispatch"
	"callbox/internal/proofs"
	"callbox/internal/store"
	"callbox/internal/web/pages"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// program is everything that one process needs, put together from a configuration.
type program struct {
	cfg      config
	far      farSides
	keys     subscribers.Keys
	store    *store.Store
	desk     *desk.Desk
	sender   *dispatch.Sender
	mail     *email.Channel  // nil without one
	returned *bounces.Intake // of mails that came back; nil without one
	log      *slog.Logger
	// published is called when documents appeared in the feed.
	published func()
	crew      *crew.Crew  // nil until it serves
	serving   atomic.Bool // the public URL leads here: what is published can be read back
}

// farSides are where channels send. The zero value is the world; the demo and tests put stand-ins on
// loopback here. It is built by code, and no configuration reaches it.
type farSides struct {
	client  *http.Client // nil means the guarded one
	discord string       // base URL of a stand-in; empty means discord.com
	now     func() time.Time
	page    bool // pages may be plain http on loopback
}

// open puts a program together. Close it.
func open(ctx context.Context, c config, far farSides, log *slog.Logger) (*program, error) {
	file, err := os.ReadFile(inDir(c.dir, c.Keys))
	if err != nil {
		return nil, usageError{fmt.Errorf("keys: %w; make them with: callbox keys new", err)}
	}
	keys, err := subscribers.ParseKeys(file)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	words, err := loadWordings(c)
	if err != nil {
		return nil, in("wordings", err)
	}
	p := &program{cfg: c, far: far, keys: keys, log: log, published: func() {}}
	where, err := c.database()
	if err != nil {
		return nil, err
	}
	if p.store, err = store.Open(ctx, where, subscribers.NewSealer(keys), far.now); err != nil {
		return nil, err
	}
	feed, chs, err := p.channels()
	if err != nil {
		return nil, errors.Join(err, p.store.Close())
	}
	p.desk, err = desk.New(desk.Config{
		Store: p.store, Words: words, Links: subscribers.NewLinks(keys), Channels: chs,
		Press:  proofs.Press{Sender: sender(c), Limits: mastodon.Usual, Feed: feed.Compose},
		Checks: []func(context.Context, channels.Message) ([]outages.Finding, error){feed.Lint},
		Post:   p.post(chs[channels.Push]), Bell: p.bell(chs[channels.Push]), Page: p.page, AuditCopy: c.auditCopy(), Machine: func(ctx context.Context) []desk.Check { return p.machine(ctx) }, Now: far.now, Log: log,
		Place:  func(id areas.ID) string { return c.PublicURL + "/a/" + string(id) },
		Issued: func() { p.sender.Wake() },
	})
	if err != nil {
		return nil, errors.Join(err, p.store.Close())
	}
	p.sender = dispatch.NewSender(p.store, withFaults(chs, p.desk.Faults()), dispatch.Options{
		Now: far.now, Log: log, Lanes: p.lanes(), Page: p.page,
		Leave: func(address int64) string { return c.PublicURL + "/leave/" + p.desk.LeaveToken(address) },
	})
	return p, nil
}

func loadWordings(c config) (*templates.Wordings, error) {
	if c.Wordings == "" {
		return templates.Load(nil)
	}
	return templates.Load(os.DirFS(inDir(c.dir, c.Wordings)))
}

// sender is who mails are from, with a sample where mail is not configured: previews show it all the same.
func sender(c config) email.Sender {
	s := email.Sender{Address: c.Email.From, Name: c.Email.FromName, Host: c.Email.MessageIDHost}
	if s.Address == "" {
		s.Address = "alerts@example.gov"
	}
	if s.Host == "" {
		_, s.Host, _ = strings.Cut(s.Address, "@")
	}
	return s
}

// page is the public URL of an outage, or of a test. It ends in the code of the bulletin, by which readers
// find it on the page and ask whether a message is real.
func (p *program) page(b outages.Bulletin) string {
	url := p.cfg.PublicURL + pages.Path(b.Outage, b.Mode)
	if code := p.desk.BulletinCode(b); code != "" {
		url += "#" + code
	}
	return url
}

func (p *program) lanes() map[channels.Name]dispatch.LaneOptions {
	out := map[channels.Name]dispatch.LaneOptions{}
	for name, l := range p.cfg.Lanes {
		out[channels.Name(name)] = dispatch.LaneOptions{Concurrency: l.Concurrency, Rate: l.Rate}
	}
	return out
}

// channels makes those that are configured, and always the feed.
func (p *program) channels() (*cap.Channel, map[channels.Name]channels.Channel, error) {
	c, chs := p.cfg, map[channels.Name]channels.Channel{}
	var errs []error
	signer, err := p.signer()
	errs = append(errs, err)
	feed, err := cap.New(cap.Config{Shelf: p.store.Shelf(), Atlas: atlas{p}, Press: cap.Press{Source: c.CAP.Source, Contact: c.CAP.Contact},
		Signer: signer, Loopback: p.far.page, Changed: func() { p.published() }})
	errs = append(errs, err)
	chs[channels.CAP] = published{feed, p, &http.Client{Timeout: 5 * time.Second}}
	if c.Push.PublicKey != "" {
		private, err := c.Push.PrivateKey.read(c.dir)
		errs = append(errs, in("push.private_key", err))
		hosts := c.Push.Hosts
		if len(hosts) > 0 {
			hosts = append(hosts, push.KnownHosts...)
		}
		ch, err := push.New(push.Config{PublicKey: c.Push.PublicKey, PrivateKey: private, Subject: c.Push.Subject, Hosts: hosts,
			Engine: push.Engine(c.Push.Engine), NativeAfter: c.Push.NativeAfter, Client: p.far.client, Now: p.far.now})
		errs = append(errs, in("push", err))
		chs[channels.Push] = ch
	}
	if c.Email.From != "" {
		ch, err := p.email()
		errs = append(errs, in("email", err))
		p.mail, chs[channels.Email] = ch, ch
	}
	if c.Discord {
		ch, err := discord.New(discord.Config{Client: p.far.client, FarSide: p.far.discord, Now: p.far.now})
		errs = append(errs, in("discord", err))
		chs[channels.Discord] = ch
	}
	if c.Mastodon {
		chs[channels.Mastodon] = mastodon.New(mastodon.Config{Client: p.far.client, Now: p.far.now})
	}
	return feed, chs, errors.Join(errs...)
}

// in names the part of the configuration that an error is about.
func in(part string, err error) error {
	if err == nil {
		return nil
	}
	return usageError{fmt.Errorf("configuration: %s: %w", part, err)}
}

func (p *program) email() (*email.Channel, error) {
	c := p.cfg.Email
	bounce, err := c.BounceKey.read(p.cfg.dir)
	if err != nil {
		return nil, fmt.Errorf("bounce_key: %w", err)
	}
	out := email.Config{From: c.From, FromName: c.FromName, HELO: c.HELO, MessageIDHost: c.MessageIDHost,
		ReturnPath: c.ReturnPath, BounceKey: email.Secret(bounce), Connections: c.Connections, Now: p.far.now}
	for i, r := range c.Relays {
		password, err := r.Password.read(p.cfg.dir)
		if err != nil {
			return nil, fmt.Errorf("relay[%d].password: %w", i, err)
		}
		out.Relays = append(out.Relays, email.Relay{Host: r.Host, Port: r.Port, TLS: email.Security(r.TLS),
			User: r.User, Password: email.Secret(password)})
	}
	if out.DKIM, err = c.dkim(p.cfg.dir); err != nil {
		return nil, err
	}
	if p.returned, err = p.newReturned(); err != nil {
		return nil, err
	}
	return email.New(out)
}

func (p *program) signer() (*cap.Signer, error) {
	c := p.cfg.CAP
	if c.SigningKey == "" {
		return nil, nil
	}
	key, err := c.SigningKey.read(p.cfg.dir)
	if err != nil {
		return nil, in("cap.signing_key", err)
	}
	cert, err := os.ReadFile(inDir(p.cfg.dir, c.Certificate))
	if err != nil {
		return nil, in("cap.certificate", err)
	}
	s, err := cap.NewSigner([]byte(key), cert)
	return s, in("cap", err)
}

// close lets go of what the program holds.
func (p *program) close() error {
	var errs []error
	if p.mail != nil {
		errs = append(errs, p.mail.Close())
	}
	return errors.Join(append(errs, p.store.Close())...)
}

// atlas is the directory as it is at each moment.
type atlas struct{ p *program }

func (a atlas) book() *areas.Book {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	b, err := a.p.desk.Book(ctx)
	if err != nil {
		a.p.log.Error("the directory could not be read", "why", err)
	}
	return b
}

func (a atlas) Area(id areas.ID) (areas.Area, bool) { return a.book().Area(id) }
func (a atlas) Readers(scope areas.ID) []areas.ID   { return a.book().Readers(scope) }
func (a atlas) Shape(id areas.ID) []areas.Ring      { return a.book().Shape(id) }
