package email

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// A token is a key, a dot and a signature. With "bounces+" before it, it fills the 64 octets that the
// local part of an address may have.
const (
	maxToken  = 56
	signature = 10 // characters of base32: 50 bits
	// signatureBytes hold them, and a few bits more.
	signatureBytes = 7
	minSecret      = 16
)

// Token returns what names the delivery of a key in a return path: letters, digits and -_. only. The
// signature does not depend on case, since mail servers may change it.
func Token(secret Secret, key string) string {
	key = tokenKey(key)
	return key + "." + sign(newMAC(secret), key)
}

// tokenKey is a key as a token names it.
func tokenKey(key string) string {
	if len(key)+1+signature > maxToken || strings.ContainsFunc(key, notPlain) || !isDotAtom(key) {
		return digest(key) // such a bounce can be counted, not attributed
	}
	return key
}

// KeyOf returns the key that a token names, and false for a token that was not made with this secret.
func KeyOf(secret Secret, token string) (key string, ok bool) {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return "", false
	}
	key = token[:dot]
	return key, hmac.Equal([]byte(strings.ToLower(token[dot+1:])), []byte(sign(newMAC(secret), key)))
}

func newMAC(secret Secret) hash.Hash { return hmac.New(sha256.New, []byte(secret)) }

func sign(mac hash.Hash, key string) string {
	mac.Write([]byte(strings.ToLower(key)))
	return lowerCase.EncodeToString(mac.Sum(nil)[:signatureBytes])[:signature]
}

// lowerCase is base32 (RFC 4648) in letters that mail servers leave as they are.
var lowerCase = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func notPlain(r rune) bool {
	return r > 0x7f || !isAlphanumeric(byte(r)) && !strings.ContainsRune("-_.", r)
}

func (c Config) checkReturnPath() error {
	local, domain, _ := cutLast(c.ReturnPath)
	switch stars := strings.Count(c.ReturnPath, "*"); {
	case stars > 1:
		return errors.New("return_path: one * at most stands for the delivery")
	case strings.Contains(domain, "*"):
		return errors.New("return_path: the * stands before the @")
	case stars == 1 && len(c.BounceKey) < minSecret:
		return fmt.Errorf("bounce_key: a return path with a * needs a secret of at least %d characters", minSecret)
	case stars == 1 && len(local)-1+maxToken > maxLocal:
		return fmt.Errorf("return_path: at most %d characters beside the * and before the @", maxLocal-maxToken)
	}
	if err := checkAddress(strings.Replace(c.ReturnPath, "*", "token", 1)); err != nil {
		return fmt.Errorf("return_path: %w", err)
	}
	return nil
}

// returnPath is the envelope sender of one delivery.
func (c *Channel) returnPath(key string) string {
	before, after, found := strings.Cut(c.cfg.ReturnPath, "*")
	if !found {
		return c.cfg.ReturnPath
	}
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	mac.Reset()
	key = tokenKey(key)
	return before + key + "." + sign(mac, key) + after
}
