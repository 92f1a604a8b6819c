package discord

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// webhook names one incoming webhook. Whoever knows the token may post, so it is never printed.
type webhook struct {
	id, token string
}

// hosts are the names Discord gives webhook URLs on; all of them reach the same API.
var hosts = map[string]bool{
	"discord.com": true, "ptb.discord.com": true, "canary.discord.com": true,
	"discordapp.com": true, "ptb.discordapp.com": true, "canary.discordapp.com": true,
}

// webhookPath takes the ID, a snowflake of up to 64 bits, and the token out of a webhook's path.
var webhookPath = regexp.MustCompile(`^/api(?:/v[0-9]{1,2})?/webhooks/([0-9]{15,20})/([A-Za-z0-9_-]{20,100})$`)

// parse reads a webhook URL as "Copy Webhook URL" gives it. Its errors do not quote the URL.
func parse(destination string) (webhook, error) {
	u, err := url.Parse(strings.TrimSpace(destination))
	if err != nil {
		return webhook{}, errors.New("a Discord destination is a webhook URL; this is no URL")
	}
	switch {
	case u.Scheme != "https":
		return webhook{}, errors.New("a webhook URL starts with https://")
	case u.User != nil || !hosts[strings.ToLower(u.Host)]:
		return webhook{}, errors.New("a webhook URL is on discord.com")
	case u.RawQuery != "" || u.Fragment != "":
		return webhook{}, errors.New("a webhook URL ends with its token: remove what follows ? or #")
	}
	parts := webhookPath.FindStringSubmatch(u.EscapedPath())
	if parts == nil {
		return webhook{}, errors.New("a webhook URL reads https://discord.com/api/webhooks/ID/TOKEN: copy it whole")
	}
	return webhook{id: parts[1], token: parts[2]}, nil
}
