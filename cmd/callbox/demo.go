package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/email/mailtest"
	"callbox/channels/push"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/subscribers"
)

//go:embed sample
var sample embed.FS

type demoCmd struct {
	Once        bool   `help:"End when the outage is over instead of leaving the pages open; fail unless the ledger equals the far sides' counters."`
	Subscribers int    `help:"How many made-up residents." default:"2000"`
	Listen      string `help:"Address of the pages." default:"127.0.0.1:0"`
}

// demo is one run: a program with its far sides, two officials and an outage.
type demo struct {
	*env
	p        *program
	far      *fleet
	ada, bob officials.Actor
	hook     string // Discord webhook
	account  string // Mastodon account
	outage   string
}

// Run plays an outage through every channel on this machine.
func (c *demoCmd) Run(e *env) error {
	return e.aside(c.Listen, func(d *demo) error {
		if err := d.play(c.Subscribers); err != nil || c.Once {
			return err
		}
		fmt.Fprintf(e.out, "\nThe pages stay open at %s until you press Ctrl-C.\n", d.p.cfg.PublicURL)
		if err := d.console(); err != nil {
			return err
		}
		<-d.ctx.Done()
		return nil
	})
}

// aside runs something in an installation of its own, served on this machine, whose every far side is a
// stand-in here.
func (e *env) aside(listen string, do func(*demo) error) error {
	dir, err := os.MkdirTemp("", "callbox-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	far, err := startFleet(mailtest.Options{Keep: true})
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer far.close()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	cfg, err := far.config(dir, "http://"+l.Addr().String())
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	p, err := open(e.ctx, cfg, far.farSides(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d := &demo{env: e, p: p, far: far}
	ctx, stop := context.WithCancel(e.ctx)
	var serving sync.WaitGroup
	serving.Go(func() { err = errors.Join(err, p.serve(ctx, l)) })
	done := do(d)
	stop()
	serving.Wait()
	return errors.Join(done, err, p.close())
}

// console says how to open the officials' console, as each of the two.
func (d *demo) console() error {
	for _, a := range []officials.Actor{d.ada, d.bob} {
		link, err := d.p.link(d.ctx, *a.Official)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		fmt.Fprintf(d.out, "The console as %s, who has the roles %v, in a private window of its own:\n  %s\n", a.Official.Name, a.Official.Roles, link)
	}
	fmt.Fprintln(d.out, "Each link works once; set up a passkey when you are in. Nobody real is told, in either space.")
	return nil
}

// config is that of an agency whose every far side is the fleet.
func (f *fleet) config(dir, url string) (config, error) {
	public, private, err := push.GenerateKeys()
	if err != nil {
		return config{}, err
	}
	for name, data := range map[string][]byte{"callbox.keys": subscribers.GenerateKeys().File(), "push.key": []byte(private)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return config{}, err
		}
	}
	return config{
		Database: "callbox.db", Keys: "callbox.keys", PublicURL: url, dir: dir, Discord: true, Mastodon: true,
		Push: pushConfig{PublicKey: public, PrivateKey: "file:push.key", Subject: "alerts@despp.example.org"},
		Email: emailConfig{From: "alerts@despp.example.org", FromName: "911 outage demo",
			Relays: []relayConfig{{Host: f.mail.Host(), Port: f.mail.Port(), TLS: "insecure"}}},
		CAP: capConfig{Source: "Callbox demo"},
	}, nil
}

// play tells the whole story and compares what the ledger and the far sides counted.
func (d *demo) play(n int) error {
	fmt.Fprintln(d.out, "This is a demo: made-up people, made-up numbers (555-01xx), far sides on this machine. Nothing leaves it.")
	if err := d.prepare(n); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for _, step := range []struct{ file, title string }{
		{"1-alert.yaml", "911 fails in parts of Connecticut"},
		{"2-update.yaml", "some of it works again"},
		{"3-all-clear.yaml", "all of it works again"},
	} {
		fmt.Fprintf(d.out, "\n%s\n", step.title)
		if err := d.tell(step.file); err != nil {
			return fmt.Errorf("demo: %s: %w", step.file, err)
		}
		if step.file == "1-alert.yaml" {
			if err := d.show(); err != nil {
				return fmt.Errorf("demo: %w", err)
			}
		}
	}
	return d.compare()
}

// prepare sets up what an agency has before any outage.
func (d *demo) prepare(n int) error {
	if err := d.agency(); err != nil {
		return err
	}
	d.hook, d.account = d.far.discord.Add(), d.far.mastodon.Add("callbox")
	for name, to := range map[channels.Name]string{channels.Discord: d.hook, channels.Mastodon: d.account, channels.CAP: "live"} {
		o := subscribers.Outlet{Name: string(name), List: subscribers.Live, Langs: []string{"en", "es"}, Areas: []areas.ID{"09"}}
		if err := d.p.desk.Outlet(d.ctx, d.ada, o, name, subscribers.NewDestination(to)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return d.people(n)
}

// agency sets up the agency of the sample, its directory, and two officials.
func (d *demo) agency() error {
	ctx, desk := d.ctx, d.p.desk
	err := desk.SaveAgency(ctx, officials.Agency{ID: "ct-demo", Name: "Connecticut Emergency Services (demo)", Jurisdiction: []areas.ID{"09"},
		Zone: "America/New_York", Sender: "alerts@despp.example.org", Policy: outages.Policy{TwoPeople: true}, Undo: time.Second})
	if err != nil {
		return err
	}
	if d.ada, err = d.official("ada", officials.Drafter, officials.Directory, officials.Admin); err != nil {
		return err
	}
	if d.bob, err = d.official("bob", officials.Approver); err != nil {
		return err
	}
	if err := d.sample("areas.csv", func(r io.Reader) error { _, err := desk.ImportAreas(ctx, d.ada, r); return err }); err != nil {
		return err
	}
	return d.sample("numbers.csv", func(r io.Reader) error { _, err := desk.ImportDirectory(ctx, d.ada, r); return err })
}

func (d *demo) official(id string, roles ...officials.Role) (officials.Actor, error) {
	key, err := d.p.desk.AddOfficial(d.ctx, officials.Official{ID: id, Agency: "ct-demo", Name: id, Roles: roles})
	if err != nil {
		return officials.Actor{}, err
	}
	return d.p.desk.Who(d.ctx, key)
}

func (d *demo) sample(file string, take func(io.Reader) error) error {
	f, err := sample.Open("sample/" + file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := take(f); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// tell declares a step, has the second person approve it, and waits until nobody waits any more.
func (d *demo) tell(file string) error {
	data, err := sample.ReadFile("sample/" + file)
	if err != nil {
		return err
	}
	now := time.Now()
	text := strings.NewReplacer("BEGAN", now.Add(-30*time.Minute).Format(time.RFC3339), "NEXT", now.Add(time.Hour).Format(time.RFC3339),
		"SINCE", now.Add(-10*time.Minute).Format(time.RFC3339)).Replace(string(data))
	decl, err := d.p.desk.Read(d.ctx, d.ada, []byte(text))
	if err != nil {
		return err
	}
	draft, err := d.p.desk.Declare(d.ctx, d.ada, d.outage, decl)
	if err != nil {
		return err
	}
	if draft, err = d.p.desk.Submit(d.ctx, d.ada, draft.ID); err != nil {
		return err
	}
	d.outage = draft.Outage
	fmt.Fprintf(d.out, "  ada submits draft %s (%s) and reads back %s; bob approves.\n", draft.ID, decl.Kind, draft.Code)
	began := time.Now()
	if _, err := d.p.desk.Approve(d.ctx, d.bob, draft.ID, desk.Word{Code: draft.Code}); err != nil {
		return err
	}
	s, err := d.settled(draft.Seq)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "  settled %.1f s after the approval, the undo window of %v included:\n", time.Since(began).Seconds(), d.ada.Agency.Undo)
	writeFigures(d.out, of(s.Figures, draft.Seq))
	return nil
}

// settled waits until nothing of a bulletin waits, and shows how far it is.
func (d *demo) settled(seq int) (desk.Status, error) {
	bar := d.bar(-1, "  deliveries")
	defer bar.Exit() //nolint:errcheck // only a picture
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		s, err := d.p.desk.Status(d.ctx, d.ada, d.outage)
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			return s, err
		}
		figures := of(s.Figures, seq)
		targeted, left := 0, 0
		for _, f := range figures {
			targeted, left = targeted+f.Targeted, left+f.Waiting
		}
		bar.ChangeMax(targeted)
		_ = bar.Set(targeted - left)
		if len(figures) > 0 && left == 0 {
			return s, nil
		}
		select {
		case <-d.ctx.Done():
			return s, d.ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return desk.Status{}, fmt.Errorf("bulletin %d still waits for somebody after two minutes", seq)
}
