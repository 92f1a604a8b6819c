package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"callbox/internal/crew"
	"callbox/internal/desk"
)

// newCrew makes the crew that this process joins; heard is called when any process published something.
func (p *program) newCrew(heard func()) (*crew.Crew, error) {
	digest, err := p.digest()
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	return crew.New(crew.Options{
		Store: p.store, Digest: digest, About: fmt.Sprintf("process %d on %s", os.Getpid(), host), Now: p.desk.Now, Log: p.log,
		Share: p.sender.Share,
		Heard: func() { p.sender.Wake(); heard() },
	}), nil
}

// digest is of the configuration that all processes on one database must share, without its secrets: what
// differs there would send other words, from elsewhere, or not at all. Keys may differ by a step of a rotation.
func (p *program) digest() (string, error) {
	c := p.cfg
	mail := c.Email
	mail.Relays, mail.Connections, mail.BounceKey, mail.HELO = nil, 0, "", "" // may differ from machine to machine
	mail.BouncesListen, mail.BouncesMaildir = "", ""
	h := sha256.New()
	if err := json.NewEncoder(h).Encode([]any{c.PublicURL, c.Push.PublicKey, c.Discord, c.Mastodon, mail,
		c.CAP.Source, c.CAP.Contact, c.CAP.SigningKey != "", c.Lanes}); err != nil {
		return "", err
	}
	if c.Wordings != "" {
		folder := os.DirFS(inDir(c.dir, c.Wordings))
		err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(folder, name)
			fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(data))
			return err
		})
		if err != nil {
			return "", fmt.Errorf("wordings: %w", err)
		}
	}
	return crew.Digest(hex.EncodeToString(h.Sum(nil)[:16]), p.keys), nil
}

// crewChecks say who serves, whether what is written here is what they were given, and whether the database
// takes what is written.
func (p *program) crewChecks(ctx context.Context) []desk.Check {
	database := desk.Check{What: "database", OK: true, Text: "it answers and can be written"}
	if err := p.store.Writable(ctx); err != nil {
		database = desk.Check{What: "database", Text: err.Error()}
	}
	serving := desk.Check{What: "serving"}
	digest, err := p.digest()
	if err == nil {
		serving.Text, err = crew.Inspect(ctx, p.store, digest)
	}
	serving.OK = err == nil
	if err != nil {
		serving.Text = err.Error()
	}
	return []desk.Check{database, serving}
}
