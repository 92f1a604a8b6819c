//go:build faults

package faults

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"callbox/channels"
	"callbox/channels/discord/discordtest"
	"callbox/channels/email/mailtest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/channels/push/pushtest"
)

// far is the far sides of one trial, each behind a proxy that can break the connection.
type far struct {
	mail     *mailtest.Server
	push     *pushtest.Listening
	discord  *discordtest.Server
	mastodon *mastodontest.Server
	proxies  map[channels.Name]*toxiproxy.Proxy
}

func startFar() (*far, error) {
	f := &far{proxies: map[channels.Name]*toxiproxy.Proxy{}}
	var err error
	if f.mail, err = mailtest.Start(mailtest.Options{}); err != nil {
		return nil, err
	}
	if f.push, err = pushtest.Start(); err != nil {
		return nil, err
	}
	if f.discord, err = discordtest.New(); err != nil {
		return nil, err
	}
	if f.mastodon, err = mastodontest.New(); err != nil {
		return nil, err
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	for name, to := range map[channels.Name]string{channels.Email: f.mail.Addr(), channels.Push: host(f.push.Base),
		channels.Discord: host(f.discord.URL()), channels.Mastodon: host(f.mastodon.Base())} {
		p := toxiproxy.NewProxy(server, string(name), "127.0.0.1:0", to)
		if err := p.Start(); err != nil {
			return nil, err
		}
		f.proxies[name] = p
	}
	f.push.Base = "http://" + f.proxies[channels.Push].Listen
	return f, nil
}

func (f *far) close() {
	for _, p := range f.proxies {
		p.Stop()
	}
	// Everything that was asked of them has been judged by now: how they end does not matter.
	_, _, _, _ = f.mail.Close(), f.push.Close(), f.discord.Close(), f.mastodon.Close()
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Host
}

// poison adds a toxic to a proxy; cure takes all away.
func (f *far) poison(name channels.Name, kind, stream string, attributes map[string]int) error {
	text, err := json.Marshal(map[string]any{"type": kind, "stream": stream, "attributes": attributes})
	if err != nil {
		return err
	}
	_, err = f.proxies[name].Toxics.AddToxicJson(strings.NewReader(string(text)))
	return err
}

// arrival is a message that a resident or a crowd was given.
type arrival struct {
	to   string // who, as the far side knows them
	seq  int    // of the bulletin
	name string // what makes a repeat known as one: Message-ID, topic, idempotency key
}

// mails returns what the mail server took, in order. The number of the bulletin stands in the Message-ID.
func (f *far) mails() (out []arrival) {
	for _, m := range f.mail.Mails() {
		local, _, _ := strings.Cut(m.MessageID, "@")
		parts := strings.Split(local, ".")
		seq, _ := strconv.Atoi(parts[max(len(parts)-2, 0)])
		out = append(out, arrival{m.To, seq, m.MessageID})
	}
	return out
}

// pushes returns what the browsers were given, in order.
func (f *far) pushes() (out []arrival, err error) {
	for _, n := range f.push.Received() {
		var said struct {
			Notification struct {
				Data struct {
					Seq int `json:"seq"`
				} `json:"data"`
			} `json:"notification"`
		}
		if err := json.Unmarshal(n.Payload, &said); err != nil || n.Trouble != "" {
			return nil, fmt.Errorf("a browser could not read a push: %s %v", n.Trouble, err)
		}
		out = append(out, arrival{strconv.Itoa(n.Device), said.Notification.Data.Seq, n.Topic})
	}
	return out, nil
}

// newest returns the number of the last bulletin that each was given, and an error where an older one came
// after a newer one.
func newest(list []arrival) (map[string]int, error) {
	last := map[string]int{}
	for _, a := range list {
		if a.seq < last[a.to] {
			return last, fmt.Errorf("%s was given bulletin %d after %d", a.to, a.seq, last[a.to])
		}
		last[a.to] = a.seq
	}
	return last, nil
}

// repeats counts what came more than once.
func repeats(list []arrival) int {
	seen := map[arrival]bool{}
	for _, a := range list {
		seen[a] = true
	}
	return len(list) - len(seen)
}

// visible returns repeats that a resident would see as something new: of one bulletin to one resident under
// two names.
func visible(list []arrival) (out []string) {
	names := map[string]string{}
	for _, a := range list {
		key := fmt.Sprint(a.to, "/", a.seq)
		if name, ok := names[key]; (ok && name != a.name || a.name == "") && !slices.Contains(out, key) {
			out = append(out, key)
		}
		names[key] = a.name
	}
	return out
}
