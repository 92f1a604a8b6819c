package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"time"

	"callbox/channels/discord/discordtest"
	"callbox/channels/email/mailtest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/channels/push/pushtest"
)

// sampleZIPs are where the made-up residents live; 06067 and 06018 are spared at first.
var sampleZIPs = []string{"06107", "06880", "06824", "06413", "06058", "06037", "06850", "06103", "06450", "06067", "06018", "06105"}

// people puts made-up residents on the roll by way of a subscribers file: two of three by mail, one by
// push, every third one reading Spanish first. Some far sides refuse, some know nobody of that name, and
// each says once that it is busy.
func (d *demo) people(n int) error {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	_ = w.Write([]string{"channel", "destination", "places", "langs", "consent_source", "consent_date"})
	devices := 0
	for i := range n {
		langs := []string{"en", "en es", "es en"}[i/3%3]
		zip := sampleZIPs[i%len(sampleZIPs)]
		channel, to := "email", fmt.Sprintf("resident%d@example.org", i)
		if i%3 == 2 {
			channel, to = "push", d.far.push.Subscribe(d.p.cfg.Push.PublicKey)
			d.scriptDevice(devices)
			devices++
		} else {
			d.scriptMailbox(i, to)
		}
		_ = w.Write([]string{channel, to, zip, langs, "demo", "2024-01-01"})
	}
	w.Flush()
	d.far.discord.Next(d.hook, discordtest.Busy(time.Second))
	d.far.mastodon.Next(mastodontest.Busy(time.Second))
	bar := d.bar(n, "  signing up")
	done, err := d.p.desk.ImportSubscribers(d.ctx, d.ada, bytes.NewReader(file.Bytes()), func(k int) { _ = bar.Set(k) })
	_ = bar.Exit()
	if err != nil {
		return fmt.Errorf("subscribers: %w", err)
	}
	fmt.Fprintf(d.out, "%d residents of %d ZIP codes are on the roll; a Discord channel, a Mastodon account and the CAP feed follow.\n",
		done.Lines, len(sampleZIPs))
	return nil
}

func (d *demo) scriptMailbox(i int, to string) {
	switch {
	case i%97 == 10:
		d.far.mail.For(to, mailtest.NoSuchUser())
	case i%89 == 10:
		d.far.mail.For(to, mailtest.Answer{Code: 552, Text: "Mailbox full"})
	case i%83 == 10:
		d.far.mail.For(to, mailtest.Greylisted(time.Time{}), mailtest.Accept)
	}
}

func (d *demo) scriptDevice(n int) {
	switch {
	case n%31 == 7:
		d.far.push.Script(n, pushtest.Answer{Status: 410})
	case n == 3:
		d.far.push.Script(n, pushtest.Answer{Status: 429, RetryAfter: time.Second})
	}
}
