package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// GenerateKeys makes a VAPID key pair (RFC 8292) as base64url without padding. The public key is what a
// browser subscribes with (applicationServerKey); every subscription is bound to it, so losing the pair
// loses all subscribers.
func GenerateKeys() (public, private string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("generating a VAPID key pair: %w", err)
	}
	d, err := key.Bytes()
	if err != nil {
		return "", "", fmt.Errorf("encoding the private VAPID key: %w", err)
	}
	q, err := key.PublicKey.Bytes()
	if err != nil {
		return "", "", fmt.Errorf("encoding the public VAPID key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(q), base64.RawURLEncoding.EncodeToString(d), nil
}

// CheckKeys returns an error that a person can mend if the two are not one VAPID key pair.
func CheckKeys(public, private string) error {
	_, err := parseKeys(public, private)
	return err
}

// keyPair is a VAPID key pair in the forms that the engines need.
type keyPair struct {
	private                 *ecdsa.PrivateKey
	publicText, privateText string // base64url without padding
}

func parseKeys(public, private string) (keyPair, error) {
	d, err := decode(private)
	if err != nil {
		return keyPair{}, errors.New("private VAPID key: not base64url")
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		return keyPair{}, errors.New("private VAPID key: not a P-256 key of 32 bytes")
	}
	q, err := decode(public)
	if err != nil {
		return keyPair{}, errors.New("public VAPID key: not base64url")
	}
	want, err := key.PublicKey.Bytes()
	if err != nil {
		return keyPair{}, fmt.Errorf("private VAPID key: %w", err)
	}
	if !slices.Equal(q, want) {
		return keyPair{}, errors.New("public VAPID key: does not belong to the private one")
	}
	return keyPair{
		private:     key,
		publicText:  base64.RawURLEncoding.EncodeToString(q),
		privateText: base64.RawURLEncoding.EncodeToString(d),
	}, nil
}

// parseSubject returns an https URL as it is, and an e-mail address without mailto:.
func parseSubject(s string) (string, error) {
	if strings.HasPrefix(s, "https://") {
		u, err := url.Parse(s)
		if err != nil || !realDomain(u.Hostname()) {
			return "", errors.New("push subject: the URL has no public domain name")
		}
		return s, nil
	}
	address, err := mail.ParseAddress(strings.TrimPrefix(s, "mailto:"))
	if err != nil || address.Name != "" {
		return "", errors.New("push subject: must be an e-mail address or an https URL")
	}
	if _, domain, _ := strings.Cut(address.Address, "@"); !realDomain(domain) {
		return "", errors.New("push subject: the address has no public domain name")
	}
	return address.Address, nil
}

// realDomain reports whether a push service may take a name for a public domain: Apple refuses a token
// whose subject does not resolve.
func realDomain(host string) bool {
	host = strings.ToLower(host)
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	i := strings.LastIndexByte(host, '.')
	if i <= 0 || i == len(host)-1 {
		return false
	}
	return !slices.Contains([]string{"local", "localhost", "invalid", "test", "internal", "lan"}, host[i+1:])
}
