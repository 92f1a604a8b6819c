package pushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// unseal decrypts a push with a browser's key and auth secret: RFC 8188 section 2 for the coding, RFC 8291
// section 3 for the keys.
func unseal(browser *ecdh.PrivateKey, auth, body []byte) ([]byte, error) {
	// The header: salt (16), record size (4), length of the key identifier (1), key identifier.
	if len(body) < 21 {
		return nil, errors.New("shorter than its header")
	}
	salt, size, length := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	if length != 65 || len(body) < 21+65 {
		return nil, errors.New("the key identifier is not a point of 65 bytes")
	}
	sender, record := body[21:86], body[86:]
	if size < 18 || len(record) > int(size) {
		return nil, errors.New("not one record: a push message has exactly one (RFC 8291 section 4)")
	}
	theirs, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, errors.New("the sender's key is not on the curve")
	}
	shared, err := browser.ECDH(theirs)
	if err != nil {
		return nil, fmt.Errorf("agreeing on a key: %w", err)
	}

	// HMAC is HKDF-Extract, and HMAC with a counter of one is HKDF-Expand for up to 32 bytes (RFC 5869).
	info := "WebPush: info\x00" + string(browser.PublicKey().Bytes()) + string(sender)
	material := mac(mac(auth, shared), []byte(info+"\x01"))
	root := mac(salt, material)
	key := mac(root, []byte("Content-Encoding: aes128gcm\x00\x01"))[:16]
	nonce := mac(root, []byte("Content-Encoding: nonce\x00\x01"))[:12]

	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, errors.New("the record does not open with the keys of this subscription")
	}
	text := strings.TrimRight(string(plain), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return nil, errors.New("the delimiter of the last record is missing")
	}
	return []byte(text[:len(text)-1]), nil
}

func mac(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}

// verify checks a VAPID header: RFC 8292 sections 2 and 3, the token as RFC 7519 and 7518 section 3.4 say.
func (s *Service) verify(header, origin, server string) error {
	fields, ok := strings.CutPrefix(header, "vapid ")
	if !ok {
		return &denial{http.StatusUnauthorized, "Authorization is not of the scheme vapid"}
	}
	var token, key string
	for f := range strings.SplitSeq(fields, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(f), "="); name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	if server != "" && key != server {
		return &denial{http.StatusForbidden, "the subscription was made with another key"}
	}
	s.mu.Lock()
	known := s.tokens[origin+" "+header]
	s.mu.Unlock()
	claims, err := checkToken(token, key, known)
	if err != nil {
		return &denial{http.StatusForbidden, err.Error()}
	}
	if err := claims.check(origin, s.now()); err != nil {
		return &denial{http.StatusForbidden, err.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tokens) > 1000 {
		clear(s.tokens)
	}
	s.tokens[origin+" "+header] = true
	return nil
}

type claims struct {
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	Subject  string `json:"sub"`
}

// checkToken returns the claims of a token that the key signed; known says that the signature was
// checked before.
func checkToken(token, key string, known bool) (claims, error) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("the token has not three parts")
	}
	var raw [3][]byte
	for i, p := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(p); err != nil {
			return c, errors.New("the token is not base64url")
		}
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	if json.Unmarshal(raw[0], &head) != nil || head.Algorithm != "ES256" {
		return c, errors.New("the token is not signed by ES256")
	}
	if json.Unmarshal(raw[1], &c) != nil {
		return c, errors.New("the claims are not JSON")
	}
	if known {
		return c, nil
	}
	point, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return c, errors.New("the key is not base64url")
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return c, errors.New("the key is not on the curve")
	}
	if len(raw[2]) != 64 {
		return c, errors.New("the signature has not 64 bytes")
	}
	r, t := new(big.Int).SetBytes(raw[2][:32]), new(big.Int).SetBytes(raw[2][32:])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], r, t) {
		return c, errors.New("the signature is wrong")
	}
	return c, nil
}

// check judges whom, until when, and for whom the claims speak.
func (c claims) check(origin string, now time.Time) error {
	until := time.Unix(c.Expires, 0).Sub(now)
	switch {
	case c.Audience != origin:
		return errors.New("aud is not this push service")
	case until <= 0:
		return errors.New("the token has expired")
	case until > 24*time.Hour:
		return errors.New("exp is more than 24 hours away")
	}
	u, err := url.Parse(c.Subject)
	if err != nil {
		return errors.New("sub is not a URI")
	}
	switch {
	case u.Scheme == "https" && u.Host != "":
		return nil
	case u.Scheme == "mailto" && strings.Count(u.Opaque, "@") == 1 && !strings.Contains(u.Opaque, ":"):
		return nil
	}
	return errors.New("sub is neither a mailto nor an https URI")
}
