package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"text/tabwriter"

	"callbox/channels"
	"callbox/internal/store"
)

// show prints one received message of each channel, in both languages where they come apart.
func (d *demo) show() error {
	for _, lang := range []string{"en", "es"} {
		for _, m := range d.far.mail.Mails() {
			first, subject, text, err := readMail(m.Data)
			if err != nil {
				return fmt.Errorf("received mail: %w", err)
			}
			if first == lang {
				d.received("a mail ("+lang+" first)", subject+"\n\n"+text)
				break
			}
		}
		for _, n := range d.far.push.Received() {
			var p struct {
				Notification struct{ Lang, Title, Body string } `json:"notification"`
			}
			if err := json.Unmarshal(n.Payload, &p); err != nil {
				return fmt.Errorf("received push: %w", err)
			}
			if p.Notification.Lang == lang {
				d.received("a push ("+lang+")", p.Notification.Title+"\n"+p.Notification.Body)
				break
			}
		}
	}
	for _, m := range d.far.discord.Messages(d.hook)[:1] {
		for _, e := range m.Embeds {
			text := e.Title + "\n" + e.Description
			for _, f := range e.Fields {
				text += "\n" + f.Name + ": " + f.Value
			}
			d.received("a Discord embed", text)
		}
	}
	for _, lang := range []string{"en", "es"} {
		for _, s := range d.far.mastodon.Statuses(d.account) {
			if s.Language == lang {
				d.received("a Mastodon status ("+lang+", the first of its thread)", s.Text)
				break
			}
		}
	}
	items, err := d.feed("/cap/rss.xml")
	if err != nil {
		return err
	}
	for _, i := range items {
		d.received("a CAP document in the feed", i.Title+"\n"+i.Link)
	}
	return nil
}

func (d *demo) received(what, text string) {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")
	fmt.Fprintf(d.out, "\n  Received, %s:\n    | %s\n", what, strings.ReplaceAll(text, "\n", "\n    | "))
}

// readMail returns the first language of a mail, its subject and its plain text.
func readMail(data []byte) (lang, subject, text string, err error) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return "", "", "", err
	}
	lang, _, _ = strings.Cut(m.Header.Get("Content-Language"), ",")
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return "", "", "", err
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", "", "", err
	}
	// NextRawPart leaves the transfer encoding to us, as a mail reader has it.
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		return "", "", "", err
	}
	plain, err := io.ReadAll(quotedprintable.NewReader(part))
	return lang, subject, string(plain), err
}

type feedItem struct {
	Title string `xml:"title"`
	Link  string `xml:"link"`
}

// feed reads a feed through the public URL, as an aggregator does.
func (d *demo) feed(path string) ([]feedItem, error) {
	r, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.p.cfg.PublicURL+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	defer res.Body.Close()
	var rss struct {
		Items []feedItem `xml:"channel>item"`
	}
	if err := xml.NewDecoder(res.Body).Decode(&rss); err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("feed %s: status %d: %w", path, res.StatusCode, err)
	}
	return rss.Items, nil
}

func of(figures []store.Figure, seq int) []store.Figure {
	return slices.DeleteFunc(slices.Clone(figures), func(f store.Figure) bool { return f.Seq != seq })
}

// count is what the ledger and a far side say of one channel.
type count struct {
	channel     channels.Name
	what        string
	ledger, far int
}

// compare prints the ledger of the whole outage, and fails unless the far sides counted the same.
func (d *demo) compare() error {
	counts, err := d.counts()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	fmt.Fprintln(d.out, "\nWhat the ledger says was accepted, and what the far sides themselves counted:")
	var errs []error
	for _, c := range counts {
		fmt.Fprintf(d.out, "  %-8s %5d = %5d %s\n", c.channel, c.ledger, c.far, c.what)
		if c.ledger != c.far {
			errs = append(errs, fmt.Errorf("demo: %s: the ledger says %d, the far side %d", c.channel, c.ledger, c.far))
		}
	}
	s, err := d.p.desk.Status(d.ctx, d.ada, d.outage)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, "\nThe ledger of the outage, all bulletins:")
	writeLedger(d.out, s.Figures)
	return errors.Join(errs...)
}

func (d *demo) counts() ([]count, error) {
	s, err := d.p.desk.Status(d.ctx, d.ada, d.outage)
	if err != nil {
		return nil, err
	}
	accepted := map[channels.Name]int{}
	for _, f := range s.Figures {
		accepted[f.Channel] += f.Accepted
	}
	parts, err := d.p.store.Parts(d.ctx, d.outage)
	if err != nil {
		return nil, err
	}
	messages := map[string]bool{}
	for _, m := range d.far.mail.Mails() {
		messages[m.MessageID] = true
	}
	documents, err := d.feed("/cap/all/rss.xml")
	return []count{
		{channels.Push, "pushes that browsers opened", accepted[channels.Push], int(d.far.push.Counts().Accepted)},
		{channels.Email, "different mails", accepted[channels.Email], len(messages)},
		{channels.Email, "mails in all", accepted[channels.Email], d.far.mail.Count()},
		{channels.Discord, "messages posted", parts[channels.Discord], len(d.far.discord.Messages(d.hook))},
		{channels.Mastodon, "statuses posted", parts[channels.Mastodon], len(d.far.mastodon.Statuses(d.account))},
		{channels.CAP, "documents in the feed of 48 hours", parts[channels.CAP], len(documents)},
	}, err
}

// writeLedger prints the ledger by channel, all bulletins added up.
func writeLedger(w io.Writer, figures []store.Figure) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "channel\ttargeted\twaiting\taccepted\trefused\tgone\texpired\tovertaken\tstopped\tuncertain\t")
	for _, name := range []channels.Name{channels.Push, channels.Email, channels.Discord, channels.Mastodon, channels.CAP} {
		var sum store.Totals
		for _, f := range figures {
			if f.Channel == name {
				sum = sum.Plus(f.Totals)
			}
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, sum.Targeted, sum.Waiting, sum.Accepted, sum.Refused,
			sum.Gone, sum.Expired, sum.Overtaken, sum.Stopped, sum.Uncertain)
	}
	t.Flush()
}
