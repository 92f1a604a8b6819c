package main

import (
	"errors"

	"callbox/channels"
	"callbox/channels/discord/discordtest"
	"callbox/channels/email/mailtest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/channels/push/pushtest"
)

// fleet is a set of far sides on loopback: a mail server, a push service with its browsers, and
// stand-ins for Discord and Mastodon. The feed is its own far side.
type fleet struct {
	mail     *mailtest.Server
	push     *pushtest.Listening
	discord  *discordtest.Server
	mastodon *mastodontest.Server
}

// startFleet starts them. Close it.
func startFleet(mail mailtest.Options) (*fleet, error) {
	f := &fleet{}
	var errs [4]error
	f.mail, errs[0] = mailtest.Start(mail)
	f.push, errs[1] = pushtest.Start()
	f.discord, errs[2] = discordtest.New()
	f.mastodon, errs[3] = mastodontest.New()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	f.mastodon.Chars, f.mastodon.URL = 500, 23
	return f, nil
}

func (f *fleet) close() error {
	return errors.Join(f.mail.Close(), f.push.Close(), f.discord.Close(), f.mastodon.Close())
}

// farSides lets a program reach the fleet, and nothing but loopback.
func (f *fleet) farSides() farSides {
	return farSides{client: channels.NewClient(channels.Loopback()), discord: f.discord.URL(), page: true}
}
