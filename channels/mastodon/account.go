package mastodon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"callbox/channels"
)

// account is the account that a destination posts as.
type account struct {
	server     string // "https://social.example.org", without a slash at its end
	host       string // "social.example.org"
	token      string
	visibility string
}

// parse reads a destination: {"server":"https://…","token":"…","visibility":"public"}. The visibility may
// be left out. The client decides which servers it may be sent to. Errors do not quote the destination.
func parse(client *http.Client, destination string) (account, error) {
	var d struct {
		Server     string `json:"server"`
		Token      string `json:"token"`
		Visibility string `json:"visibility"`
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(destination)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return account{}, errors.New(`a Mastodon destination is JSON: {"server": "https://…", "token": "…", "visibility": "public"}`)
	}
	if _, err := dec.Token(); err != io.EOF {
		return account{}, errors.New("a Mastodon destination is one JSON object: remove what follows it")
	}
	u, err := channels.CheckURL(client, d.Server)
	switch {
	case err != nil:
		return account{}, fmt.Errorf("server: %w", err)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return account{}, errors.New("server: give it without a path, as https://social.example.org")
	case d.Token == "":
		return account{}, errors.New("token: give the account's access token")
	case strings.ContainsFunc(d.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return account{}, errors.New("token: an access token has no spaces and no special characters")
	}
	switch d.Visibility {
	case "":
		d.Visibility = "public"
	case "public", "unlisted", "private":
	default:
		return account{}, errors.New("visibility: one of public, unlisted and private (followers only)")
	}
	host := strings.ToLower(u.Host)
	return account{
		server: u.Scheme + "://" + host, host: host, token: d.Token, visibility: d.Visibility,
	}, nil
}
